"""Box plots of measures by lesion size."""

from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.report.figures._drawing import Drawing
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import COLOURS, save_figure
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

FROM_SCORES = True


class Options(Strict):
    """metrics: our measure and its title. groups: title and reference volume in ml, from and to."""

    metrics: dict[str, str]
    groups: dict[str, tuple[float, float]]


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """One panel a measure, in it a box a group and run."""
    import matplotlib.pyplot as plt

    metrics, groups = options.metrics, options.groups
    figure, axes = plt.subplots(1, len(metrics), figsize=(4.2 * len(metrics), 3.2), squeeze=False)
    undefined = 0
    for axis, (metric, name) in zip(axes[0], metrics.items()):
        for number, run in enumerate(runs):
            values = _by_group(drawing.scores, run, metric, groups)
            undefined += sum(int(group.isna().sum()) for group in values)
            places = [place + (number - (len(runs) - 1) / 2) * 0.8 / len(runs) for place in range(len(groups))]
            boxes = axis.boxplot(
                [group.dropna().to_numpy() for group in values],
                positions=places,
                widths=0.7 / len(runs),
                patch_artist=True,
                medianprops={"color": "black"},
                flierprops={"markersize": 3},
            )
            for box in boxes["boxes"]:
                box.set_facecolor(COLOURS[number % len(COLOURS)])
            axis.plot([], [], "s", color=COLOURS[number % len(COLOURS)], label=run.title)
        counts = [len(group) for group in _by_group(drawing.scores, runs[0], metric, groups)]
        axis.set_xticks(range(len(groups)), [f"{group}\n(n = {count})" for group, count in zip(groups, counts)])
        axis.set_ylabel(name)
    axes[0][-1].legend(frameon=False, fontsize=7)
    figure.tight_layout()
    save_figure(figure, stem)
    return f"Boxes: quartiles; whiskers: 1.5 times their distance. Undefined values, left out: {undefined}."


def _by_group(scores: "pd.DataFrame", run: ReportedRun, metric: str, groups: dict) -> "list[pd.Series]":
    rows = scores[(scores["run"] == run.name) & (scores["unit"] == "case")]
    volume = rows["reference_volume_ml"]
    return [rows[metric][(volume >= low) & (volume < high)] for low, high in groups.values()]
