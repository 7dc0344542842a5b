"""Whether a claim holds: a pure function of the claim, the scores and the margins declared beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from segrepro.evaluation.claims import Claim, ClaimContrast, Comparand
from segrepro.evaluation.contrasts import all_better, judge_family, none_beyond
from segrepro.evaluation.power import Spread
from segrepro.evaluation.scored_methods import ScoredMethods, family_of, spread_of
from segrepro.evaluation.trainings import FEWEST_PATIENTS, Estimate, SeedVariance

HOLDS = "holds"
DOES_NOT_HOLD = "does not hold"
NO_DIFFERENCE = "no difference above the margin"
CANNOT_TELL = "cannot tell"
NOT_RUN = "not run"
NO_TABLE = "not a statement about a table"
VERDICTS = (HOLDS, DOES_NOT_HOLD, NO_DIFFERENCE, CANNOT_TELL, NOT_RUN, NO_TABLE)

Scores = Mapping[str, ScoredMethods]


@dataclass(frozen=True)
class JudgedContrast:
    """One thing that a claim says, with what the scores say of it; estimate: above 0 where the claim is right.

    low, high: the simultaneous interval among all of the claim, NaN for IoU beside Dice. spread: what it would take to
    decide follows from it.
    """

    contrast: ClaimContrast
    estimate: Estimate
    low: float
    high: float
    spread: Spread


@dataclass(frozen=True)
class Verdict:
    """What became of a claim.

    as_trained: what would be said of these weights, where a method was trained once; "" elsewhere. missing: experiments
    that did not run. within_margin: whether no difference beyond the margin is shown either, though it holds.
    """

    verdict: str
    reason: str = ""
    as_trained: str = ""
    missing: tuple[str, ...] = ()
    contrasts: tuple[JudgedContrast, ...] = ()
    within_margin: bool = False


def verdict(
    claim: Claim,
    contrasts: Sequence[ClaimContrast],
    scores: Scores,
    margins: Mapping[str, float],
    published: Mapping[tuple[str, str], float] | None = None,
    parameters: Mapping[str, int] | None = None,
    seed: int = 0,
) -> Verdict:
    """The verdict on a claim.

    contrasts: of `contrasts_of`. scores: by measure, of the methods that ran, each called by its `Comparand`; all rows
    of the claim's table, which share their variance from seed to seed. margins: by measure, the smallest difference
    that matters. published: means by method and measure, for `than_published`. parameters: of the networks, for
    `fewest_parameters`. seed: of the signs drawn.

    `holds`: each contrast's own 95 % interval is on the claimed side of 0 (intersection-union, no correction), and the
    parameters are as said. `does not hold`: a simultaneous interval is on the other side, or a network has not fewer
    parameters. `no difference above the margin`: each lies within its margin, by two one-sided tests; never of a claim
    of so many times another. `not run`: rows are missing, or the parameters of one. `cannot tell`: none of these, fewer
    than 6 patients, or a method trained once, which has no interval; then `as_trained` has the verdict on the weights.
    """
    if claim.table is None or not contrasts:
        return Verdict(NO_TABLE)
    counted = {name for pair in claim.smaller for name in pair} if parameters is not None else set()
    missing = tuple(
        name
        for name in claim.experiments
        if not _ran(name, contrasts, scores) or (name in counted and name not in parameters)
    )
    found = _judge([one for one in contrasts if _all_ran(one, scores)], scores, published or {}, seed)
    more = _parameters_that_are_not_fewer(claim, parameters or {})
    decided = _decide(found, margins, missing, more)
    if decided.verdict in (NOT_RUN, CANNOT_TELL) or more:
        return replace(decided, contrasts=found)
    if min(one.estimate.seeds for one in found) < 2:
        reason = "trained once: how another training would fall is not known"
        unknown = NOT_RUN if missing else CANNOT_TELL
        return Verdict(unknown, reason, decided.verdict, missing, found)
    return replace(decided, contrasts=found)


def _decide(
    found: tuple[JudgedContrast, ...], margins: Mapping[str, float], missing: tuple[str, ...], more: str
) -> Verdict:
    """The verdict as if all were trained often enough."""
    estimates = [one.estimate for one in found]
    if more:
        return Verdict(DOES_NOT_HOLD, more, missing=missing)
    if any(one.high < 0 for one in found):
        return Verdict(DOES_NOT_HOLD, "the reverse is shown", missing=missing)
    if missing or not found:
        return Verdict(NOT_RUN, missing=missing)
    differences = all(one.contrast.is_difference for one in found)
    within = differences and none_beyond(estimates, [margins.get(one.contrast.measure, 0.0) for one in found])
    if all_better(estimates):
        return Verdict(HOLDS, within_margin=within)
    if within:
        return Verdict(NO_DIFFERENCE)
    fewest = min(one.patients for one in estimates)
    return Verdict(
        CANNOT_TELL,
        f"only {fewest} patient{'s' * (fewest != 1)}"
        if fewest < FEWEST_PATIENTS
        else "neither it nor its reverse is shown",
    )


def _judge(
    contrasts: Sequence[ClaimContrast], scores: Scores, published: Mapping[tuple[str, str], float], seed: int
) -> tuple[JudgedContrast, ...]:
    pooled = {measure: scores[measure].seed_variance() for measure in {one.measure for one in contrasts}}
    estimates = [_estimate(one, scores, pooled[one.measure], published) for one in contrasts]
    measures = family_of(list(dict.fromkeys(one.measure for one in contrasts)))
    family = [estimate for one, estimate in zip(contrasts, estimates) if one.measure in measures]
    judged = iter(judge_family(family, seed))
    found = []
    for one, estimate in zip(contrasts, estimates):
        together = next(judged) if one.measure in measures else None
        low, high = (together.low, together.high) if together else (np.nan, np.nan)
        shares = sum(weight**2 for _, weight in one.weights) / 2
        found.append(JudgedContrast(one, estimate, low, high, spread_of(estimate, pooled[one.measure], shares)))
    return tuple(found)


def _estimate(
    one: ClaimContrast, scores: Scores, pooled: SeedVariance | None, published: Mapping[tuple[str, str], float]
) -> Estimate:
    weights = {key_of(comparand): one.sign * weight for comparand, weight in one.weights}
    estimate = scores[one.measure].contrast(weights, pooled)
    if one.published is None:
        return estimate
    # The other method's cases are not known: its mean is taken as it is printed.
    subtracted = one.sign * published[one.published, one.measure]
    return replace(estimate, value=estimate.value - subtracted, by_patient=estimate.by_patient - subtracted)


def key_of(comparand: Comparand) -> str:
    """The name of a method in `Scores`.

    >>> key_of(Comparand("xnet")), key_of(Comparand("scse", ("liver", "spleen")))
    ('xnet', 'scse of liver, spleen')
    """
    return comparand.experiment + (f" of {', '.join(comparand.labels)}" if comparand.labels else "")


def _all_ran(one: ClaimContrast, scores: Scores) -> bool:
    return one.measure in scores and all(key_of(name) in scores[one.measure].values for name, _ in one.weights)


def _ran(experiment: str, contrasts: Sequence[ClaimContrast], scores: Scores) -> bool:
    """Whether an experiment has all the scores that contrasts ask of it."""
    asked = [(one.measure, name) for one in contrasts for name, _ in one.weights if name.experiment == experiment]
    return all(measure in scores and key_of(name) in scores[measure].values for measure, name in asked)


def _parameters_that_are_not_fewer(claim: Claim, parameters: Mapping[str, int]) -> str:
    """The first pair whose smaller network is not; "" where all are, as far as both ran."""
    for small, large in claim.smaller:
        if small in parameters and large in parameters and parameters[small] >= parameters[large]:
            return f"{small} has {parameters[small]:,} parameters, {large} {parameters[large]:,}"
    return ""
