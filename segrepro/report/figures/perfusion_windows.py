"""The perfusion window of every case: q(t) with its start and end."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segrepro.report.figures._drawing import Drawing
from segrepro.report.figures._examples import prepared_cases
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.plot_style import COLOURS, figure_style, save_figure
from segrepro.utils.validation import Strict

COLUMNS = 6


class Options(Strict):
    """feature: name of the perfusion feature."""

    feature: str


def draw(drawing: Drawing, spec: FigureSpec, options: Options, runs: list[ReportedRun], stem: Path) -> str:
    """One small plot a case of the first run's data."""
    cases = prepared_cases(runs[0])
    return draw_perfusion_windows([record.facts[options.feature] for record in cases.records], stem)


def draw_perfusion_windows(facts: Sequence[dict], stem: str | Path) -> str:
    """Draw q(t) with Ts and Te, a small plot a case, as <stem>.png and <stem>.svg; returns the caption.

    facts: of `segrepro.preprocessing.features.perfusion.window_facts`, drawn in their order.
    """
    import matplotlib.pyplot as plt

    columns = min(COLUMNS, max(1, len(facts)))
    rows = max(1, -(-len(facts) // columns))
    with figure_style():
        figure, axes = plt.subplots(rows, columns, figsize=(1.7 * columns, 1.45 * rows), squeeze=False)
        for axis in axes.flat[len(facts) :]:
            axis.set_axis_off()
        for axis, case in zip(axes.flat, facts):
            _draw_case(axis, case)
        for axis in axes[-1]:
            axis.set_xlabel("time point", fontsize=7)
        figure.tight_layout(pad=0.4)
        save_figure(figure, stem)
    return _caption(facts)


def _draw_case(axis, case: dict) -> None:
    curve = np.asarray(case["curve"])
    span = np.ptp(curve) or 1
    axis.plot((curve - curve.min()) / span, color=COLOURS[0], linewidth=1)
    axis.axvspan(case["ts"], case["te"], color=COLOURS[1], alpha=0.15, linewidth=0)
    for time, name in ((case["ts"], "$T_s$"), (case["te"], "$T_e$")):
        axis.axvline(time, color=COLOURS[3], linewidth=0.8, linestyle="--" if case["fallback"] else "-")
        axis.annotate(name, (time, 1.02), ha="center", va="bottom", fontsize=6, annotation_clip=False)
    title = case["case"] + (" (fallback)" if case["fallback"] else "")
    axis.set_title(title, fontsize=6.5, pad=10)
    axis.set_yticks([])
    axis.tick_params(labelsize=6)


def _caption(facts: Sequence[dict]) -> str:
    fallbacks = sum(bool(case["fallback"]) for case in facts)
    return (
        f"Sum of all voxels q(t) of {len(facts)} cases, each scaled to its own range, and the window of perfusion. "
        f"In {fallbacks} (dashed) the rule found no start or no end, for which that of the series stands in, or "
        "no end after the start, and the window is the whole series."
    )
