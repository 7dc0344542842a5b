"""Contours of several methods on the same slices."""

from pathlib import Path

from segrepro.report.figures._drawing import Drawing
from segrepro.report.figures._examples import examples, outline, show
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import PREDICTION, TRUTH, save_figure
from segrepro.utils.validation import Strict


class Options(Strict):
    """background: modality of the image below the contours; the first if not given, or where a case has none of it."""

    background: str | None = None


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """Cases in rows, from small to large label; the scan, then each run's contour beside the truth's."""
    import matplotlib.pyplot as plt

    rows = examples(drawing, runs, spec.cases)
    size = (1.9 * (1 + len(runs)), 2.3 * len(rows))
    figure, axes = plt.subplots(len(rows), 1 + len(runs), figsize=size, squeeze=False)
    modality = None
    for line, example in zip(axes, rows):
        first = next(iter(example.images))
        modality = options.background if options.background in example.images else first
        scan = example.picture(example.images[modality])
        for axis, run in zip(line, [None, *runs]):
            show(axis, scan, example.aspect)
            outline(axis, example.truth, TRUTH)
            if run is not None:
                outline(axis, example.picture(drawing.prediction(run, example.case)["prediction"]), PREDICTION)
        line[0].set_ylabel(example.case, fontsize=7)
    for axis, name in zip(axes[0], ["scan and truth", *(run.title for run in runs)]):
        axis.set_title(name, fontsize=8)
    figure.tight_layout(pad=0.3)
    save_figure(figure, stem)
    caption = "Yellow: truth; blue: prediction. Held-out cases from small to large label; left of the picture is left."
    wanted = options.background
    return caption if wanted in (None, modality) else f"{caption} Shown on {modality}, for want of {wanted}."
