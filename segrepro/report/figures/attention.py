"""Where networks look: their attention maps beside cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.preprocessing.preparation import PreparedCase
from segrepro.report.figures._drawing import Drawing
from segrepro.report.figures._examples import Example, examples, prepared_cases
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import PREDICTION, TRUTH, save_figure
from segrepro.utils.validation import Strict

KINDS = {"lfe": "LFE", "hfe": "HFE"}
INCHES = 1.9


class Options(Strict):
    """It has none."""


@dataclass(frozen=True)
class Panel:
    """A case as one network sees it.

    image: (H, W) or (H, W, 3), row 0 at the top. truth, prediction: (H, W), 0 and above. maps: of `attention_maps`,
    each (h, w), from 0 to 1. extent: left, right, bottom and top of the maps in pixels of the image, the whole of it if
    None. aspect: height over width of a pixel.
    """

    title: str
    image: np.ndarray
    truth: np.ndarray
    prediction: np.ndarray
    maps: Mapping[str, np.ndarray]
    extent: tuple[float, float, float, float] | None = None
    aspect: float = 1.0


def draw_attention(panels: Sequence[Panel], stem: Path) -> str:
    """Write the panels, one below the other, as PNG and SVG; returns the caption. To be called within figure_style().

    A line a kind: LFE from fine to coarse, HFE from coarse to fine, each map as large as the image; all with one
    colour scale, so that they can be compared.
    """
    import matplotlib.pyplot as plt

    lines = [(panel, number, names) for panel in panels for number, names in enumerate(_names(panel.maps))]
    columns = 1 + max(len(names) for _, _, names in lines)
    height, width = panels[0].image.shape[:2]
    size = (INCHES * columns, (INCHES * panels[0].aspect * height / width + 0.25) * len(lines))
    figure, axes = plt.subplots(len(lines), columns, figsize=size, squeeze=False, layout="constrained")
    drawn = []
    for row, (panel, number, names) in zip(axes, lines):
        for axis in row:
            axis.set_axis_off()
        if number == 0:
            _draw_case(row[0], panel)
        drawn += [_draw_map(axis, name, panel) for axis, name in zip(row[1:], names)]
    if drawn:
        figure.colorbar(drawn[0], ax=axes, shrink=0.8, label="weight", aspect=20 * len(lines))
    save_figure(figure, stem)
    return "Yellow: truth; blue: prediction. Each map's title is its module and by how much it is coarser than the \
network's input."


def _names(maps: Mapping[str, np.ndarray]) -> list[list[str]]:
    """The maps of each line; one empty line for a network that has none."""
    found = [[name for name in maps if name.startswith(kind)] for kind in KINDS]
    return [names for names in found if names] or [[]]


def _draw_case(axis, panel: Panel) -> None:
    axis.imshow(panel.image, cmap="gray", aspect=panel.aspect)
    axis.set_title(panel.title, fontsize=8)
    for mask, colour in ((panel.truth, TRUTH), (panel.prediction, PREDICTION)):
        if np.any(mask):
            axis.contour(mask > 0, [0.5], colors=colour, linewidths=1.0)


def _draw_map(axis, name: str, panel: Panel):
    kind, factor = name.split("_")
    axis.set_title(f"{KINDS[kind]} 1/{factor}" if factor != "1" else KINDS[kind], fontsize=8)
    height, width = panel.image.shape[:2]
    whole = (-0.5, width - 0.5, height - 0.5, -0.5)
    drawn = axis.imshow(
        panel.maps[name],
        cmap="viridis",
        vmin=0,
        vmax=1,
        interpolation="nearest",
        extent=panel.extent or whole,
        aspect=panel.aspect,
    )
    axis.set(xlim=whole[:2], ylim=whole[2:])
    return drawn


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """The maps of every run for each case, below each other."""
    found = examples(drawing, runs, spec.cases)
    return draw_attention([_panel(drawing, run, example) for example in found for run in runs], stem)


def _panel(drawing: Drawing, run: ReportedRun, example: Example) -> Panel:
    """Image, truth and prediction of one case, and the maps of what the run's network sees of it."""
    import torch

    from segrepro.networks.attention_maps import attention_maps
    from segrepro.training.model import load_model

    row, cases = drawing.prediction(run, example.case), prepared_cases(run)
    model = load_model(Path(row["model"]), row["checkpoint"], trust_code=True)
    slices = np.stack([cases.array(example.case, modality)[example.index] for modality in model.card.channels])
    maps = attention_maps(model.network, torch.from_numpy(slices[None].astype(np.float32)))
    return Panel(
        f"{run.title}\n{example.case}",
        example.picture(next(iter(example.images.values()))),
        example.truth,
        example.picture(row["prediction"]),
        {name: example.upright(m[0, 0].numpy()) for name, m in maps.items()},
        _extent(cases.record(example.case), example),
        example.aspect,
    )


def _extent(record: PreparedCase, example: Example) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the prepared slice in pixels of the scan's, shown upright.

    record: of the prepared case; its slice was resampled or resized, then cropped.
    """
    full = np.array(record.full_shape[1:], float)
    pixel = full / record.frame[1:]
    start = np.array(record.crop.start) * pixel
    (top, left), (bottom, right) = start, start + np.array(record.crop.size) * pixel
    if example.orientation:
        top, bottom = full[0] - bottom, full[0] - top
    return left - 0.5, right - 0.5, bottom - 0.5, top - 0.5
