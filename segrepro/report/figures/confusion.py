"""What was found where each label is: the confusion between organs."""

from pathlib import Path

import numpy as np

from segrepro.evaluation.case_scores import predicted_case
from segrepro.images.io import read_image
from segrepro.images.labels import read_reference
from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import save_figure
from segrepro.utils.validation import Strict


class Options(Strict):
    """labels: names of the labels by value."""

    labels: dict[int, str]


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """A panel a method; row: the reference, column: the prediction, in percent of the row."""
    import matplotlib.pyplot as plt

    names = ["background", *options.labels.values()]
    figure, axes = plt.subplots(1, len(runs), figsize=(3.6 * len(runs), 3.4), squeeze=False, layout="constrained")
    for axis, run in zip(axes[0], runs):
        shares = 100 * row_shares(_counts(drawing, run, list(options.labels)))
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=100)
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share > 50 else "black"
            axis.text(column, row, f"{share:.1f}", ha="center", va="center", fontsize=7, color=colour)
        axis.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=7)
        axis.set_yticks(range(len(names)), names, fontsize=7)
        axis.set_title(run.title, fontsize=8)
    axes[0][0].set_ylabel("reference")
    save_figure(figure, stem)
    return (
        "Percent of the voxels of each reference label (row) that were predicted as what (column), over all held-out \
cases."
    )


def row_shares(counts: np.ndarray) -> np.ndarray:
    """Each row as parts of its sum; NaN for a label that no reference has.

    >>> row_shares(np.array([[3, 1], [0, 2]])).tolist()
    [[0.75, 0.25], [0.0, 1.0]]
    """
    with np.errstate(invalid="ignore"):
        return counts / counts.sum(axis=1, keepdims=True)


def _counts(drawing: Drawing, run: ReportedRun, values: list[int]) -> np.ndarray:
    """Voxels by reference and prediction: background, with what is ignored in training, then each label."""
    rows = drawing.predictions[drawing.predictions["run"] == run.name].to_dict("records")
    return sum((_case_counts(row, values) for row in rows), np.zeros((len(values) + 1,) * 2, int))


def _case_counts(row: dict, values: list[int]) -> np.ndarray:
    _, reference = read_reference(predicted_case(row))
    predicted = np.asarray(read_image(row["prediction"]).array).reshape(reference.shape)
    size = len(values) + 1
    truth, found = (_numbered(mask, values) for mask in (reference, predicted))
    return np.bincount((truth * size + found).ravel(), minlength=size * size).reshape(size, size)


def _numbered(mask: np.ndarray, values: list[int]) -> np.ndarray:
    numbered = np.zeros(mask.shape, int)
    for number, value in enumerate(values, 1):
        numbered[mask == value] = number
    return numbered
