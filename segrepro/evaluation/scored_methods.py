"""Scores of several methods on the same cases, as arrays that `trainings` and `contrasts` reckon with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.power import Spread
from segrepro.evaluation.trainings import Estimate, SeedVariance, by_patient, contrast, pooled_seed_variance
from segrepro.utils.errors import MetricError

if TYPE_CHECKING:
    import pandas as pd

#: Columns that say whose score it is.
KEYS = ("experiment", "seed", "fold", "case", "patient", "site", "checkpoint", "unit", "label")
DIAGONAL = "diagonal_mm"


@dataclass(frozen=True)
class ScoredMethods:
    """One measure of several methods: by method, (seeds, cases), NaN where undefined; patients: whose case it is."""

    values: Mapping[str, np.ndarray]
    patients: np.ndarray

    def contrast(self, weights: Mapping[str, float], pooled: SeedVariance | None = None) -> Estimate:
        """`trainings.contrast` of methods by their weights, over the cases that are defined in all; `whose`: names."""
        chosen = [self.values[name] for name in weights]
        undefined = np.any([np.isnan(values).any(axis=0) for values in chosen], axis=0)
        kept = [by_patient(np.where(undefined, np.nan, values), self.patients) for values in chosen]
        found = contrast(kept, list(weights.values()), pooled)
        return replace(found, whose=np.unique(self.patients)[found.whose])

    def difference(self, other: str, own: str, pooled: SeedVariance | None = None) -> Estimate:
        """The mean of `other` minus that of `own`."""
        return self.contrast({own: -1.0, other: 1.0}, pooled)

    def cases_of(self, names: Iterable[str]) -> tuple[int, int]:
        """How many cases are defined in all these methods and from every seed, and how many are not."""
        undefined = np.any([np.isnan(self.values[name]).any(axis=0) for name in names], axis=0)
        return int((~undefined).sum()), int(undefined.sum())

    def per_patient(self) -> dict[str, np.ndarray]:
        """The scores by method as (seeds, patients)."""
        return {name: by_patient(values, self.patients) for name, values in self.values.items()}

    def seed_variance(self) -> SeedVariance | None:
        """The variance from seed to seed that the methods share; None where none was trained twice."""
        return pooled_seed_variance(list(self.per_patient().values()))

    def spread(self, other: str, own: str, seed_variance: SeedVariance | None) -> Spread:
        """How much the difference of two methods varies; without a known seed variance as if there were none."""
        found = self.difference(other, own)
        paired = float(np.sqrt(found.patient_variance * found.patients))
        return Spread(paired, float(np.sqrt(seed_variance.variance)) if seed_variance else 0.0)


def scored_methods(frames: Mapping[str, "pd.DataFrame"], metric: str) -> ScoredMethods:
    """A measure of methods from their score frames: `case`, `patient`, the measure and, from several trainings, `seed`.

    Raises MetricError when a column is missing, a case occurs twice from one seed, or cases differ between methods or
    seeds.

    >>> import pandas as pd
    >>> one = pd.DataFrame({"case": ["a", "b"], "patient": ["a", "b"], "dice": [0.5, 0.7]})
    >>> two = pd.concat([one.assign(seed=0), one.assign(seed=1, dice=[0.6, 0.8])])
    >>> scored_methods({"u": one, "x": two}, "dice").values["x"].tolist()
    [[0.5, 0.7], [0.6, 0.8]]
    """
    by_method = {name: _by_seed(name, frame, metric) for name, frame in frames.items()}
    first = next(iter(by_method.values()))
    for name, values in by_method.items():
        if not values.columns.equals(first.columns):
            _refuse_other_cases(next(iter(by_method)), first.columns, name, values.columns)
    frame = next(iter(frames.values()))
    patient_of = frame.drop_duplicates("case").set_index(frame.drop_duplicates("case")["case"].astype(str))["patient"]
    patients = patient_of.loc[first.columns].astype(str).to_numpy()
    return ScoredMethods({name: values.to_numpy(float) for name, values in by_method.items()}, patients)


def _by_seed(name: str, frame: "pd.DataFrame", metric: str) -> "pd.DataFrame":
    """A row a seed, a column a case in sorted order."""
    for column in ("case", "patient", metric):
        if column not in frame:
            raise MetricError(name, f"no column {column!r}", "the columns case and patient, and the measure")
    rows = frame.assign(case=frame["case"].astype(str), seed=frame.get("seed", 0))
    if rows.duplicated(["seed", "case"]).any():
        raise MetricError(name, "a case that occurs twice", "one row a case, label and seed", "Keep one experiment.")
    of_seed = {seed: set(part["case"]) for seed, part in rows.groupby("seed")}
    seeds = list(of_seed)
    for seed in seeds[1:]:
        if of_seed[seed] != of_seed[seeds[0]]:
            names = [f"{name}, seed {one}" for one in (seeds[0], seed)]
            _refuse_other_cases(names[0], of_seed[seeds[0]], names[1], of_seed[seed])
    return rows.pivot(index="seed", columns="case", values=metric)


def _refuse_other_cases(first: str, own: Iterable[str], second: str, other: Iterable[str]) -> None:
    alone = sorted(set(own) ^ set(other))
    found = f"{len(alone)} cases in one of both only ({', '.join(alone[:5])}{', ...' if alone[5:] else ''})"
    raise MetricError(f"{first} and {second}", found, "the same cases", "Score both on the same cases.")


def measures_of(frame: "pd.DataFrame") -> list[str]:
    """The columns of a score frame that hold measures."""
    return [c for c in frame.select_dtypes("number").columns if c not in (*KEYS, DIAGONAL)]


def family_of(measures: Sequence[str]) -> list[str]:
    """The measures that stars are given for: without IoU beside Dice, which is a function of it in every case.

    >>> family_of(["dice", "iou", "recall"]), family_of(["iou"]), family_of(["isic2017_dice", "isic2017_jaccard"])
    (['dice', 'recall'], ['iou'], ['isic2017_dice'])
    """
    twins = {
        name.removesuffix("dice") + twin for name in measures for twin in ("iou", "jaccard") if name.endswith("dice")
    }
    return [name for name in measures if name not in twins]
