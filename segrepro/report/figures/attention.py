"""Where networks look: their attention maps beside cases."""

from pathlib import Path

import numpy as np

from segrepro.report.attention import Panel, draw_attention
from segrepro.report.figures.drawing import Drawing
from segrepro.report.figures.examples import Example, examples, prepared_cases


def draw(drawing: Drawing, spec: dict, runs: list[dict], stem: Path) -> str:
    """The maps of every run for each case, below each other."""
    found = examples(drawing, runs, spec["cases"])
    return draw_attention([_panel(drawing, run, example) for example in found for run in runs], stem)


def _panel(drawing: Drawing, run: dict, example: Example) -> Panel:
    """Image, truth and prediction of one case, and the maps of what the run's network sees of it."""
    import torch

    from segrepro.models import load_model
    from segrepro.networks.hooks import attention_maps

    row, cases = drawing.prediction(run, example.case), prepared_cases(run)
    model = load_model(Path(row["model"]), row["weights"])
    slices = np.stack([cases.array(example.case, role)[example.index] for role in model.card["roles"]])
    maps = attention_maps(model.network, torch.from_numpy(slices[None].astype(np.float32)))
    return Panel(
        f"{run['name']}\n{example.case}",
        example.picture(next(iter(example.images.values()))),
        example.truth,
        example.picture(row["prediction"]),
        {name: example.upright(m[0, 0].numpy()) for name, m in maps.items()},
        _extent(cases.record(example.case), example),
        example.aspect,
    )


def _extent(record: dict, example: Example) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the prepared slice in pixels of the scan's, shown upright.

    record: of the prepared case; its slice was resampled to `resize`, then cropped.
    """
    full = np.array(record["full_shape"][1:], float)
    pixel = full / (record["resize"] or full)
    start = np.array(record["crop"]["start"]) * pixel
    (top, left), (bottom, right) = start, start + np.array(record["crop"]["size"]) * pixel
    if example.orientation:
        top, bottom = full[0] - bottom, full[0] - top
    return left - 0.5, right - 0.5, bottom - 0.5, top - 0.5
