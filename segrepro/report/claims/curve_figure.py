"""The specification curve of a claim as a figure: differences from the least to the largest, and what gave each."""

from collections.abc import Sequence
from pathlib import Path

from segrepro.evaluation.verdicts import CANNOT_TELL, DOES_NOT_HOLD, HOLDS, NO_DIFFERENCE
from segrepro.report.claims.specifications import Specification
from segrepro.utils.plot_style import COLOURS, figure_style, save_figure

BY_VERDICT = {HOLDS: COLOURS[2], DOES_NOT_HOLD: COLOURS[3], NO_DIFFERENCE: COLOURS[0], CANNOT_TELL: "#888888"}


def draw_curve(found: Sequence[Specification], stem: Path) -> None:
    """Write <stem>.png and <stem>.svg.

    Above the least difference of each specification with its 95 % interval, coloured by its verdict; below a dot for
    each option that it took. Axes with a single option are left out.
    """
    import matplotlib.pyplot as plt

    ordered = sorted(found, key=lambda one: one.difference)
    rows = _options(ordered)
    with figure_style():
        height = 0.16 * len(rows)
        figure, (curve, dots) = plt.subplots(
            2, 1, sharex=True, figsize=(7.0, 2.4 + height), height_ratios=(2.2, max(height, 0.2))
        )
        _draw_differences(curve, ordered)
        for level, (axis, option) in enumerate(rows):
            places = [number for number, one in enumerate(ordered) if one.options.get(axis) == option]
            dots.plot(places, [level] * len(places), "o", color="#444444", markersize=2.5)
        dots.set_yticks(range(len(rows)), [f"{axis}: {option}" for axis, option in rows], fontsize=6)
        dots.set_ylim(max(len(rows), 1) - 0.5, -0.5)
        dots.set_xticks([])
        dots.set_xlabel(f"{len(ordered)} specifications, from the least difference")
        figure.tight_layout()
        save_figure(figure, stem)


def _draw_differences(axes, ordered: Sequence[Specification]) -> None:
    axes.axhline(0, color="#bbbbbb", linewidth=0.8)
    for number, one in enumerate(ordered):
        colour = BY_VERDICT[one.verdict]
        if one.low is not None:
            axes.plot([number, number], [one.low, one.high], color=colour, linewidth=1)
        marker = {"marker": "D", "markersize": 5} if one.own else {"marker": "o", "markersize": 3}
        axes.plot(number, one.difference, color=colour, linestyle="none", **marker)
    for verdict, colour in BY_VERDICT.items():
        if any(one.verdict == verdict for one in ordered):
            axes.plot([], [], "o", color=colour, markersize=3, label=verdict)
    axes.plot([], [], "D", color="#444444", markersize=4, label="the study's own")
    unit = ordered[0].unit
    axes.set_ylabel("least difference," + "\n" + "claimed side up" + (f" ({unit})" if unit else ""))
    axes.legend(frameon=False, fontsize=6, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1.0))


def _options(found: Sequence[Specification]) -> list[tuple[str, str]]:
    """Axis and option of every axis along which specifications differ, in the order in which they come."""
    pairs = dict.fromkeys(pair for one in found for pair in one.options.items())
    axes = [axis for axis, _ in pairs]
    return sorted((pair for pair in pairs if axes.count(pair[0]) > 1), key=lambda pair: axes.index(pair[0]))
