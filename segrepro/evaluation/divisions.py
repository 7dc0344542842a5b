"""Methods compared over several divisions of the cases, each with trainings of its own.

Where a single division leaves few patients to score, it can be drawn anew: every division has other patients in its
test part, and its networks start from another seed. Division and seed are one random factor then, beside the patients.
"""

from collections.abc import Sequence

import numpy as np

from segrepro.evaluation.trainings import NAN, Estimate, by_patient


def contrast_over_divisions(scores: Sequence[np.ndarray], weights: Sequence[float]) -> Estimate:
    """A weighted sum of methods, as `trainings.contrast`, where a patient is held out in some divisions only.

    scores: of each method, (divisions, patients), NaN where a patient was not held out; the same in all methods, since
    they share each division.

    V = var(d) / P + var(D) / S with Satterthwaite's degrees of freedom. d: of each patient, the contrast's mean over
    the divisions that held him out; D: of each division, its mean over the patients held out. It is the formula of
    `trainings.contrast` with the division in the place of the seed, but paired, since division k of two methods is the
    same one. D varies with its patients too, so that they count in both terms: V errs on the large side, by a factor of
    two at most.

    >>> rng = np.random.default_rng(0)
    >>> held_out = np.array([rng.permutation(60) < 20 for _ in range(5)])
    >>> a, b = (np.where(held_out, rng.normal(mean, 0.1, (5, 60)), np.nan) for mean in (0.5, 0.7))
    >>> found = contrast_over_divisions([a, b], (-1, 1))
    >>> round(found.value, 2), bool(found.patients == held_out.any(axis=0).sum()), found.seeds
    (0.19, True, 5)
    """
    cells = np.sum([weight * np.asarray(values, float) for weight, values in zip(weights, scores)], axis=0)
    held_out = ~np.isnan(cells)
    divisions, whose = len(cells), np.flatnonzero(held_out.any(axis=0))
    if not whose.size or not held_out.any(axis=1).all():
        return Estimate(NAN, np.empty(0), whose[:0], NAN, NAN, NAN, divisions)
    own = np.nanmean(cells[:, whose], axis=0)
    terms = [(_variance_of_mean(own), own.size - 1), (_variance_of_mean(np.nanmean(cells, axis=1)), divisions - 1)]
    spread = sum(part**2 / n for part, n in terms if part > 0)
    degrees = sum(part for part, _ in terms) ** 2 / spread if spread > 0 else float(own.size - 1)
    (from_patients, _), (from_divisions, _) = terms
    return Estimate(float(own.mean()), own, whose, from_patients, from_divisions, degrees, divisions)


def _variance_of_mean(values: np.ndarray) -> float:
    return float(values.var(ddof=1)) / values.size if values.size > 1 else NAN


def by_patient_and_division(values: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Scores of cases as scores of patients, `trainings.by_patient` of each division alone; NaN for who is not in it.

    values: (divisions, cases), NaN where a case was not held out.
    """
    return np.concatenate([by_patient(row[None], patients) for row in values])
