"""Training and validation loss of several methods, side by side on equal axes."""

from pathlib import Path

from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import COLOURS, save_figure
from segrepro.utils.validation import Strict

FROM_SCORES = True
LOSSES = {"train_loss": "training", "validation_loss": "validation"}


class Options(Strict):
    """names: what each panel is called beside its method, in the order of the experiments."""

    names: list[str] = []


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """A panel a method, a line of panels a protocol."""
    import matplotlib.pyplot as plt

    named = dict(zip(spec.experiments, options.names))
    by_protocol: dict[str, list[ReportedRun]] = {}
    for run in runs:
        by_protocol.setdefault(run.protocol, []).append(run)
    size = (len(by_protocol), max(map(len, by_protocol.values())))
    inches = (3.2 * size[1], 2.8 * size[0])
    figure, axes = plt.subplots(*size, figsize=inches, sharex=True, sharey=True, squeeze=False)
    for line, shown in zip(axes, by_protocol.values()):
        for axis in line[len(shown) :]:
            axis.set_axis_off()
        for axis, run in zip(line, shown):
            _draw_run(axis, drawing, run)
            axis.set_title(": ".join(filter(None, (named.get(run.experiment), run.title))), fontsize=8)
        line[0].set_ylabel("loss")
    for axis in axes[-1]:
        axis.set_xlabel("epoch")
    axes[0][0].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    save_figure(figure, stem)
    return "Mean over folds, all panels on the same axes; validation on a part of the data that is not trained on."


def _draw_run(axis, drawing: Drawing, run: ReportedRun) -> None:
    rows = drawing.curves[drawing.curves["run"] == run.name]
    for (column, name), colour in zip(LOSSES.items(), COLOURS):
        if column in rows:
            mean = rows.groupby("epoch")[column].mean()
            axis.plot(mean.index + 1, mean.to_numpy(), label=name, color=colour, marker="o", markersize=3)
