"""What a comparison can see: its power, the gap that it detects, and the patients and seeds that a gap asks for."""

from dataclasses import dataclass

import numpy as np

from segrepro.evaluation.trainings import LEVEL

POWER = 0.80
MOST_SEEDS = 100
MOST_PATIENTS = 10_000_000


@dataclass(frozen=True)
class Spread:
    """How much a paired difference varies.

    paired_sd: from patient to patient, of the difference averaged over seeds. seed_sd: of a method's mean, from seed to
    seed.
    """

    paired_sd: float
    seed_sd: float = 0.0


def power(gap: float, spread: Spread, patients: int, seeds: int) -> float:
    """The chance that a true difference is shown with two-sided p < 0.05, both methods from `seeds` seeds.

    Noncentral t with nc = gap / sqrt(paired_sd^2 / P + 2 seed_sd^2 / S) and the degrees of freedom of
    `trainings.contrast`. NaN where the seeds matter and there is one, which has no interval.

    >>> spread = Spread(paired_sd=0.178, seed_sd=0.0165)
    >>> [round(power(0.03, spread, 680, seeds), 2) for seeds in (2, 3, 5, 8, 10)]
    [0.21, 0.39, 0.62, 0.78, 0.84]
    """
    from scipy.stats import nct, t

    if patients < 2 or (seeds < 2 and spread.seed_sd):
        return float("nan")
    from_patients, from_seeds = spread.paired_sd**2 / patients, spread.seed_sd**2 / seeds
    variance = from_patients + 2 * from_seeds
    if variance == 0:
        return 1.0 if gap else 1 - LEVEL
    parts = from_patients**2 / (patients - 1) + (2 * from_seeds**2 / (seeds - 1) if from_seeds else 0.0)
    degrees, shift = variance**2 / parts, abs(gap) / np.sqrt(variance)
    critical = t.ppf((1 + LEVEL) / 2, degrees)
    wrong_side = nct.cdf(-critical, degrees, shift)  # too small for scipy where it is NaN
    return float(nct.sf(critical, degrees, shift) + np.nan_to_num(wrong_side))


def detectable_gap(spread: Spread, patients: int, seeds: int) -> float:
    """The least true difference that is shown with a chance of 80 %; NaN as `power`.

    >>> round(detectable_gap(Spread(0.178, 0.0165), 680, 10), 4)
    0.0286
    """
    from scipy.optimize import brentq

    if np.isnan(power(1.0, spread, patients, seeds)):
        return float("nan")
    error = np.sqrt(spread.paired_sd**2 / patients + 2 * spread.seed_sd**2 / seeds)
    if error == 0:
        return 0.0
    return float(brentq(lambda gap: power(gap, spread, patients, seeds) - POWER, 0.0, 29 * error))


def patients_needed(gap: float, spread: Spread, seeds: int) -> int | None:
    """The fewest patients that show a gap with a chance of 80 %; None where none suffice, for want of seeds.

    >>> patients_needed(0.0143, Spread(0.15), 1), patients_needed(0.03, Spread(0.178, 0.0165), 5)
    (866, None)
    """
    if not gap or not power(gap, spread, MOST_PATIENTS, seeds) >= POWER:
        return None
    low, high = 1, MOST_PATIENTS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(gap, spread, middle, seeds) >= POWER else (middle, high)
    return high


def seeds_needed(gap: float, spread: Spread, patients: int) -> int | None:
    """The fewest seeds, up to `MOST_SEEDS`, that show a gap with these patients; None where none suffice.

    >>> seeds_needed(0.03, Spread(0.178, 0.0165), 680), seeds_needed(0.005, Spread(0.178, 0.0165), 680)
    (9, None)
    """
    least = 2 if spread.seed_sd else 1
    return next((s for s in range(least, MOST_SEEDS + 1) if power(gap, spread, patients, s) >= POWER), None)


def needed(gap: float, spread: Spread, patients: int) -> tuple[int, int] | None:
    """Patients and seeds that show a gap: these patients with the fewest seeds; else the least patients x seeds.

    None where `MOST_SEEDS` and `MOST_PATIENTS` do not suffice.

    >>> needed(0.03, Spread(0.178, 0.0165), 680), needed(0.0126, Spread(0.15), 229)
    ((680, 9), (1115, 1))
    """
    seeds = seeds_needed(gap, spread, patients)
    if seeds is not None:
        return patients, seeds
    counts = range(2, MOST_SEEDS + 1) if spread.seed_sd else (1,)
    found = [(n, s) for s in counts if (n := patients_needed(gap, spread, s)) is not None]
    return min(found, key=lambda pair: pair[0] * pair[1], default=None)


def smallest_visible(sd: float, patients: int) -> float:
    """d33 of small telescopes (Simonsohn 2015): the effect that a study of n patients had a power of a third to see.

    An effect that is shown to be smaller could not have been seen by that study.

    >>> round(smallest_visible(13.0, 23), 2)
    4.45
    """
    from scipy.stats import norm, t

    return float((t.ppf((1 + LEVEL) / 2, patients - 1) + norm.ppf(1 / 3)) * sd / np.sqrt(patients))
