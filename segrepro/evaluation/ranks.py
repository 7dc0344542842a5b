"""How firm a ranking is: each method's place when other patients and other seeds had been drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segrepro.evaluation.trainings import FEWEST_PATIENTS

RESAMPLES = 2000


@dataclass(frozen=True)
class Rank:
    """A method's rank by its mean, 1 for the best, with the 95 % interval and the chance that none is above it.

    Methods of one mean share the better rank.
    """

    name: str
    rank: int
    low: int
    high: int
    first: float


@dataclass(frozen=True)
class Ranking:
    """All methods from the best; tau: mean Kendall correlation of resampled orders with this one."""

    ranks: list[Rank]
    tau: float


def rank_methods(scores: Mapping[str, np.ndarray], higher_is_better: bool = True, seed: int = 0) -> Ranking | None:
    """The ranks of methods on the same patients, (seeds, patients) by name; None under `FEWEST_PATIENTS` or 2 methods.

    Patients are resampled, the same in all methods, and within each method its seeds; ranks are of the means
    (challengeR; Maier-Hein et al. 2018, Wiesenfarth et al. 2021). Patients that are undefined in any method are left
    out.

    >>> rng = np.random.default_rng(0)
    >>> found = rank_methods({name: rng.normal(mean, 0.1, (2, 40)) for name, mean in {"a": 0.5, "b": 0.9}.items()})
    >>> [(one.name, one.rank, one.low, one.high, one.first) for one in found.ranks]
    [('b', 1, 1, 1, 1.0), ('a', 2, 2, 2, 0.0)]
    """
    defined = ~np.any([np.isnan(values).any(axis=0) for values in scores.values()], axis=0)
    patients = int(defined.sum())
    if patients < FEWEST_PATIENTS or len(scores) < 2:
        return None
    rng, sign = np.random.default_rng(seed), -1.0 if higher_is_better else 1.0
    drawn = rng.multinomial(patients, np.full(patients, 1 / patients), RESAMPLES) / patients
    kept = {name: sign * np.asarray(values, float)[:, defined] for name, values in scores.items()}
    means = np.array([values.mean() for values in kept.values()])
    resampled = np.stack([_resampled(values, drawn, rng) for values in kept.values()], axis=1)
    places, own = _places(resampled), _places(means[None])[0]
    low, high = (np.quantile(places, q, axis=0, method="inverted_cdf").astype(int) for q in (0.025, 0.975))
    first = (places == 1).mean(axis=0)
    ranks = [Rank(name, int(own[i]), int(low[i]), int(high[i]), float(first[i])) for i, name in enumerate(kept)]
    return Ranking(sorted(ranks, key=lambda one: one.rank), _mean_tau(own, places))


def _resampled(values: np.ndarray, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A method's mean in each resample: patients by their weights, seeds drawn with replacement."""
    seeds = len(values)
    chosen = rng.multinomial(seeds, np.full(seeds, 1 / seeds), len(drawn)) / seeds
    return ((drawn @ values.T) * chosen).sum(axis=1)


def _places(means: np.ndarray) -> np.ndarray:
    """The place of each column, 1 for the smallest; equal ones share the first of their places."""
    from scipy.stats import rankdata

    return rankdata(means, method="min", axis=1).astype(int)


def _mean_tau(own: np.ndarray, places: np.ndarray) -> float:
    """Mean Kendall correlation (tau-b) of orders (orders, methods) with one order; 0 of an order that ties all."""
    first, second = np.triu_indices(own.size, 1)
    mine, theirs = np.sign(own[first] - own[second]), np.sign(places[:, first] - places[:, second])
    untied = np.sqrt(np.abs(mine).sum() * np.abs(theirs).sum(axis=1))
    return float(((theirs @ mine) / np.maximum(untied, 1)).mean())
