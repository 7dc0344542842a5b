"""A claim of a paper as contrasts between experiments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from segrepro.evaluation.metrics.registry import METRICS
from segrepro.utils.validation import Strict

Pair = tuple[str, str]


class Claim(Strict):
    """A sentence of a paper, and which experiments of a table it says are better than which.

    Without a table it is no statement about one, and is not judged.
    """

    text: str
    table: str | None = Field(None, description="the table whose rows and numbers it speaks of")
    better: str | None = Field(None, description="experiment that is better than all of `than` and `than_published`")
    than: list[str] = Field([], description="experiments")
    than_published: list[str] = Field([], description="methods of the published table, which cannot be run here")
    pairs: list[Pair] = Field([], description="[better, worse] experiments")
    interaction: list[tuple[Pair, Pair]] = Field([], description="the first pair differs by more than the second")
    measures: list[str] = Field([], description="in all of which it is said to hold; those of the table")
    direction: Literal["higher", "lower"] | None = Field(None, description="what is better; the measure's own if null")
    factor: float = Field(1.0, gt=0, description="better means beyond so many times the other, 1.15 for 15 % more")
    labels: list[str] = Field([], description="the pairs differ by more in these labels than in all others")
    fewest_parameters: bool = Field(
        False, description="whether `better` is also said to have fewer than each of `than`"
    )
    fewer_parameters: list[Pair] = Field([], description="[smaller, larger] networks")

    @property
    def smaller(self) -> list[Pair]:
        """All pairs of which the first is said to have fewer parameters."""
        than = [(self.better, other) for other in self.than if self.better] if self.fewest_parameters else []
        return [*than, *self.fewer_parameters]

    @property
    def experiments(self) -> list[str]:
        """All experiments that it names."""
        named = [self.better] if self.better else []
        named += [*self.than, *(name for pair in self.pairs for name in pair)]
        named += [name for pairs in self.interaction for pair in pairs for name in pair]
        named += [name for pair in self.fewer_parameters for name in pair]
        return list(dict.fromkeys(named))


@dataclass(frozen=True)
class Comparand:
    """A method of a contrast: an experiment, over all labels or the mean of some."""

    experiment: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClaimContrast:
    """One thing that a claim says: the weighted sum of methods' means, less a published mean, is better than 0.

    sign: 1 where more is better, -1 where less is. published: the method whose published mean is subtracted, if one is.
    """

    measure: str
    weights: tuple[tuple[Comparand, float], ...]
    sign: float
    published: str | None = None

    @property
    def is_difference(self) -> bool:
        """Whether 0 of it means no difference; of a method less 1.15 times another it means 15 % more."""
        return self.published is not None or abs(sum(weight for _, weight in self.weights)) < 1e-9


def contrasts_of(claim: Claim, other_labels: tuple[str, ...] = ()) -> Iterator[ClaimContrast]:
    """All that a claim says, measure by measure; other_labels: of the data set, beside the claim's `labels`.

    >>> claim = Claim(text="", table="t", better="x", than=["u", "v"], measures=["dice", "hd_mm"])
    >>> [(c.measure, [one.experiment for one, _ in c.weights], c.sign) for c in contrasts_of(claim)]
    [('dice', ['x', 'u'], 1.0), ('dice', ['x', 'v'], 1.0), ('hd_mm', ['x', 'u'], -1.0), ('hd_mm', ['x', 'v'], -1.0)]
    """
    pairs = [(claim.better, other) for other in claim.than] if claim.better else []
    for measure in claim.measures:
        sign = _sign(claim, measure)
        for better, worse in [*pairs, *claim.pairs]:
            if claim.labels:
                own, others = tuple(claim.labels), other_labels
                yield ClaimContrast(
                    measure,
                    (
                        (Comparand(better, own), 1.0),
                        (Comparand(worse, own), -1.0),
                        (Comparand(better, others), -1.0),
                        (Comparand(worse, others), 1.0),
                    ),
                    sign,
                )
            else:
                yield ClaimContrast(measure, ((Comparand(better), 1.0), (Comparand(worse), -claim.factor)), sign)
        for (better, worse), (other_better, other_worse) in claim.interaction:
            names = (better, worse, other_better, other_worse)
            weights = zip(map(Comparand, names), (1.0, -1.0, -1.0, 1.0))
            yield ClaimContrast(measure, tuple(weights), sign)
        for method in claim.than_published:
            yield ClaimContrast(measure, ((Comparand(claim.better), 1.0),), sign, method)


def _sign(claim: Claim, measure: str) -> float:
    if claim.direction is None:
        return -1.0 if METRICS[measure].higher_is_better is False else 1.0
    return 1.0 if claim.direction == "higher" else -1.0
