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
    """target: modality of the real image. maps: modalities of the inputs, a line of their own above."""

    target: str
    maps: list[str] = []


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """Lines of each case: the input maps if asked for, the real image and each run's, the contours on the real one.

    A run that makes no image, such as one trained on the real ones, stands under the real one.
    """
    import matplotlib.pyplot as plt

    rows = examples(drawing, runs, spec.cases)
    lines = 2 + bool(options.maps)
    columns = max(1 + len(runs), len(options.maps))
    size = (1.7 * columns, 1.8 * lines * len(rows))
    figure, axes = plt.subplots(lines * len(rows), columns, figsize=size, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for number, example in enumerate(rows):
        own = axes[lines * number : lines * (number + 1)]
        above, below = own[-2][: 1 + len(runs)], own[-1][: 1 + len(runs)]
        for axis, name in zip(own[0], filter(example.images.get, options.maps)):
            show(axis, example.picture(example.images[name]), example.aspect)
            axis.set_axis_on()
            axis.set_title(name, fontsize=7)
        for axis in (*above, *below):
            axis.set_axis_on()
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
    for axis, name in zip(axes[lines - 2], ["real", *(run.title for run in runs)]):
        axis.set_title(name, fontsize=7)
    figure.tight_layout(pad=0.3)
    save_figure(figure, stem)
    maps = f"First line: {', '.join(options.maps)}, each in a window of its own. " if options.maps else ""
    return f"{maps}Upper lines: the real image, scaled as for the training, and what each method makes of its inputs, \
all in one window. Lower lines, on the real image: yellow truth, blue the method's segmentation."


def _real(example: Example, run: ReportedRun, modality: str) -> np.ndarray:
    """The real image with the values that the networks were trained to make."""
    preparation = prepared_cases(run).record(example.case).preparation
    return example.picture(example.images[modality], preparation.normalization_of(modality))
