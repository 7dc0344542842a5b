"""How firm the order of a table's rows is, as a figure: a dot for each rank, a line for its interval."""

from collections.abc import Sequence
from pathlib import Path

from segrepro.report.tables.table import Ranking
from segrepro.utils.plot_style import COLOURS, figure_style, save_figure

MAY_BE_BEST, SHOWN_WORSE = COLOURS[0], "#888888"


def draw_ranks(rankings: Sequence[Ranking], title: str, stem: Path) -> None:
    """Write <stem>.png and <stem>.svg, a panel for each protocol and group.

    title: of the measure. Rows stand from the best, with the chance of being first; those that are not shown to be
    worse than the best have a full dot.
    """
    import matplotlib.pyplot as plt

    rows = max(len(ranking.rows) for ranking in rankings)
    with figure_style():
        figure, panels = plt.subplots(
            1, len(rankings), figsize=(1.5 + 3.2 * len(rankings), 0.9 + 0.24 * rows), squeeze=False
        )
        for axes, ranking in zip(panels[0], rankings):
            _draw(axes, ranking, title)
        figure.tight_layout()
        save_figure(figure, stem)


def _draw(axes, ranking: Ranking, title: str) -> None:
    count = len(ranking.rows)
    for level, row in enumerate(ranking.rows):
        colour = MAY_BE_BEST if row.may_be_best else SHOWN_WORSE
        axes.plot([row.low, row.high], [level, level], color=colour, linewidth=1.5)
        axes.plot(row.rank, level, "o", color=colour, markerfacecolor=colour if row.may_be_best else "white")
        axes.annotate(f"{row.first:.2f}", (count + 0.6, level), fontsize=7, va="center", annotation_clip=False)
    axes.annotate("first", (count + 0.6, -0.8), fontsize=7, va="center", annotation_clip=False)
    axes.set_yticks(range(count), [row.label for row in ranking.rows], fontsize=7)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_xticks(range(1, count + 1))
    axes.set_xlim(0.5, count + 0.5)
    where = " / ".join(filter(None, (ranking.protocol, ranking.group)))
    axes.set_xlabel(f"rank by {title}{f' ({where})' if where else ''}, 95 % interval", fontsize=8)
