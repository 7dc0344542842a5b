"""Synthesised images of several methods, with the segmentation of each under it."""

from pathlib import Path

import numpy as np

from segrepro.images.io import read_synthesised
from segrepro.report.figures._drawing import Drawing
from segrepro.report.figures._examples import Example, examples, outline, prepared_cases, show
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import PREDICTION, TRUTH, save_figure
from segrepro.utils.validation import Strict

# What a network makes lies between 0 and 1; the same window for all shows what one loses.
WINDOW = (0.0, 1.0)


class Options(Strict):
    """target: modality of the real image."""

    target: str


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """Two lines a case: the real image and each run's, then the contours on the real one.

    A run that makes no image, such as one trained on the real ones, stands under the real one.
    """
    import matplotlib.pyplot as plt

    rows = examples(drawing, runs, spec.cases)
    size = (1.7 * (1 + len(runs)), 3.6 * len(rows))
    figure, axes = plt.subplots(2 * len(rows), 1 + len(runs), figsize=size, squeeze=False)
    for number, example in enumerate(rows):
        above, below = axes[2 * number], axes[2 * number + 1]
        real = _real(example, runs[0], options.target)
        show(above[0], real, example.aspect, WINDOW)
        for axis in below:
            show(axis, real, example.aspect, WINDOW)
            outline(axis, example.truth, TRUTH)
        for run, top, bottom in zip(runs, above[1:], below[1:]):
            row = drawing.prediction(run, example.case)
            made = example.slice_of(read_synthesised(row["image"])) if row["image"] else real
            show(top, made, example.aspect, WINDOW)
            if row["prediction"]:
                outline(bottom, example.picture(row["prediction"]), PREDICTION)
        above[0].set_ylabel(example.case, fontsize=7)
    for axis, name in zip(axes[0], ["real", *(run.title for run in runs)]):
        axis.set_title(name, fontsize=7)
    figure.tight_layout(pad=0.3)
    save_figure(figure, stem)
    return "Upper lines: the real image, scaled as for the training, and what each method makes of its inputs, all in \
one window. Lower lines, on the real image: yellow truth, blue the method's segmentation."


def _real(example: Example, run: ReportedRun, modality: str) -> np.ndarray:
    """The real image with the values that the networks were trained to make."""
    preparation = prepared_cases(run).record(example.case).preparation
    return example.picture(example.images[modality], preparation.normalization_of(modality))
