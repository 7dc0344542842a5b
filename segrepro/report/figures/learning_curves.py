"""Loss and validation score against the round."""

from pathlib import Path

from segrepro.report.figures.draw import Drawing
from segrepro.utils.plot_style import save_figure

NAMES = {"train_loss": "Training loss", "validation_loss": "Validation loss", "validation_dice": "Validation Dice"}


def draw(drawing: Drawing, spec: dict, runs: list[dict], stem: Path) -> str:
    """One panel a column of the history. Option `columns`; training loss and validation Dice if not given."""
    import matplotlib.pyplot as plt

    columns = spec["options"].get("columns", ["train_loss", "validation_dice"])
    figure, axes = plt.subplots(1, len(columns), figsize=(4 * len(columns), 3), sharex=True, squeeze=False)
    for axis, column in zip(axes[0], columns):
        for run in runs:
            mean = drawing.curves[drawing.curves["run"] == run["name"]].groupby("round")[column].mean()
            axis.plot(mean.index + 1, mean.to_numpy(), label=run["name"], marker="o", markersize=3)
        axis.set(xlabel="round", ylabel=NAMES.get(column, column.replace("_", " ")))
    axes[0][-1].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    save_figure(figure, stem)
    return "Mean over folds. A round is an epoch or the steps between two validations."
