"""Several contrasts judged together: one critical value, so that a star and an interval cannot contradict each other.

A family is what one claim or one table states. Its p values and simultaneous intervals come from one distribution, that
of the largest |t| when the sign of every patient's difference is drawn at random (max-t; Westfall and Young 1993;
Winkler et al. 2014, NeuroImage 92:381).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from segrepro.evaluation.trainings import FEWEST_PATIENTS, LEVEL, Estimate, SeedVariance, contrast

FEWEST_FOR_FLIPS = 8  # patients: with fewer, signs can be drawn in too few ways, and Student's t is taken
FLIPS = 10_000
ROUNDING = 1e-9
AT_ONCE = 20_000_000  # signs as floats: those of 2,000 patients


@dataclass(frozen=True)
class Judged:
    """A contrast of a family: its simultaneous 95 % interval low, high, and its p corrected for the family.

    p is below 0.05 if and only if the interval leaves out 0. NaN under `FEWEST_PATIENTS`.
    """

    estimate: Estimate
    low: float
    high: float
    p: float

    @property
    def shown(self) -> bool:
        """Whether a difference is shown: the interval leaves out 0."""
        return self.p < 1 - LEVEL


def judge_family(family: Sequence[Estimate], seed: int = 0) -> list[Judged]:
    """Simultaneous intervals and corrected p values of a family of contrasts, whose patients share their columns.

    seed: of the signs; all are tried where there are at most `FLIPS`.

    A contrast k over 8 patients or more: p_k = P(max |t*| >= |t_k| / r_k) and the interval value +- c r_k se_k, where c
    is that distribution's 95 % point and r_k = t(nu_k) / t(P_k - 1), the ratio of the 97.5 % points of Student's t,
    widens it for the seeds. One over 6 or 7 patients has Bonferroni's t; the others share what that leaves of the 5 %.

    >>> rng = np.random.default_rng(0)
    >>> scores = [rng.normal(mean, 0.1, (1, 30)) for mean in (0.5, 0.5, 0.7)]
    >>> found = judge_family([contrast([scores[0], other], (-1, 1)) for other in scores[1:]])
    >>> [one.shown for one in found], [one.low < 0 < one.high for one in found]
    ([False, True], [True, False])
    """
    flipped = [one for one in family if one.patients >= FEWEST_FOR_FLIPS]
    tested = sum(one.patients >= FEWEST_PATIENTS for one in family)
    largest, share = _largest_t(flipped, seed), len(flipped) / max(tested, 1)
    return [
        _by_flips(one, largest, share) if one.patients >= FEWEST_FOR_FLIPS else _by_t(one, tested) for one in family
    ]


def _by_flips(one: Estimate, largest: np.ndarray, share: float) -> Judged:
    """share: of the family's 5 %, that of its contrasts over 8 patients or more."""
    from scipy.stats import t

    widened = float(t.ppf((1 + LEVEL) / 2, one.degrees) / t.ppf((1 + LEVEL) / 2, one.patients - 1))
    reached = largest >= abs(one.t) / widened * (1 - ROUNDING)
    p = min(float(reached.mean()) / share, 1.0) if one.t else 1.0
    # The value that p = 0.05 belongs to, so that p is below it exactly where the interval leaves out 0.
    beyond = int(np.ceil((1 - LEVEL) * share * largest.size - ROUNDING))
    critical = np.sort(largest)[::-1][beyond - 1] * (1 + ROUNDING)
    return Judged(one, *one.around(float(critical) * widened), p)


def _by_t(one: Estimate, tested: int) -> Judged:
    interval = one.interval(1 - (1 - LEVEL) / max(tested, 1))
    return Judged(one, *interval, float(np.minimum(1.0, one.p * tested)))


def _largest_t(family: Sequence[Estimate], seed: int) -> np.ndarray:
    """The largest |t| of several contrasts under each drawing of the patients' signs, the one as it is among them.

    A patient has one sign in all contrasts.
    """
    if not family:
        return np.empty(0)
    names = np.unique(np.concatenate([one.whose for one in family]))
    signs = _signs(names.size, seed)
    largest = np.zeros(len(signs))
    for one in family:
        n, scale = one.patients, np.abs(one.by_patient).max()
        if scale == 0:
            continue
        scaled = one.by_patient / scale
        columns = None if n == names.size else np.searchsorted(names, one.whose)
        mean = _sums(signs, scaled, columns) / n
        spread = np.maximum((scaled @ scaled) / n - mean**2, 0) / (n - 1)
        with np.errstate(divide="ignore"):
            largest = np.maximum(largest, np.abs(mean) / np.sqrt(spread))
    return largest


def _sums(signs: np.ndarray, values: np.ndarray, columns: np.ndarray | None) -> np.ndarray:
    """The sum of values under each drawing of signs. columns: those of the signs that the values have; None for all."""
    rows, found = max(1, AT_ONCE // signs.shape[1]), []
    for start in range(0, len(signs), rows):
        drawn = signs[start : start + rows]
        found.append((drawn if columns is None else drawn[:, columns]).astype(np.float64) @ values)
    return np.concatenate(found)


@lru_cache(maxsize=2)  # claims and tables judge many families of the same patients
def _signs(patients: int, seed: int) -> np.ndarray:
    """Signs (drawings, patients), int8; the first drawing changes none. All of them if they are few."""
    if 2 ** (patients - 1) <= FLIPS:  # a drawing and its opposite give the same |t|
        drawings = np.arange(2 ** (patients - 1))
        return (1 - 2 * (drawings[:, None] >> np.arange(patients) & 1)).astype(np.int8)
    signs = np.random.default_rng(seed).integers(0, 2, (FLIPS, patients), dtype=np.int8)
    signs *= 2
    signs -= 1
    signs[0] = 1
    return signs


def all_better(family: Sequence[Estimate]) -> bool:
    """Whether every contrast is shown to be above 0, each by its own 95 % interval.

    The intersection-union test (Berger 1982): a claim that all hold needs no correction, since it is wrong as soon as
    one is. False where a contrast has no interval.
    """
    return bool(family) and all(one.interval()[0] > 0 for one in family)


def none_beyond(family: Sequence[Estimate], margins: Sequence[float]) -> bool:
    """Whether every contrast is shown to lie within its margin: two one-sided tests (Schuirmann 1987).

    It does where the 90 % interval lies in (-margin, margin). False where a contrast has no interval.
    """
    intervals = [one.interval(2 * LEVEL - 1) for one in family]
    return bool(family) and all(-margin < low and high < margin for (low, high), margin in zip(intervals, margins))


def not_shown_worse(
    scores: Mapping[str, np.ndarray], higher_is_better: bool = True, pooled: SeedVariance | None = None, seed: int = 0
) -> list[str]:
    """The methods that may be the best: those not shown worse than the one with the best mean.

    scores: (seeds, patients) by method, the same patients. Multiple comparisons with the best (Hsu 1984), by max-t.
    Under `FEWEST_PATIENTS` nothing is shown, and all may be.
    """
    sign = 1.0 if higher_is_better else -1.0
    means = {name: sign * float(np.nanmean(values)) for name, values in scores.items()}
    best = max(means, key=means.get)
    others = [name for name in scores if name != best]
    family = [contrast([scores[best], scores[name]], (-sign, sign), pooled) for name in others]
    worse = {name for name, one in zip(others, judge_family(family, seed)) if one.high < 0}
    return [name for name in scores if name not in worse]
