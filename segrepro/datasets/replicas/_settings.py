"""What every replica may be told."""

from collections.abc import Sequence
from typing import TypeVar

from segrepro.datasets.phantoms._settings import Count
from segrepro.utils.validation import Seed, Strict

LEAST = 8  # voxels that a shrunk side keeps, if it has them
Item = TypeVar("Item")


class ReplicaSettings(Strict):
    """shrink: how many times wider voxels are than the release's, so that files are small; the field of view stays.

    cases: only so many of each part; None for all, as the release has them.
    """

    shrink: Count = 1
    cases: Count | None = None
    seed: Seed = 0

    def shrunk(self, *sides: int) -> tuple[int, ...]:
        """Numbers of voxels along the sides that are shrunk.

        >>> ReplicaSettings(shrink=32).shrunk(512, 100)
        (16, 8)
        """
        return tuple(max(round(side / self.shrink), min(side, LEAST)) for side in sides)

    def some(self, cases: Sequence[Item]) -> list[Item]:
        """As many of a part's cases as are wanted."""
        return list(cases)[: self.cases]
