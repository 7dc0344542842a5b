"""The scores that claims speak of, those of the runs and those in print."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from segrepro.evaluation.claims import Claim, ClaimContrast, Comparand
from segrepro.evaluation.scored_methods import ScoredMethods, scored_methods
from segrepro.evaluation.verdicts import key_of
from segrepro.report.spec import GroupSpec, ReportedRun, TableSpec
from segrepro.report.tables.build import scores_of_group
from segrepro.report.tables.published import cell_in_print
from segrepro.report.tables.table import Cell

if TYPE_CHECKING:
    import pandas as pd

Unit = Literal["case", "slice", "patient"]
Published = Mapping[tuple[str, str], float | None]


def trained_alike(runs: Iterable[ReportedRun]) -> Iterator[tuple[dict[str, str], set[str], list[ReportedRun]]]:
    """The runs of one protocol as the study's file has them, then with each option of a choice that ran.

    Each with the choice and its option, and the experiments that it touches; the others are as the file has them.
    """
    by_option: dict[tuple, list[ReportedRun]] = {(): []}
    for run in runs:
        by_option.setdefault(tuple(run.choices.items()), []).append(run)
    own = by_option[()]
    for option, trained in by_option.items():
        touched = {run.experiment for run in trained}
        others = [run for run in own if run.experiment not in touched]
        yield dict(option), touched, [*others, *trained]


def claim_scores(
    frames: Mapping[str, "pd.DataFrame"], spec: TableSpec, contrasts: Iterable[ClaimContrast], unit: Unit
) -> dict[str, ScoredMethods]:
    """By measure the methods of the table and of the claim that ran, all on the same cases as the claim's first.

    frames: scores of every case by experiment, from all its seeds. unit: what counts alike in a mean; `patient`: means
    over the cases of each.
    """
    contrasts = list(contrasts)
    asked = dict.fromkeys(comparand for one in contrasts for comparand, _ in one.weights)
    rows = [] if any(one.labels for one in asked) else [Comparand(row.experiment) for row in spec.rows]
    found = {}
    for one in dict.fromkeys([*asked, *rows]):
        frame = frames.get(one.experiment)
        if frame is not None:
            frame = frame[frame["label"].isin(one.labels)] if one.labels else frame
            found[key_of(one)] = _averaged(frame, unit)
    found = {name: frame for name, frame in found.items() if not frame.empty}
    cases = set(next(iter(found.values()))["case"]) if found else set()
    found = {name: frame for name, frame in found.items() if set(frame["case"]) == cases}
    measured = {
        measure: {name: frame for name, frame in found.items() if measure in frame and frame[measure].notna().any()}
        for measure in dict.fromkeys(one.measure for one in contrasts)
    }
    return {measure: scored_methods(methods, measure) for measure, methods in measured.items() if methods}


def _averaged(frame: "pd.DataFrame", unit: Unit) -> "pd.DataFrame":
    """A row a case; or a row a patient, called as a case of that name, with the means over the defined cases."""
    if unit != "patient":
        return scores_of_group(frame, unit, GroupSpec())
    cases = scores_of_group(frame, "case", GroupSpec())
    keys = [key for key in ("seed", "patient") if key in cases]
    means = cases.groupby(keys, as_index=False).mean(numeric_only=True)
    return means.assign(case=means["patient"])


def other_labels(claim: Claim, frames: Mapping[str, "pd.DataFrame"]) -> tuple[str, ...]:
    """The labels of the scores that a claim compares its own labels with; none where it names no label."""
    if not claim.labels:
        return ()
    found = [frame["label"] for name, frame in frames.items() if name in claim.experiments]
    return tuple(sorted({label for labels in found for label in labels} - set(claim.labels)))


def published_cells(spec: TableSpec) -> dict[tuple[str, str], Cell]:
    """The published cells by experiment, or by method of a row without one, and measure."""
    names = {row.experiment or row.published_as: row.published_as for row in spec.rows}
    return {
        (name, measure): cell_in_print(spec.published, spec.dataset, method, "", measure, column)
        for name, method in names.items()
        for measure, column in spec.metrics.items()
    }
