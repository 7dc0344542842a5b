"""A picture of a scan with the outlines of its labels, to judge a mask at a glance."""

from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.label_map import LabelMap
from segrepro.images.geometry import to_slices
from segrepro.images.image import is_picture
from segrepro.images.io import read_image
from segrepro.images.scans import read_scan
from segrepro.preprocessing.preparation import PreparedCase
from segrepro.utils.plot_style import COLOURS, figure_style

SLICES, COLUMNS = 6, 3


def draw_overlay(path: Path, case: Case, labels: np.ndarray, record: PreparedCase, label_map: LabelMap) -> None:
    """Write a PNG: slices at even steps through the labels (through the scan where there are none), outlined.

    labels: values on the scan's own grid, in file order; record: of its preparation;
    label_map: the names of its values.
    Left of the picture is left, top is front.
    """
    import matplotlib.pyplot as plt

    orientation, plane, scan_file = record.orientation, record.plane, next(iter(case.images.values()))
    # A picture may have colours, which a scan has not.
    scan = to_slices((read_image if is_picture(scan_file) else read_scan)(scan_file).array, orientation, plane)
    labels = to_slices(labels, orientation, plane)
    # Voxels of the scan, in proportion.
    frame = zip(record.spacing_mm, record.frame, record.full_shape)
    _, height, width = (mm * n / own for mm, n, own in frame)
    low, high = np.percentile(scan, (1, 99.5))
    chosen = shown_slices(labels)
    columns = min(COLUMNS, len(chosen))
    with figure_style():
        size = (3 * columns, 3.2 * -(-len(chosen) // columns))
        figure, axes = plt.subplots(-(-len(chosen) // columns), columns, figsize=size, squeeze=False)
        for axis in axes.flat:
            axis.axis("off")
        for axis, index in zip(axes.flat, chosen):
            origin = "lower" if orientation else "upper"
            axis.imshow(scan[index], cmap="gray", vmin=low, vmax=high, aspect=height / width, origin=origin)
            _outline(axis, labels[index], label_map)
            axis.set_title(f"slice {index + 1} of {len(scan)}" if len(scan) > 1 else "")
        handles = [plt.Line2D([], [], color=_colour(number)) for number, _ in label_map.channels]
        names = label_map.names
        figure.legend(handles, names, loc="lower center", ncols=len(names), frameon=False)
        figure.savefig(path, bbox_inches="tight", metadata={"Software": None})
        plt.close(figure)


def shown_slices(labels: np.ndarray) -> list[int]:
    """Up to six slices of (S, H, W) at even steps from the first labelled one to the last.

    >>> labels = np.zeros((20, 1, 1)); labels[4:11] = 1
    >>> shown_slices(labels)
    [4, 5, 6, 8, 9, 10]
    """
    labelled = np.flatnonzero(labels.any((1, 2)))
    if not labelled.size:
        labelled = np.arange(len(labels))[len(labels) // 4 : len(labels) - len(labels) // 4]
    return sorted({int(labelled[i]) for i in np.linspace(0, labelled.size - 1, SLICES).round().astype(int)})


def _outline(axis, labels: np.ndarray, label_map: LabelMap) -> None:
    for number, value in enumerate(label_map.values, 1):
        if (labels == value).any() and min(labels.shape) > 1:
            axis.contour(labels == value, [0.5], colors=_colour(number), linewidths=1.0)


def _colour(number: int) -> str:
    # Orange first: the palette's blue is hard to see on a dark scan.
    return COLOURS[number % (len(COLOURS) - 1)]
