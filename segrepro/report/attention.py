"""Where a network looks: its attention maps beside one case, as in Fig. 4 of the HLE-Net paper."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from segrepro.report.style import PREDICTION, TRUTH, save_figure

KINDS = {"lfe": "LFE", "hfe": "HFE"}


def draw_attention(
    image: np.ndarray, truth: np.ndarray, prediction: np.ndarray, maps: Mapping[str, np.ndarray], stem: Path
) -> str:
    """Write one case's picture and maps as PNG and SVG; returns the caption. To be called within figure_style().

    image: (H, W) or (H, W, 3), row 0 at the top. truth, prediction: (H, W), 0 and above.
    maps: of `attention_maps`, each (h, w), from 0 to 1. A row a kind: LFE from fine to coarse, HFE from coarse to
    fine; all with one colour scale, so that they can be compared.
    """
    import matplotlib.pyplot as plt

    rows = [[name for name in maps if name.startswith(kind)] for kind in KINDS]
    rows = [row for row in rows if row] or [[]]
    columns = 1 + max(len(row) for row in rows)
    shape = (1.9 * columns, 1.9 * len(rows) * image.shape[0] / image.shape[1] + 0.3)
    figure, axes = plt.subplots(len(rows), columns, figsize=shape, squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.set_axis_off()
    _draw_case(axes[0, 0], image, truth, prediction)
    drawn = [_draw_map(axis, name, maps[name]) for line, row in zip(axes, rows) for axis, name in zip(line[1:], row)]
    if drawn:
        figure.colorbar(drawn[0], ax=axes, shrink=0.8, label="weight")
    save_figure(figure, stem)
    return (
        "Yellow: truth; blue: prediction. Each map's title is its module and by how much it is coarser than the image."
    )


def _draw_case(axis, image: np.ndarray, truth: np.ndarray, prediction: np.ndarray) -> None:
    axis.imshow(image, cmap="gray")
    axis.set_title("image", fontsize=8)
    for mask, colour in ((truth, TRUTH), (prediction, PREDICTION)):
        if np.any(mask):
            axis.contour(mask > 0, [0.5], colors=colour, linewidths=1.0)


def _draw_map(axis, name: str, weights: np.ndarray):
    kind, factor = name.split("_")
    axis.set_title(f"{KINDS[kind]} 1/{factor}" if factor != "1" else KINDS[kind], fontsize=8)
    return axis.imshow(weights, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
