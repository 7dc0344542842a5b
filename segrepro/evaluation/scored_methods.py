"""Scores of several methods on the same cases, as arrays that `trainings` and `contrasts` reckon with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.divisions import by_patient_and_division, contrast_over_divisions
from segrepro.evaluation.power import Spread
from segrepro.evaluation.trainings import Estimate, SeedVariance, by_patient, contrast, pooled_seed_variance
from segrepro.utils.errors import MetricError

if TYPE_CHECKING:
    import pandas as pd

#: Columns that say whose score it is.
KEYS = ("experiment", "seed", "division", "fold", "case", "patient", "site", "checkpoint", "unit", "label")
DIAGONAL = "diagonal_mm"
#: The seed of a method that is not trained: from any seed it would be the same.
UNTRAINED = -1
#: Columns that say how large what was scored is, which no method is better in.
VOLUMES = ("reference_volume_ml", "prediction_volume_ml")


@dataclass(frozen=True)
class ScoredMethods:
    """One measure of several methods: by method, (seeds, cases), NaN where undefined; patients: whose case it is.

    held_out: (seeds, cases), which cases each training was scored on, where every training had a division of its own;
    None where all were scored on the same.
    """

    values: Mapping[str, np.ndarray]
    patients: np.ndarray
    held_out: np.ndarray | None = None

    def contrast(self, weights: Mapping[str, float], pooled: SeedVariance | None = None) -> Estimate:
        """`trainings.contrast` of methods by their weights, over the cases that are defined in all; `whose`: names.

        Over several divisions it is `divisions.contrast_over_divisions`, which pools nothing.
        """
        undefined = self.undefined(weights)
        kept = [self._by_patient(np.where(undefined, np.nan, self.values[name])) for name in weights]
        if self.held_out is None:
            found = contrast(kept, list(weights.values()), pooled)
        else:
            found = contrast_over_divisions(kept, list(weights.values()))
        return replace(found, whose=np.unique(self.patients)[found.whose])

    def difference(self, other: str, own: str, pooled: SeedVariance | None = None) -> Estimate:
        """The mean of `other` minus that of `own`."""
        return self.contrast({own: -1.0, other: 1.0}, pooled)

    def undefined(self, names: Iterable[str]) -> np.ndarray:
        """Which cases (cases,) are undefined in one of these methods, from any seed that scored them."""
        scored = True if self.held_out is None else self.held_out
        return np.any([(np.isnan(self.values[name]) & scored).any(axis=0) for name in names], axis=0)

    def cases_of(self, names: Iterable[str]) -> tuple[int, int]:
        """How many cases are defined in all these methods and from every seed, and how many are not."""
        undefined = self.undefined(names)
        return int((~undefined).sum()), int(undefined.sum())

    def on_common_cases(self) -> "ScoredMethods":
        """Every method where all are defined, NaN elsewhere, so that means are over the same cases."""
        undefined = self.undefined(self.values)
        return replace(self, values={name: np.where(undefined, np.nan, own) for name, own in self.values.items()})

    def per_patient(self) -> dict[str, np.ndarray]:
        """The scores by method as (seeds, patients)."""
        return {name: self._by_patient(values) for name, values in self.values.items()}

    def means_by_patient(self, name: str) -> np.ndarray:
        """The scores of a method as (patients,): means over seeds, NaN where undefined."""
        values = self._by_patient(np.where(self.undefined([name]), np.nan, self.values[name]))
        if self.held_out is None:
            return values.mean(axis=0)
        counts = (~np.isnan(values)).sum(axis=0)
        return np.where(counts, np.nansum(values, axis=0) / np.maximum(counts, 1), np.nan)

    def _by_patient(self, values: np.ndarray) -> np.ndarray:
        by = by_patient if self.held_out is None else by_patient_and_division
        return by(values, self.patients)

    def seed_variance(self) -> SeedVariance | None:
        """The variance from seed to seed that the methods share; None where none was trained twice on one division."""
        return None if self.held_out is not None else pooled_seed_variance(list(self.per_patient().values()))

    def spread(self, other: str, own: str, seed_variance: SeedVariance | None) -> Spread:
        """How much the difference of two methods varies; without a known seed variance as if there were none."""
        return spread_of(self.difference(other, own), seed_variance)


def spread_of(found: Estimate, seed_variance: SeedVariance | None, shares: float = 1.0) -> Spread:
    """How much a contrast varies, as that of a difference of two methods, in which a seed counts with 1 and -1.

    seed_variance: of one method, None where it is not known; over several divisions it is found's own. shares: half the
    sum of the squared weights.
    """
    paired = float(np.sqrt(found.patient_variance * found.patients)) if found.patients > 1 else float("nan")
    variance = seed_variance.variance * shares if seed_variance else found.seed_variance * found.seeds / 2
    return Spread(paired, float(np.sqrt(variance)))


def scored_methods(frames: Mapping[str, "pd.DataFrame"], metric: str) -> ScoredMethods:
    """A measure of methods from their score frames: `case`, `patient`, the measure and, from several trainings, `seed`.

    What is `UNTRAINED` has its scores once for each training of the others, alike from each, so that its seeds add
    nothing to a variance. With several values in a column `division` every seed has the cases of its own division.
    Raises MetricError when a column is missing, a case occurs twice from one seed, or cases differ between methods, or
    between seeds of one division.

    >>> import pandas as pd
    >>> one = pd.DataFrame({"case": ["a", "b"], "patient": ["a", "b"], "dice": [0.5, 0.7]})
    >>> two = pd.concat([one.assign(seed=0), one.assign(seed=1, dice=[0.6, 0.8])])
    >>> scored_methods({"u": one, "x": two}, "dice").values["x"].tolist()
    [[0.5, 0.7], [0.6, 0.8]]
    """
    divided = any("division" in frame and frame["division"].nunique() > 1 for frame in frames.values())
    found = {name: _by_seed(name, frame, metric, divided) for name, frame in frames.items()}
    by_method, held_out = ({name: pair[number] for name, pair in found.items()} for number in (0, 1))
    first = next(iter(by_method.values()))
    for name, values in by_method.items():
        if not values.columns.equals(first.columns):
            _refuse_other_cases(next(iter(by_method)), first.columns, name, values.columns)
        if divided and not np.array_equal(held_out[name], held_out[next(iter(by_method))]):
            others = f"{next(iter(by_method))} and {name}"
            raise MetricError(others, "other cases in a division", "the same divisions", "Train both on the same.")
    frame = next(iter(frames.values()))
    patient_of = frame.drop_duplicates("case").set_index(frame.drop_duplicates("case")["case"].astype(str))["patient"]
    patients = patient_of.loc[first.columns].astype(str).to_numpy()
    trainings = max(len(values) for values in by_method.values())
    by_name = {
        name: np.repeat(values.to_numpy(float), 1 if divided or set(values.index) != {UNTRAINED} else trainings, axis=0)
        for name, values in by_method.items()
    }
    shared = held_out[next(iter(by_method))]
    return ScoredMethods(by_name, patients, None if shared.all() else shared)


def require_one_patient(frames: Mapping[str, "pd.DataFrame"]) -> None:
    """Raise MetricError where the score frames of some methods name two patients for one case."""
    import pandas as pd

    pairs = pd.concat([frame[["case", "patient"]].drop_duplicates() for frame in frames.values()])
    pairs = pairs.astype(str).drop_duplicates()
    if (twice := pairs["case"].duplicated()).any():
        case = pairs["case"][twice].iloc[0]
        said = sorted(pairs["patient"][pairs["case"] == case])
        found = f"the case {case} of the patients {' and '.join(said[:2])}"
        raise MetricError(" and ".join(frames), found, "one patient a case", "Correct the tables.")


def _by_seed(name: str, frame: "pd.DataFrame", metric: str, divided: bool) -> "tuple[pd.DataFrame, np.ndarray]":
    """A row a seed, a column a case in sorted order, and which of them were scored; all, unless cases were divided anew
    for each seed."""
    for column in ("case", "patient", metric):
        if column not in frame:
            raise MetricError(name, f"no column {column!r}", "the columns case and patient, and the measure")
    rows = frame.assign(case=frame["case"].astype(str), seed=frame.get("seed", 0))
    if rows.duplicated(["seed", "case"]).any():
        raise MetricError(name, "a case that occurs twice", "one row a case, label and seed", "Keep one experiment.")
    of_seed = {seed: set(part["case"]) for seed, part in rows.groupby("seed")}
    seeds = list(of_seed)
    for seed in [] if divided else seeds[1:]:
        if of_seed[seed] != of_seed[seeds[0]]:
            names = [f"{name}, seed {one}" for one in (seeds[0], seed)]
            _refuse_other_cases(names[0], of_seed[seeds[0]], names[1], of_seed[seed])
    values = rows.pivot(index="seed", columns="case", values=metric)
    if not divided:
        return values, np.ones(values.shape, bool)
    scored = rows.assign(scored=True).pivot(index="seed", columns="case", values="scored")
    return values, scored.notna().to_numpy()


def _refuse_other_cases(first: str, own: Iterable[str], second: str, other: Iterable[str]) -> None:
    alone = sorted(set(own) ^ set(other))
    names = f"{', '.join(alone[:5])}{', ...' if alone[5:] else ''}"
    found = f"{len(alone)} case{'s' * (len(alone) > 1)} in one of both only ({names})"
    raise MetricError(f"{first} and {second}", found, "the same cases", "Score both on the same cases.")


def measures_of(frame: "pd.DataFrame") -> list[str]:
    """The columns of a score frame that hold measures."""
    return [c for c in frame.select_dtypes("number").columns if c not in (*KEYS, DIAGONAL)]


def family_of(measures: Sequence[str]) -> list[str]:
    """The measures that stars are given for, without those that are a function of another one in every case: IoU beside
    Dice, the volume's error in percent beside the relative one.

    >>> family_of(["dice", "iou", "recall"]), family_of(["iou"]), family_of(["isic2017_dice", "isic2017_jaccard"])
    (['dice', 'recall'], ['iou'], ['isic2017_dice'])
    >>> family_of(["rve", "avd_percent"])
    ['rve']
    """
    twins = {
        name.removesuffix("dice") + twin for name in measures for twin in ("iou", "jaccard") if name.endswith("dice")
    }
    twins |= {"avd_percent"} if "rve" in measures else set()
    return [name for name in measures if name not in twins]
