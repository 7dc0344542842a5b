"""Every method of a table against the paper's own."""

from typing import TYPE_CHECKING

from segrepro.evaluation.statistics import Comparison, compare_methods, holm_corrected
from segrepro.report.spec import ReportedRun, TableSpec

if TYPE_CHECKING:
    import pandas as pd


def compare_runs(
    spec: TableSpec, runs: list[ReportedRun], scored: dict[tuple[str, str], "pd.DataFrame"], seed: int
) -> dict[tuple[str, str, str], Comparison]:
    """Each run of a table against the reference method's run of the same protocol, for every group and measure.

    runs: those of the table; scored: the scores that the table averages, by run name and group. A run on other cases,
    such as those of a second data set, is not compared. p values are Holm-corrected once, over the whole table.
    Returns the comparisons by run name, group and measure.
    """
    references = {run.protocol: run.name for run in runs if run.experiment == spec.proposed}
    protocols = {run.name: run.protocol for run in runs}
    found: dict[tuple[str, str, str], Comparison] = {}
    for name, group in scored:
        reference = references.get(protocols[name], name)
        if name != reference:
            for test in _compare(reference, name, group, spec.metrics, scored, seed):
                found[name, group, test.metric] = test
    return dict(zip(found, holm_corrected(found.values())))


def _compare(reference: str, name: str, group: str, metrics: dict, scored: dict, seed: int) -> list[Comparison]:
    own, other = scored[reference, group], scored[name, group]
    if own.empty or set(own["case"]) != set(other["case"]):
        return []
    measured = [metric for metric in metrics if metric in own and metric in other]
    return compare_methods({reference: own, name: other}, reference, measured, seed)
