"""Box plots of measures by lesion size."""

from pathlib import Path

import pandas as pd

from segrepro.report.figures.draw import Drawing
from segrepro.utils.plot_style import COLOURS, save_figure


def draw(drawing: Drawing, spec: dict, runs: list[dict], stem: Path) -> str:
    """One panel a measure. Options: `metrics`, `groups` (name to least and first too large volume in ml)."""
    import matplotlib.pyplot as plt

    metrics, groups = spec["options"]["metrics"], spec["options"]["groups"]
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
            axis.plot([], [], "s", color=COLOURS[number % len(COLOURS)], label=run["name"])
        counts = [len(group) for group in _by_group(drawing.scores, runs[0], metric, groups)]
        axis.set_xticks(range(len(groups)), [f"{group}\n(n = {count})" for group, count in zip(groups, counts)])
        axis.set_ylabel(name)
    axes[0][-1].legend(frameon=False, fontsize=7)
    figure.tight_layout()
    save_figure(figure, stem)
    return f"Boxes: quartiles; whiskers: 1.5 times their distance. Undefined values, left out: {undefined}."


def _by_group(scores: pd.DataFrame, run: dict, metric: str, groups: dict[str, list[float]]) -> list[pd.Series]:
    rows = scores[(scores["run"] == run["name"]) & (scores["unit"] == "case")]
    volume = rows["reference_volume_ml"]
    return [rows[metric][(volume >= low) & (volume < high)] for low, high in groups.values()]
