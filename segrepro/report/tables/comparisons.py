"""Every method of a table against the paper's own."""

from typing import TYPE_CHECKING

from segrepro.evaluation.statistics import Comparison, Difference, differences, judged
from segrepro.report.spec import ReportedRun, TableSpec

if TYPE_CHECKING:
    import pandas as pd


def compare_runs(
    spec: TableSpec, runs: list[ReportedRun], scored: dict[tuple[str, str], "pd.DataFrame"], seed: int
) -> dict[tuple[str, str, str], Comparison]:
    """Each run of a table against the paper's own under the same protocol, for every group and measure.

    runs: those of the table, from the first seed; scored: the scores that the table averages, of all seeds, by the
    run's name and group. A run on other cases, such as those of a second data set, is not compared. The table is one
    family, over protocols and groups. Returns the comparisons by run name, group and measure.
    """
    found: dict[tuple[str, str, str], Difference] = {}
    for group in dict.fromkeys(group for _, group in scored):
        for own in (run for run in runs if run.experiment == spec.proposed):
            rivals = [run.name for run in runs if run.protocol == own.protocol]
            for one in _differences(own.name, rivals, group, spec.metrics, scored):
                found[one.other, group, one.metric] = one
    return dict(zip(found, judged(found.values(), seed)))


def _differences(own: str, rivals: list[str], group: str, metrics: dict, scored: dict) -> list[Difference]:
    frames = {name: scored[name, group] for name in (own, *rivals)}
    cases = set(frames[own]["case"])
    frames = {name: frame for name, frame in frames.items() if cases and set(frame["case"]) == cases}
    measured = [metric for metric in metrics if all(metric in frame for frame in frames.values())]
    return differences(frames, own, measured) if frames else []
