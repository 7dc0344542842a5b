"""Runs that differ in their seed alone are one method."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from segrepro.report.spec import ReportedRun

if TYPE_CHECKING:
    import pandas as pd


def first_runs(runs: Iterable[ReportedRun]) -> list[ReportedRun]:
    """The run from the first seed of each experiment, protocol and option, after which the method is called."""
    first: dict[tuple, ReportedRun] = {}
    for run in runs:
        first.setdefault(_method(run), run)
    return list(first.values())


def scores_by_method(runs: list[ReportedRun], scores: Mapping[str, "pd.DataFrame"]) -> dict[str, "pd.DataFrame"]:
    """The scores of all seeds of a method, with the column `seed`; scores: of each run by name."""
    import pandas as pd

    methods: dict[tuple, list[ReportedRun]] = {}
    for run in runs:
        methods.setdefault(_method(run), []).append(run)
    return {
        seeds[0].name: pd.concat([scores[run.name].assign(seed=run.seed) for run in seeds], ignore_index=True)
        for seeds in methods.values()
    }


def _method(run: ReportedRun) -> tuple:
    return run.experiment, run.protocol, *run.choices.items()
