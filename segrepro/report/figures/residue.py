"""FLAIR, what an area opening leaves of it, the residue, truth and prediction."""

from pathlib import Path

from pydantic import Field

from segrepro.images.scans import read_scan
from segrepro.preprocessing.features.area_opening import area_opening
from segrepro.preprocessing.normalization import requantise8
from segrepro.report.figures._drawing import Drawing
from segrepro.report.figures._examples import examples, outline, show
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import PREDICTION, TRUTH, save_figure
from segrepro.utils.validation import Strict

COLUMNS = ("FLAIR", "area opening", "residue", "truth", "prediction")


class Options(Strict):
    """of: modality of the scan. area_px: as in the feature."""

    of: str
    area_px: int = Field(ge=1)


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """Cases in rows, from small to large label."""
    import matplotlib.pyplot as plt

    modality, area = options.of, options.area_px
    rows = examples(drawing, runs[:1], spec.cases)
    figure, axes = plt.subplots(len(rows), len(COLUMNS), figsize=(9.5, 2.3 * len(rows)), squeeze=False)
    for line, example in zip(axes, rows):
        flair = example.slice_of(requantise8(read_scan(Path(example.images[modality])).array))
        opened = area_opening(flair, area)
        for axis, picture in zip(line, (flair, opened, flair - opened, flair, flair)):
            # The residue is dim: in the window of FLAIR it would be black.
            show(axis, picture, example.aspect, None if axis is line[2] else (0, 255))
        outline(line[3], example.truth, TRUTH)
        outline(line[4], example.picture(drawing.prediction(runs[0], example.case)["prediction"]), PREDICTION)
        line[0].set_ylabel(example.case, fontsize=7)
    for axis, name in zip(axes[0], COLUMNS):
        axis.set_title(name, fontsize=8)
    figure.tight_layout(pad=0.3)
    save_figure(figure, stem)
    return (
        f"8-bit slices, all but the residue in one window. Opening: bright structures under {area} pixels are removed; "
        f"the residue is what was removed. Prediction of {runs[0].title}."
    )
