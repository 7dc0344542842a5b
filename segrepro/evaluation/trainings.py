"""Methods compared over patients and trainings, both drawn at random.

One network trained twice, from two seeds, is two networks: a method's mean varies with the patients that it was scored
on and with the seed that it was trained from. Both variances stand in every interval here, as those of patients and
readers do in reader studies (Obuchowski and Rockette 1995; Hillis 2007, Stat Med 26:596).

Scores of one method and measure are an array (seeds, patients): a seed is one training of all folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

FEWEST_PATIENTS = 6  # with fewer there is no interval and no test
LEVEL = 0.95
NAN = float("nan")
NOISE = 1e-12  # of a mean: differences below it are rounding


@dataclass(frozen=True)
class SeedVariance:
    """Variance of a method's mean from seed to seed, with its degrees of freedom.

    ratio: the largest variance of a pooled row over the smallest, infinite where a row has none; 1 for a single row.
    """

    variance: float
    degrees: int
    ratio: float = 1.0


@dataclass(frozen=True)
class Estimate:
    """A mean, a difference or another contrast of methods, over patients and seeds.

    by_patient: its value for each patient, (patients,), whose mean is `value`; whose: the patients' columns or names.
    patient_variance, seed_variance: what patients and seeds add to the variance of `value`. degrees: of freedom, by
    Satterthwaite. seeds: the fewest that a method of it was trained from; with 1 the seed's part is unknown, and what
    is said holds for these weights only.
    """

    value: float
    by_patient: np.ndarray
    whose: np.ndarray
    patient_variance: float
    seed_variance: float
    degrees: float
    seeds: int

    @property
    def patients(self) -> int:
        """How many patients it is over."""
        return self.by_patient.size

    @property
    def standard_error(self) -> float:
        """Of `value`; 0 where it is the same in every patient and seed."""
        error = float(np.sqrt(self.patient_variance + self.seed_variance))
        return error if error > NOISE * max(1.0, abs(self.value)) else 0.0

    @property
    def t(self) -> float:
        """`value` in standard errors; 0 where both are 0."""
        if self.standard_error:
            return self.value / self.standard_error
        return 0.0 if abs(self.value) <= NOISE else float(np.copysign(np.inf, self.value))

    @property
    def p(self) -> float:
        """Two-sided p of no difference; NaN under `FEWEST_PATIENTS`."""
        from scipy.stats import t

        return float(2 * t.sf(abs(self.t), self.degrees)) if self.patients >= FEWEST_PATIENTS else NAN

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """The interval of `value` by Student's t; NaN under `FEWEST_PATIENTS`."""
        from scipy.stats import t

        return self.around(float(t.ppf((1 + level) / 2, self.degrees)))

    def around(self, critical: float) -> tuple[float, float]:
        """`value` and so many standard errors to both sides; NaN under `FEWEST_PATIENTS`."""
        half = critical * self.standard_error if self.patients >= FEWEST_PATIENTS else NAN
        return self.value - half, self.value + half


def contrast(scores: Sequence[np.ndarray], weights: Sequence[float], pooled: SeedVariance | None = None) -> Estimate:
    """A weighted sum of methods: (-1, 1) the second minus the first, (1,) a mean, (-1, 1, 1, -1) an interaction.

    scores: of each method, (seeds, patients), the same patients in all; NaN where undefined, and such a patient is left
    out of the contrast. pooled: the seeds' variance, where rows of a table share one; else each method's own.

    V = var(d) / P + sum over methods w^2 s^2 / S with Satterthwaite's (1946) degrees of freedom; d: per patient, s^2:
    of the means over patients from seed to seed. The residual of patient and seed is in both terms, so that V errs on
    the large side. Nothing pairs the seeds: with folds and order of batches shared, seed 1 of two networks has nothing
    else in common.

    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.normal(0.50, 0.1, (3, 50)), rng.normal(0.60, 0.1, (3, 50))
    >>> found = contrast([a, b], (-1, 1))
    >>> round(found.value, 2), found.p < 0.001
    (0.08, True)
    """
    defined = ~np.any([np.isnan(values).any(axis=0) for values in scores], axis=0)
    kept = [np.asarray(values, float)[:, defined] for values in scores]
    whose, seeds = np.flatnonzero(defined), min(len(values) for values in kept)
    patients = whose.size
    if not patients:
        return Estimate(NAN, np.empty(0), whose, NAN, NAN, NAN, seeds)
    by_patient = np.sum([w * values.mean(axis=0) for w, values in zip(weights, kept)], axis=0)
    from_patients = float(by_patient.var(ddof=1)) / patients if patients > 1 else NAN
    terms = _seed_terms(kept, weights, pooled)
    from_seeds = sum(term for term, _ in terms)
    spread = sum(part**2 / n for part, n in [(from_patients, patients - 1), *terms] if part > 0)
    degrees = (from_patients + from_seeds) ** 2 / spread if spread > 0 else float(patients - 1)
    return Estimate(float(by_patient.mean()), by_patient, whose, from_patients, from_seeds, degrees, seeds)


def _seed_terms(
    kept: Sequence[np.ndarray], weights: Sequence[float], pooled: SeedVariance | None
) -> list[tuple[float, int]]:
    """What the seeds add to the variance, each with its degrees of freedom; nothing where a method has one seed."""
    if min(len(values) for values in kept) < 2:
        return []
    if pooled is not None:
        shares = [w**2 / len(values) for w, values in zip(weights, kept) if _differs_by_seed(values)]
        return [(pooled.variance * sum(shares), pooled.degrees)]
    own = [(float(values.mean(axis=1).var(ddof=1)), len(values)) for values in kept]
    return [(w**2 * variance / seeds, seeds - 1) for w, (variance, seeds) in zip(weights, own)]


def _differs_by_seed(values: np.ndarray) -> bool:
    """Whether a method that ran from several seeds depends on them; a threshold on brightness does not."""
    return len(values) < 2 or bool(np.ptp(values, axis=0).max() > NOISE)


def independent_difference(first: Estimate, second: Estimate) -> Estimate:
    """The second mean minus the first, of different patients: Welch's t, with the seeds' variance where it is known.

    It has no values by patient; `by_patient` and `whose` are those of the mean with fewer patients.

    >>> a, b = (contrast([np.arange(n, dtype=float)[None]], (1.0,)) for n in (10, 20))
    >>> [round(end, 2) for end in independent_difference(a, b).interval()]
    [1.65, 8.35]
    """
    parts = [one.patient_variance + one.seed_variance for one in (first, second)]
    spread = sum(part**2 / one.degrees for part, one in zip(parts, (first, second)) if part > 0)
    fewer = min(first, second, key=lambda one: one.patients)
    return replace(
        fewer,
        value=second.value - first.value,
        patient_variance=first.patient_variance + second.patient_variance,
        seed_variance=first.seed_variance + second.seed_variance,
        degrees=sum(parts) ** 2 / spread if spread > 0 else fewer.degrees,
        seeds=min(first.seeds, second.seeds),
    )


def pooled_seed_variance(rows: Sequence[np.ndarray]) -> SeedVariance | None:
    """The variance of a mean from seed to seed that the rows of a table share; None if no row has two seeds.

    rows: scores of each method, (seeds, patients); patients that are undefined in a row are left out of it. Rows that
    are the same from every seed are not trained and stand aside. Pooling assumes that trained rows vary alike: `ratio`
    tells how far they do not.

    >>> rows = [np.array([[0.1], [0.3]]), np.array([[0.2], [0.2], [0.5]])]
    >>> found = pooled_seed_variance(rows)
    >>> round(found.variance, 4), found.degrees, round(found.ratio, 2)
    (0.0267, 3, 1.5)
    """
    kept = [values[:, ~np.isnan(values).any(axis=0)] for values in rows if len(values) > 1]
    kept = [values for values in kept if values.size and _differs_by_seed(values)]
    if not kept:
        return None
    degrees = [len(values) - 1 for values in kept]
    variances = [float(values.mean(axis=1).var(ddof=1)) for values in kept]
    total = sum(n * variance for n, variance in zip(degrees, variances))
    ratio = max(variances) / min(variances) if min(variances) > 0 else float("inf")
    return SeedVariance(total / sum(degrees), sum(degrees), ratio)


def by_patient(values: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Scores of cases as scores of patients, (seeds, patients), whose mean is the mean over cases.

    values: (seeds, cases), NaN where undefined; patients: (cases,), whose case it is. A case that is undefined from one
    seed is left out from all. A patient's score is the mean of all cases plus what his own cases add to it (the
    linearised ratio estimator, Cochran 1977): with as many cases of every patient, the mean of his cases. Patients
    stand in their sorted order, NaN for one without a defined case.

    >>> by_patient(np.array([[0.2, 0.4, 0.9]]), np.array(["a", "a", "b"])).round(3).tolist()
    [[0.233, 0.767]]
    """
    names, whose = np.unique(patients, return_inverse=True)
    defined = ~np.isnan(values).any(axis=0)
    counts = np.bincount(whose[defined], minlength=names.size).astype(float)
    if not counts.any():
        return np.full((len(values), names.size), np.nan)
    sums = np.array([np.bincount(whose[defined], row[defined], names.size) for row in values])
    mean = sums.sum(axis=1, keepdims=True) / counts.sum()
    found = mean + (sums - mean * counts) * np.count_nonzero(counts) / counts.sum()
    return np.where(counts > 0, found, np.nan)
