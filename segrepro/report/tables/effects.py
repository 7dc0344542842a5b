"""What a change makes of a measure, over pairs of rows that differ in it and in nothing else."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from segrepro.evaluation.scored_methods import scored_methods
from segrepro.report.spec import ReportedRun, TableSpec
from segrepro.report.tables.table import Effect

if TYPE_CHECKING:
    import pandas as pd


def effects(
    spec: TableSpec, runs: list[ReportedRun], scored: dict[tuple[str, str], "pd.DataFrame"]
) -> Iterator[Effect]:
    """The table's `effects` for each protocol, group and measure where all their rows ran and scored the same cases.

    runs: those of the table; scored: the scores that the table averages, by run name and group.
    """
    for protocol in dict.fromkeys(run.protocol for run in runs):
        names = {run.experiment: run.name for run in runs if run.protocol == protocol}
        for group in dict.fromkeys(group for _, group in scored):
            for name, pairs in spec.effects.items():
                if any(key not in names for pair in pairs for key in pair):
                    continue
                weights: Counter[str] = Counter()
                for changed, plain in pairs:
                    weights[names[changed]] += 1 / len(pairs)
                    weights[names[plain]] -= 1 / len(pairs)
                frames = {key: scored[key, group] for key in weights}
                for metric in spec.metrics:
                    yield from _effect(frames, weights, metric, name, protocol, group, len(pairs))


def _effect(
    frames: "dict[str, pd.DataFrame]",
    weights: dict[str, float],
    metric: str,
    name: str,
    protocol: str,
    group: str,
    pairs: int,
) -> Iterator[Effect]:
    cases = [set(frame["case"]) for frame in frames.values()]
    if not cases[0] or any(one != cases[0] for one in cases) or any(metric not in frame for frame in frames.values()):
        return
    scores = scored_methods(frames, metric)
    found, (defined, _) = scores.contrast(weights), scores.cases_of(weights)
    if defined:
        low, high = (None if end != end else end for end in found.interval())
        facts = {"name": name, "protocol": protocol, "group": group, "metric": metric, "pairs": pairs, "n": defined}
        yield Effect(difference=found.value, low=low, high=high, **facts)
