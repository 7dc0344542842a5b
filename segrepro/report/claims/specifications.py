"""The free specification curve: what becomes of a claim when the stored scores are analysed in other ways.

A claim's analysis is one of many that could be defended. All that need no training are gone through: measure, unit,
cases without a lesion, what an empty mask is worth, undefined distances; beside them whatever was trained under another
protocol or another choice (Simonsohn, Simmons and Nelson 2020; Steegen et al. 2016).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.claims import Claim, contrasts_of
from segrepro.evaluation.metrics.empty_masks import convention, ratios
from segrepro.evaluation.metrics.registry import METRICS, Rule
from segrepro.evaluation.scored_methods import DIAGONAL, KEYS, VOLUMES
from segrepro.evaluation.verdicts import NOT_RUN, Verdict, verdict
from segrepro.report.claims.claim_scores import Published, claim_scores, other_labels
from segrepro.report.spec import TableSpec
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

REFERENCE, PREDICTION = VOLUMES
AS_STUDY = "as in the study"
EMPTY_RULES: dict[str, Mapping[str, Rule]] = {
    "undefined": convention("undefined"),
    "worth 0": ratios(0.0),
    "worth 1": ratios(1.0),
}
Way = tuple[str, Callable[["pd.DataFrame"], "pd.DataFrame"]]


@dataclass(frozen=True)
class Trained:
    """Scores by experiment of what was trained alike; options: by axis, such as protocol, how that was."""

    options: Mapping[str, str]
    frames: Mapping[str, "pd.DataFrame"]


class Specification(Strict):
    """A way to train and analyse, by axis, and what it makes of a claim.

    difference: the least of all that the claim states, above 0 on the claimed side, with its own 95 % interval, None
    for too few patients. unit: of the measure. own: whether the study itself does it so. verdict: see `verdicts`; of
    the weights where a method was trained once.
    """

    options: dict[str, str]
    own: bool
    difference: float
    low: float | None
    high: float | None
    unit: str
    verdict: str


def specifications(
    claim: Claim,
    spec: TableSpec,
    trained: Sequence[Trained],
    published: Published,
    margins: Mapping[str, float],
    seed: int = 0,
) -> list[Specification]:
    """A claim under every way, the study's own first; none where a row of the claim has not run.

    trained: the first is the study's own. published: means by method and measure. A way that gives the very scores of
    another says nothing more and is left out.
    """
    found, seen = [], set()
    for training in trained:
        for options, metric, unit, change in _ways(claim, spec, training.frames, published):
            # What synthesises images has no masks to score.
            frames = {name: change(_of(frame, metric)) for name, frame in training.frames.items() if metric in frame}
            alone = claim.model_copy(update={"measures": [metric]})
            contrasts = list(contrasts_of(alone, other_labels(claim, training.frames)))
            scores = claim_scores(frames, spec, contrasts, unit)
            judged = verdict(alone, contrasts, scores, margins, published, seed=seed)
            if judged.verdict == NOT_RUN or not _is_defined(judged):
                continue
            key = (metric, *(_rounded(one.estimate.by_patient).tobytes() for one in judged.contrasts))
            if key not in seen:
                seen.add(key)
                own = training is trained[0] and metric in claim.measures and _is_own(options, spec)
                found.append(_specification({**training.options, **options}, own, metric, judged))
    return sorted(found, key=lambda one: not one.own)


def _of(frame: "pd.DataFrame", metric: str) -> "pd.DataFrame":
    """The scores without other measures, whose averaging would take most of the time."""
    return frame[[name for name in frame if name in (*KEYS, REFERENCE, PREDICTION, DIAGONAL, metric)]]


def _is_defined(judged: Verdict) -> bool:
    """Whether every difference is; it is not where no case is defined in all methods, as with empty predictions."""
    return bool(judged.contrasts) and all(np.isfinite(one.estimate.value) for one in judged.contrasts)


def _rounded(values: np.ndarray) -> np.ndarray:
    """What differs by rounding alone, or by the sign of 0, is the same."""
    return np.round(values, 9) + 0.0


def _specification(options: dict[str, str], own: bool, metric: str, judged: Verdict) -> Specification:
    least = min((one.estimate for one in judged.contrasts), key=lambda estimate: estimate.value)
    low, high = (float(end) if np.isfinite(end) else None for end in least.interval())
    numbers = {"difference": float(least.value), "low": low, "high": high, "unit": METRICS[metric].unit}
    return Specification(options=options, own=own, verdict=judged.as_trained or judged.verdict, **numbers)


def _is_own(options: Mapping[str, str], spec: TableSpec) -> bool:
    own = {"unit": spec.unit, "cases without lesion": "in", "empty masks": AS_STUDY, "undefined": "left out"}
    return all(options[axis] == option for axis, option in own.items())


def _ways(
    claim: Claim, spec: TableSpec, frames: Mapping[str, "pd.DataFrame"], published: Published
) -> Iterator[tuple[dict[str, str], str, str, Callable]]:
    """Options by axis, measure, unit, and what is done to a method's scores before they are averaged."""
    rows = [frames[name] for name in claim.experiments if name in frames]
    for metric in _measures(claim, spec, published):
        if any(metric not in frame for frame in rows):
            continue
        axes = (_units(rows, spec), _cases(claim, rows), _empty_masks(rows, metric), _undefined(rows, metric))
        for unit, (cases, keep), (rule, apply), (fill, replace) in product(*axes):
            options = {"measure": metric, "unit": unit, "cases without lesion": cases, "empty masks": rule}
            yield options | {"undefined": fill}, metric, unit, _one_after_another(keep, apply, replace)


def _one_after_another(*changes: Callable) -> Callable:
    def change(frame: "pd.DataFrame") -> "pd.DataFrame":
        for one in changes:
            frame = one(frame)
        return frame

    return change


def _measures(claim: Claim, spec: TableSpec, published: Published) -> list[str]:
    """The claim's measures, and the table's in the same unit that have a better side; where a claim names its side or
    a factor, its own alone."""
    if claim.direction or claim.factor != 1:
        return claim.measures
    units = {METRICS[name].unit for name in claim.measures}
    sided = [name for name in spec.metrics if METRICS[name].higher_is_better is not None]
    names = dict.fromkeys([*claim.measures, *(name for name in sided if METRICS[name].unit in units)])
    return [name for name in names if None not in [published.get((method, name)) for method in claim.than_published]]


def _units(rows: Iterable["pd.DataFrame"], spec: TableSpec) -> list[str]:
    """The table's, then the others that the scores have; patients only where one has several cases."""
    units = {unit for frame in rows for unit in frame["unit"].unique()}
    several = any(frame[frame["unit"] == spec.unit].groupby("patient")["case"].nunique().max() > 1 for frame in rows)
    return [spec.unit, *sorted(units - {spec.unit}), *(["patient"] if several else [])]


def _same(frame: "pd.DataFrame") -> "pd.DataFrame":
    return frame


def _cases(claim: Claim, rows: Sequence["pd.DataFrame"]) -> list[Way]:
    """Cases without the label in, or out; labels that a claim compares have to be of the same cases."""
    sized = all(REFERENCE in frame for frame in rows)
    if claim.labels or not sized or not any((frame[REFERENCE] == 0).any() for frame in rows):
        return [("in", _same)]
    return [("in", _same), ("out", lambda frame: frame[frame[REFERENCE] != 0])]


def _empty_masks(rows: Sequence["pd.DataFrame"], metric: str) -> list[Way]:
    sized = all({REFERENCE, PREDICTION} <= {*frame.columns} for frame in rows)
    if not sized or metric not in ratios(0.0):
        return [(AS_STUDY, _same)]
    changed = [(name, _with_rule(metric, rules[metric])) for name, rules in EMPTY_RULES.items()]
    return [(AS_STUDY, _same), *changed]


def _with_rule(metric: str, rule: Rule) -> Callable[["pd.DataFrame"], "pd.DataFrame"]:
    """The scores of a measure with another rule for empty masks. All `EMPTY_RULES` replace the same values."""

    def change(frame: "pd.DataFrame") -> "pd.DataFrame":
        values = frame[metric].to_numpy(float, copy=True)
        empty = [(frame[column] == 0).to_numpy() for column in (PREDICTION, REFERENCE)]
        for predicted, reference in ((True, False), (False, True), (True, True)):
            value = rule.value(predicted, reference)
            if not isinstance(value, str):
                values[(empty[0] == predicted) & (empty[1] == reference)] = value
        return frame.assign(**{metric: values})

    return change


def _undefined(rows: Sequence["pd.DataFrame"], metric: str) -> list[Way]:
    """Undefined distances left out, worth the image's diagonal, or as far as the worst of all that were found."""
    if METRICS[metric].unit != "mm" or not any(frame[metric].isna().any() for frame in rows):
        return [("left out", _same)]
    worst = max(frame[metric].max() for frame in rows)
    ways = [("left out", _same), ("worst found", lambda frame: frame.assign(**{metric: frame[metric].fillna(worst)}))]
    if all(DIAGONAL in frame for frame in rows):
        ways.append(("diagonal", lambda frame: frame.assign(**{metric: frame[metric].fillna(frame[DIAGONAL])})))
    return ways
