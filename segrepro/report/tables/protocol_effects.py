"""By how much the paper's own protocol flatters a mean, measured beside the clean one."""

from typing import TYPE_CHECKING

from segrepro.evaluation.bootstrap import mean_difference
from segrepro.evaluation.statistics import compare_methods
from segrepro.report.spec import ReportedRun, TableSpec
from segrepro.report.tables.table import ProtocolEffect

if TYPE_CHECKING:
    import pandas as pd


def protocol_effects(
    spec: TableSpec, runs: list[ReportedRun], scored: dict[tuple[str, str], "pd.DataFrame"], seed: int
) -> list[ProtocolEffect]:
    """For every row, group and measure of a table that ran under both protocols: published minus clean; the paper's own
    method first.

    runs: those of the table; scored: the scores that the table averages, by run name and group. Where both protocols
    scored the same cases, these are compared with themselves, and the means are over those that are defined in both.
    """
    names = {(run.experiment, run.protocol): run.name for run in runs}
    found = []
    for group in dict.fromkeys(group for _, group in scored):
        for row in sorted(spec.rows, key=lambda row: row.experiment != spec.proposed):
            pair = [names.get((row.experiment, protocol)) for protocol in ("clean", "published")]
            if None in pair:
                continue
            clean, published = (scored[name, group] for name in pair)
            for metric in spec.metrics:
                effect = _effect(clean, published, metric, seed)
                if effect:
                    found.append(ProtocolEffect(label=row.label, group=group, metric=metric, **effect))
    return found


def _effect(clean: "pd.DataFrame", published: "pd.DataFrame", metric: str, seed: int) -> dict | None:
    """The numbers of a `ProtocolEffect`; None where a protocol has no score."""
    if metric not in clean or metric not in published:
        return None
    paired = set(clean["case"]) == set(published["case"])
    both = {"clean": clean[clean[metric].notna()], "published": published[published[metric].notna()]}
    if paired:
        shared = set(both["clean"]["case"]) & set(both["published"]["case"])
        both = {name: frame[frame["case"].isin(shared)] for name, frame in both.items()}
    if any(frame.empty for frame in both.values()):
        return None
    if paired:
        [test] = compare_methods(both, "clean", [metric], seed)
        difference, low, high = test.difference, test.low, test.high
    else:
        samples = [(frame[metric].to_numpy(float), frame["patient"].to_numpy()) for frame in both.values()]
        difference, low, high = mean_difference(*samples, seed)
    means = {name: float(frame[metric].mean()) for name, frame in both.items()}
    counts = {f"n_{name}": len(frame) for name, frame in both.items()}
    interval = {key: None if value != value else value for key, value in (("low", low), ("high", high))}
    return means | counts | {"difference": difference, **interval, "paired": paired}
