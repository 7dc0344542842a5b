"""How firm the order of a table's rows is."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from segrepro.evaluation.contrasts import not_shown_worse
from segrepro.evaluation.metrics.registry import METRICS
from segrepro.evaluation.ranks import rank_methods
from segrepro.evaluation.scored_methods import scored_methods
from segrepro.report.spec import ReportedRun, TableSpec
from segrepro.report.tables.table import RankedRow, Ranking

if TYPE_CHECKING:
    import pandas as pd

FEWEST_ROWS = 4


def rankings(
    spec: TableSpec, runs: list[ReportedRun], scored: Mapping[tuple[str, str], "pd.DataFrame"], seed: int
) -> Iterator[Ranking]:
    """The ranks of a table's rows by its first measure that has a better side, for every protocol and group.

    runs, scored: as in `compare_runs`. Rows on other cases than most stand aside; nothing for fewer than 4 rows, or
    fewer patients than `rank_methods` asks for.
    """
    measure = next((name for name in spec.metrics if METRICS[name].higher_is_better is not None), None)
    labels = {row.experiment: row.label for row in spec.rows}
    for protocol in dict.fromkeys(run.protocol for run in runs):
        for group in dict.fromkeys(group for _, group in scored):
            of_protocol = [run for run in runs if run.protocol == protocol and run.experiment in labels]
            frames = {labels[run.experiment]: scored[run.name, group] for run in of_protocol}
            frames = _on_the_same_cases({name: frame for name, frame in frames.items() if measure in frame})
            found = _ranking(frames, measure, seed) if len(frames) >= FEWEST_ROWS else None
            if found:
                yield found.model_copy(update={"protocol": protocol, "group": group})


def _on_the_same_cases(frames: dict[str, "pd.DataFrame"]) -> dict[str, "pd.DataFrame"]:
    """Those of the cases that most rows were scored on."""
    cases = [frozenset(frame["case"]) for frame in frames.values()]
    most = max(cases, key=cases.count, default=None)
    return {name: frame for name, frame, of in zip(frames, frames.values(), cases) if of == most and of}


def _ranking(frames: dict[str, "pd.DataFrame"], measure: str, seed: int) -> Ranking | None:
    # A method that is undefined where it is hard would lead by the cases that it leaves out.
    methods = scored_methods(frames, measure).on_common_cases()
    higher_is_better = bool(METRICS[measure].higher_is_better)
    scores = methods.per_patient()
    found = rank_methods(scores, higher_is_better, seed)
    if found is None:
        return None
    best = not_shown_worse(scores, higher_is_better, methods.seed_variance(), seed)
    rows = [
        RankedRow(
            label=one.name, rank=one.rank, low=one.low, high=one.high, first=one.first, may_be_best=one.name in best
        )
        for one in found.ranks
    ]
    return Ranking(metric=measure, tau=found.tau, rows=rows)
