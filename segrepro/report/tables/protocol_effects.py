"""By how much the paper's own protocol flatters a mean, measured beside the clean one."""

from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.scored_methods import scored_methods
from segrepro.evaluation.trainings import independent_difference
from segrepro.report.spec import ReportedRun, TableSpec
from segrepro.report.tables.table import ProtocolEffect

if TYPE_CHECKING:
    import pandas as pd


def protocol_effects(
    spec: TableSpec, runs: list[ReportedRun], scored: dict[tuple[str, str], "pd.DataFrame"]
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
                effect = _effect(clean, published, metric)
                if effect:
                    found.append(ProtocolEffect(label=row.label, group=group, metric=metric, **effect))
    return found


def _effect(clean: "pd.DataFrame", published: "pd.DataFrame", metric: str) -> dict | None:
    """The numbers of a `ProtocolEffect`; None where a protocol has no score."""
    if metric not in clean or metric not in published:
        return None
    frames = {"clean": clean, "published": published}
    paired = set(clean["case"]) == set(published["case"])
    if paired:
        scores = scored_methods(frames, metric)
        undefined = np.any([np.isnan(values).any(axis=0) for values in scores.values.values()], axis=0)
        kept = {name: values[:, ~undefined] for name, values in scores.values.items()}
        found = scores.difference("published", "clean")
    else:
        alone = {name: scored_methods({name: frame}, metric) for name, frame in frames.items()}
        kept = {name: one.values[name][:, ~np.isnan(one.values[name]).any(axis=0)] for name, one in alone.items()}
        found = independent_difference(*(one.contrast({name: 1.0}) for name, one in alone.items()))
    if not all(values.size for values in kept.values()):
        return None
    means = {name: float(values.mean()) for name, values in kept.items()}
    counts = {f"n_{name}": values.shape[1] for name, values in kept.items()}
    low, high = (None if end != end else end for end in found.interval())
    return means | counts | {"difference": found.value, "low": low, "high": high, "paired": paired}
