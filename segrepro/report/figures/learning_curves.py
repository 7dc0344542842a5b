"""Loss and validation score against the epoch."""

from pathlib import Path

from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import save_figure
from segrepro.utils.validation import Strict

FROM_SCORES = True
NAMES = {"train_loss": "Training loss", "validation_loss": "Validation loss", "validation_dice": "Validation Dice"}


class Options(Strict):
    """columns: those of history.csv."""

    columns: list[str] = ["train_loss", "validation_dice"]


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """One panel a column of the history."""
    import matplotlib.pyplot as plt

    columns = options.columns
    figure, axes = plt.subplots(1, len(columns), figsize=(4 * len(columns), 3), sharex=True, squeeze=False)
    for axis, column in zip(axes[0], columns):
        for run in runs:
            mean = drawing.curves[drawing.curves["run"] == run.name].groupby("epoch")[column].mean()
            axis.plot(mean.index + 1, mean.to_numpy(), label=run.title, marker="o", markersize=3)
        axis.set(xlabel="epoch", ylabel=NAMES.get(column, column.replace("_", " ")))
    # Beside the panels it covers no curve.
    axes[0][-1].legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    save_figure(figure, stem)
    return "Mean over folds. An epoch is a pass over the training slices, or the steps between two validations."
