"""Runs that differ in their seed alone are one method."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from segrepro.evaluation.scored_methods import UNTRAINED
from segrepro.report.spec import ReportedRun
from segrepro.report.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd


def first_runs(runs: Iterable[ReportedRun]) -> list[ReportedRun]:
    """The run from the first seed of each experiment, protocol and option, after which the method is called."""
    first: dict[tuple, ReportedRun] = {}
    for run in runs:
        first.setdefault(_method(run), run)
    return list(first.values())


def scores_by_method(runs: list[ReportedRun], scores: Mapping[str, "pd.DataFrame"]) -> dict[str, "pd.DataFrame"]:
    """The scores of all seeds of a method, with the column `seed`, `UNTRAINED` where none is; scores: of each run by
    name."""
    import pandas as pd

    methods: dict[tuple, list[ReportedRun]] = {}
    for run in runs:
        methods.setdefault(_method(run), []).append(run)
    return {
        seeds[0].name: pd.concat(
            [scores[run.name].assign(seed=_seed(run, len(seeds))) for run in seeds], ignore_index=True
        )
        for seeds in methods.values()
    }


def _seed(run: ReportedRun, count: int) -> int:
    return run.seed if run.trained or count > 1 else UNTRAINED


def _method(run: ReportedRun) -> tuple:
    return run.experiment, run.protocol, *run.choices.items()


def shared_variance_text(table: Table, titles: Mapping[str, str]) -> str:
    """That rows share a variance from seed to seed, and how unlike theirs are; nothing where none do.

    titles: of the measures.
    """
    ratios = ", ".join(f"{titles[name]} {ratio:.3g}" for name, ratio in table.seed_variance_ratios.items())
    if not ratios:
        return ""
    return (
        "Rows share one variance from seed to seed, as if they varied alike; the largest row's own is so many times the"
        f" smallest's: {ratios}."
    )
