"""Summaries and comparisons of methods from their score files, and how a table prints them.

Patients are the unit, since cases of one patient (slices, visits) are not independent; seeds are the other one where a
method was trained from several. A score frame has the columns `case`, `patient`, measures, and where they apply the
other `KEYS`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.bootstrap import bca_interval, expanded_level, per_patient
from segrepro.evaluation.contrasts import FEWEST_FOR_FLIPS, judge_family
from segrepro.evaluation.divisions import by_patient_and_division, contrast_over_divisions
from segrepro.evaluation.scored_methods import VOLUMES, family_of, measures_of, require_one_patient, scored_methods
from segrepro.evaluation.trainings import FEWEST_PATIENTS, LEVEL, Estimate, SeedVariance, by_patient, contrast
from segrepro.utils.errors import MetricError, nearest

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
DIFFERS, DIFFERS_AS_TRAINED = "*", "†"


@dataclass(frozen=True)
class Summary:
    """One measure over many cases.

    mean, std (n - 1) over the n cases whose value, averaged over seeds, is defined; low, high: the 95 % interval of the
    mean; n_undefined: cases left out; mean_with_replacement: the mean over all cases with undefined values replaced;
    note: what keeps the numbers from saying anything, or "". seeds: trainings; seed_sd: of the mean, over them.
    """

    mean: float
    std: float
    low: float
    high: float
    n: int
    n_undefined: int
    mean_with_replacement: float
    note: str = ""
    seeds: int = 1
    seed_sd: float = NAN


@dataclass(frozen=True)
class Comparison:
    """Two methods on the same cases, `other` minus `own`.

    difference: of the means over the n cases where both are defined; low, high: its simultaneous 95 % interval among
    all comparisons of the family, p: corrected for them; NaN where it is not tested. inner: the ends of its own 90 %
    interval. seeds: the fewest trainings of both. patients: whose cases the n are.
    """

    own: str
    other: str
    metric: str
    label: str
    difference: float
    low: float
    high: float
    p: float
    inner: tuple[float, float]
    seeds: int
    n: int
    n_undefined: int
    patients: int
    note: str = ""

    @property
    def significant(self) -> bool:
        """Whether the methods are shown to differ: the interval leaves out 0, over patients and seeds."""
        return self.mark == DIFFERS

    @property
    def mark(self) -> str:
        """`*` where the methods are shown to differ, `†` where their weights are and one of them was trained once."""
        if not self.p < 1 - LEVEL:
            return ""
        return DIFFERS if self.seeds > 1 else DIFFERS_AS_TRAINED

    def within(self, margin: float) -> bool:
        """Whether no difference beyond the margin is shown, by two one-sided tests (`contrasts.none_beyond`)."""
        return -margin < self.inner[0] and self.inner[1] < margin


@dataclass(frozen=True)
class Difference:
    """A comparison before its family is judged; tested: whether it is one of the family."""

    own: str
    other: str
    metric: str
    label: str
    estimate: Estimate
    n: int
    n_undefined: int
    tested: bool


def summarise(
    values: Sequence[float] | np.ndarray,
    patients: Sequence[object] | None = None,
    seed: int = 0,
    replacement: float | Sequence[float] | np.ndarray | None = None,
    pooled: SeedVariance | None = None,
    held_out: np.ndarray | None = None,
) -> Summary:
    """Mean, spread and 95 % interval of one measure.

    values: one a case, NaN where undefined, or (seeds, cases). patients: whose case it is (default: every case its own
    patient). replacement: what stands for undefined values in `mean_with_replacement`, in the shape of values or for
    all (the image's diagonal for distances); without it that mean is NaN as soon as a value is undefined. pooled: the
    variance from seed to seed, where rows of a table share one. The interval of one training is the BCa bootstrap over
    patients (`bca_interval` at `expanded_level`), under 8 patients Student's t; of several it is
    `trainings.contrast`'s; NaN under 6 patients. held_out: as in `ScoredMethods`, where each training had a division of
    its own. Raises MetricError when the lengths differ or there is no case.

    >>> summary = summarise([1.0, 2.0, 3.0, float("nan")], replacement=6.0)
    >>> summary.mean, summary.n, summary.n_undefined, summary.mean_with_replacement, summary.note
    (2.0, 3, 1, 3.0, 'only 3 patients: no interval')
    """
    values, patients = _checked(values, patients)
    scored = np.ones(values.shape, bool) if held_out is None else held_out
    defined = ~(np.isnan(values) & scored).any(axis=0)
    kept = np.mean(values, axis=0, where=scored)[defined]
    own = None if held_out is None else held_out[:, defined]
    low, high, note = _interval(values[:, defined], patients[defined], seed, pooled, own)
    filled = np.where(np.isnan(values), NAN if replacement is None else np.asarray(replacement, float), values)[scored]
    seeds = len(values)
    return Summary(
        mean=float(kept.mean()) if kept.size else NAN,
        std=float(kept.std(ddof=1)) if kept.size > 1 and np.isfinite(kept).all() else NAN,
        low=low,
        high=high,
        n=int(kept.size),
        n_undefined=int(defined.size - kept.size),
        mean_with_replacement=float(filled.mean()),
        note=note,
        seeds=seeds,
        seed_sd=_seed_sd(values[:, defined], scored[:, defined]),
    )


def _seed_sd(values: np.ndarray, scored: np.ndarray) -> float:
    """Of the means over the cases that each training was scored on."""
    if len(values) < 2 or not scored.any(axis=1).all():
        return NAN
    return float(np.mean(values, axis=1, where=scored).std(ddof=1))


def _checked(values: object, patients: Sequence[object] | None) -> tuple[np.ndarray, np.ndarray]:
    """Values as (seeds, cases), and the patient of each case."""
    values = np.asarray(values, float)
    values = values[None] if values.ndim == 1 else values
    if values.ndim != 2 or not values.size:
        raise MetricError("values", f"shape {values.shape}", "one value a case", "Score at least one case.")
    patients = np.arange(values.shape[1]) if patients is None else np.asarray(patients)
    if patients.shape != values.shape[1:]:
        raise MetricError("patients", f"{patients.size} patients", f"{values.shape[1]}, one a case")
    return values, patients


def _interval(
    values: np.ndarray, patients: np.ndarray, seed: int, pooled: SeedVariance | None, held_out: np.ndarray | None
) -> tuple[float, float, str]:
    """The interval of a mean, and what keeps it from being one."""
    if not values.size:
        return NAN, NAN, "no defined value"
    if not np.isfinite(values if held_out is None else values[held_out]).all():
        return NAN, NAN, "infinite values: no interval"
    count = np.unique(patients).size
    if count < FEWEST_PATIENTS:
        return NAN, NAN, _few(count, "no interval")
    if held_out is not None:
        return *contrast_over_divisions([by_patient_and_division(values, patients)], (1.0,)).interval(), ""
    if len(values) > 1 or count < FEWEST_FOR_FLIPS:
        return *contrast([by_patient(values, patients)], (1.0,), pooled).interval(), ""
    sums, counts = per_patient(values[0], patients)
    return *bca_interval(sums, counts, seed, level=expanded_level(count)), ""


def _few(patients: int, what: str) -> str:
    return f"only {patients} patient{'s' * (patients != 1)}: {what}"


def compare_methods(
    table: Mapping[str, "pd.DataFrame"], own: str, metrics: Sequence[str] | None = None, seed: int = 0
) -> list[Comparison]:
    """Every other method of a table against the paper's own, on the same cases, for each measure and label.

    table: method -> score frame with `case`, `patient`, measures and, with several labels or trainings, `label` and
    `seed`. own: the method that the others are compared with. metrics: default all that every frame has, without
    volumes. All that is returned is one family (`contrasts.judge_family`), without IoU beside Dice; methods share their
    variance from seed to seed. Raises MetricError when a method or measure is unknown, a case occurs twice or has two
    patients, or two methods were not scored on the same cases.

    >>> import pandas as pd
    >>> dice = [0.5, 0.6, 0.7, 0.4, 0.8, 0.3, 0.6, 0.7]
    >>> one = pd.DataFrame({"case": range(8), "patient": range(8), "dice": dice})
    >>> own = pd.concat([one.assign(seed=0), one.assign(seed=1)])
    >>> [result] = compare_methods({"ours": own, "theirs": own.assign(dice=own.dice - 0.1)}, "ours")
    >>> round(result.difference, 3), result.mark
    (-0.1, '*')
    """
    return judged(differences(table, own, metrics), seed)


def differences(
    table: Mapping[str, "pd.DataFrame"], own: str, metrics: Sequence[str] | None = None
) -> list[Difference]:
    """The comparisons of `compare_methods` before they are judged, so that several tables' can be one family."""
    if own not in table:
        raise MetricError("compare", f"no method {own!r}", "one of the table", nearest(own, table))
    if metrics is None:
        everywhere = [m for m in measures_of(table[own]) if all(m in measures_of(frame) for frame in table.values())]
        metrics = [m for m in everywhere if m not in VOLUMES]
    for name, frame in table.items():
        _require_known(metrics, frame, name)
    found = []
    for label in _labels(table[own]):
        frames = {name: _of_label(frame, label) for name, frame in table.items()}
        for metric in metrics:
            scores = scored_methods(frames, metric)
            pooled = scores.seed_variance()
            for other in (name for name in table if name != own):
                estimate, counts = scores.difference(other, own, pooled), scores.cases_of([own, other])
                tested = metric in family_of(metrics)
                found.append(Difference(own, other, metric, label, estimate, *counts, tested))
    require_one_patient(table)
    return sorted(found, key=lambda one: list(table).index(one.other))


def judged(found: Iterable[Difference], seed: int = 0) -> list[Comparison]:
    """The comparisons, judged as one family."""
    found = list(found)
    family = iter(judge_family([one.estimate for one in found if one.tested], seed))
    return [_comparison(one, next(family) if one.tested else None) for one in found]


def _comparison(one: Difference, judged) -> Comparison:
    low, high, p = (judged.low, judged.high, judged.p) if judged else (NAN, NAN, NAN)
    patients = one.estimate.patients
    note = _few(patients, "no test") if patients < FEWEST_PATIENTS else ""
    names = (one.own, one.other, one.metric, one.label)
    return Comparison(
        *names,
        difference=one.estimate.value,
        low=low,
        high=high,
        p=p,
        inner=one.estimate.interval(2 * LEVEL - 1),
        seeds=one.estimate.seeds,
        n=one.n,
        n_undefined=one.n_undefined,
        patients=patients,
        note=note,
    )


def _labels(frame: "pd.DataFrame") -> list[str]:
    return sorted(frame["label"].astype(str).unique()) if "label" in frame else [""]


def _of_label(frame: "pd.DataFrame", label: str) -> "pd.DataFrame":
    return frame[frame["label"].astype(str) == label] if "label" in frame else frame


def _require_known(metrics: Sequence[str], frame: "pd.DataFrame", name: str) -> None:
    measures = measures_of(frame)
    for metric in metrics:
        if metric not in measures:
            raise MetricError(name, f"no measure {metric!r}", "a measure of the scores", nearest(metric, measures))
