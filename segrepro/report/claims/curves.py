"""The specification curves of a study's claims, from the runs that it has."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from segrepro.evaluation.verdicts import HOLDS
from segrepro.report.claims.claim_list import ClaimList, Curve, JudgedClaim
from segrepro.report.claims.claim_scores import published_cells, trained_alike
from segrepro.report.claims.judge import Settings
from segrepro.report.claims.specifications import AS_STUDY, Specification, Trained, specifications
from segrepro.report.tables.seeds import first_runs, scores_by_method

if TYPE_CHECKING:
    import pandas as pd

Curves = Mapping[str, Sequence[Specification]]


def claim_curves(settings: Settings, scores: Mapping[str, "pd.DataFrame"]) -> dict[str, list[Specification]]:
    """The specifications of each claim that is about a table and whose rows have run, by the name of its figure.

    scores: of every case, by run name.
    """
    trained = list(_trained(settings, scores))
    found = {}
    for number, claim in enumerate(settings.claims, 1):
        if claim.table is not None:
            spec = settings.tables[claim.table]
            published = {key: cell.published_mean for key, cell in published_cells(spec).items()}
            ways = specifications(claim, spec, trained, published, settings.margins, settings.seed)
            if ways and any(one.own for one in ways):
                found[f"claim{number}"] = ways
    return found


def _trained(settings: Settings, scores: Mapping[str, "pd.DataFrame"]) -> Iterator[Trained]:
    """What was trained alike: under each protocol as the study's file has it and with each option that ran."""
    alike = [
        (protocol, *found)
        for protocol in dict.fromkeys(run.protocol for run in settings.runs)
        for found in trained_alike(run for run in settings.runs if run.protocol == protocol)
    ]
    own = {choice: AS_STUDY for _, option, _, _ in alike for choice in option}
    for protocol, option, _, runs in alike:
        by_name = scores_by_method(runs, scores)
        frames = {run.experiment: by_name[run.name] for run in first_runs(runs)}
        yield Trained({"protocol": protocol} | own | option, frames)


def with_curves(claims: ClaimList, curves: Curves) -> ClaimList:
    """The claims, each with what its curve says under the first protocol."""
    figures = {claim.text: f"claim{number}" for number, claim in enumerate(_first(claims), 1)}
    judged = [
        claim.model_copy(update={"curve": _curve(claim, figures[claim.text], curves[figures[claim.text]])})
        if claim.protocol == claims.claims[0].protocol and figures[claim.text] in curves
        else claim
        for claim in claims.claims
    ]
    return claims.model_copy(update={"claims": judged})


def _first(claims: ClaimList) -> list[JudgedClaim]:
    return [claim for claim in claims.claims if claim.protocol == claims.claims[0].protocol]


def _curve(claim: JudgedClaim, figure: str, found: Sequence[Specification]) -> Curve:
    own = claim.as_trained or claim.verdict
    return Curve(
        specifications=len(found),
        claimed_side=sum(one.difference > 0 for one in found),
        holds=sum(one.verdict == HOLDS for one in found),
        own_verdict=sum(one.verdict == own for one in found),
        figure=figure,
    )


def specification_rows(curves: Curves) -> list[list[object]]:
    """All specifications as the rows of a table, its header first: the claim's number, an option an axis, what came."""
    every = [(name, one) for name, found in curves.items() for one in found]
    axes = list(dict.fromkeys(axis for _, one in every for axis in one.options))
    header = ["claim", *axes, "own", "difference", "low", "high", "difference_unit", "verdict"]
    rows = [
        [
            name.removeprefix("claim"),
            *(one.options.get(axis, "") for axis in axes),
            str(one.own).lower(),
            *("" if number is None else number for number in (one.difference, one.low, one.high)),
            one.unit,
            one.verdict,
        ]
        for name, one in every
    ]
    return [header, *rows]
