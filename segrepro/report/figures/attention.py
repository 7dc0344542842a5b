"""Where a network looks: its attention maps beside a case."""

from pathlib import Path

import numpy as np

from segrepro.prepared import PreparedCases
from segrepro.report.attention import draw_attention
from segrepro.report.figures.drawing import Drawing
from segrepro.report.figures.examples import examples


def draw(drawing: Drawing, spec: dict, runs: list[dict], stem: Path) -> str:
    """The maps of the first run for one case, of middle size."""
    run, found = runs[0], examples(drawing, runs[:1], 3)
    cases = PreparedCases(list(dict.fromkeys(Path(path).parent for path in run["prepared"])))
    caption = draw_attention(*_panel(drawing, run, cases, found[len(found) // 2]), stem)
    return f"{run['name']}. {caption}"


def _panel(drawing: Drawing, run: dict, cases: PreparedCases, example) -> tuple:
    """Image, truth, prediction and maps of one case, on the prepared grid."""
    import torch

    from segrepro.models import load_model
    from segrepro.networks.hooks import attention_maps

    row = drawing.prediction(run, example.case)
    model = load_model(Path(row["model"]), row["weights"])
    slices = np.stack([cases.array(example.case, role)[example.index] for role in model.card["roles"]])
    maps = attention_maps(model.network, torch.from_numpy(slices[None].astype(np.float32)))
    picture = example.picture(next(iter(example.images.values())))
    prediction = example.picture(row["prediction"])
    return picture, example.truth, prediction, {name: m[0, 0].numpy() for name, m in maps.items()}
