"""A model's card as a page to read: what it is for, what it learned from, how it scores, and what it cannot do."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from segrepro.evaluation.metrics.registry import METRICS
from segrepro.evaluation.statistics import summarise
from segrepro.report.evidence.predictions import PREDICTIONS, Predictions
from segrepro.report.tables.cell_text import format_cell
from segrepro.training.model import read_card
from segrepro.training.model_card import LICENCE, ModelCard, describe

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("dice", "iou", "precision", "recall", "hd95_mm", "assd_mm")
FRONT_MATTER = """---
library_name: segrepro
license: apache-2.0
pipeline_tag: image-segmentation
tags: [medical-imaging, segmentation, {dataset}]
---
"""
USAGE = """```
pip install segrepro
segrepro predict --model FOLDER scan.nii.gz -o mask.nii.gz
```"""
LIMITS = """- For research, not for care: no device, not looked at by any authority. A person who knows such scans
  looks at each mask.
- It knows scans like those of its training (spacing and intensities above). `segrepro predict` refuses what cannot be
  such a scan, and says where a scan leaves the training's range; it cannot see another disease, scanner or population.
- {arithmetic}"""


def model_readme(path: Path, usage: str = USAGE) -> str:
    """The page of a model, in Markdown. path: as `read_card` takes it. usage: how it is used, in Markdown."""
    card = read_card(path)
    scores = held_out_scores(path, card)
    return FRONT_MATTER.format(dataset=card.dataset.name) + "\n".join(_lines(card, scores, usage)) + "\n"


def held_out_scores(path: Path, card: ModelCard) -> "pd.DataFrame | None":
    """The scores, by the model of this card, of the cases that its fold held out; None where they do not lie beside it.

    A study's results hold them: `predictions.zip`, two folders above the model's.
    """
    archive = (path if path.is_dir() else path.parent).resolve().parents[1] / PREDICTIONS
    if not archive.is_file():
        return None
    with TemporaryDirectory() as scratch:
        found = Predictions(archive, Path(scratch))
        if card.fold not in found.fold_numbers(card.name):
            return None
        scores = found.scores(card.name)
    return scores[(scores["fold"] == card.fold) & (scores["checkpoint"] == card.checkpoint)]


def _lines(card: ModelCard, scores: "pd.DataFrame | None", usage: str) -> Iterator[str]:
    labels, modalities = ", ".join(card.dataset.label_map.names), ", ".join(card.modalities)
    facts = describe(card)
    yield f"# {card.name} of {card.study}: {labels} on {modalities}\n"
    if card.dataset.source == "phantom":
        yield "**Trained on synthetic scans: it has learnt nothing about patients, its scores say nothing of them.**\n"
    yield "## Intended use\n"
    yield f"Research: to segment {labels} on {modalities}, and to check the results of a study again.\n"
    yield usage
    yield "\n## What it is\n\n| | |\n|---|---|"
    yield from (f"| {heading} | {text} |" for heading, text in facts.items() if heading not in ("licence", "model"))
    yield "\n## Scores\n"
    yield from _scores(card, scores)
    yield "\n## Limits\n\n" + LIMITS.format(arithmetic=_arithmetic(card))
    yield f"\n## Licence\n\n{LICENCE}. The training data has terms of its own: {card.dataset.access}"


def _scores(card: ModelCard, scores: "pd.DataFrame | None") -> Iterator[str]:
    if scores is None or scores.empty:
        yield "The scores of held-out cases do not lie beside this model. Its validation part, which chose the weights,"
        yield f"gave in training: {describe(card)['validation scores']}. No interval can be given for these."
        return
    unit = "case" if "case" in set(scores["unit"]) else "slice"
    rows = scores[scores["unit"] == unit]
    yield f"Of {rows['case'].nunique()} {unit}s that fold {card.fold} held out, one training from one seed: mean,"
    yield "standard deviation and 95 % interval over patients.\n"
    yield f"| label | measure | mean ± SD [95 % interval] | {unit}s |\n|---|---|---|---|"
    for label, part in rows.groupby("label", sort=False):
        for name in MEASURES:
            if name in part:
                found = summarise(part[name].to_numpy(float), part["patient"].to_numpy())
                measure = f"{name} ({METRICS[name].unit})" if METRICS[name].unit else name
                cell = format_cell(found) + (f" ({found.note})" if found.note else "")
                yield f"| {label} | {measure} | {cell} | {found.n} |"


def _arithmetic(card: ModelCard) -> str:
    if card.recipe.precision == "float32":
        return "Scores were computed in float32; other arithmetic gives slightly other masks."
    return f"Scores were computed in {card.recipe.precision}; in float32 some voxels at contours differ."
