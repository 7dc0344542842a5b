"""Checks of a data set, by what they look at: one file, a grid, a label, all cases together."""

from dataclasses import dataclass, replace

from segrepro.datasets.releases.release import OddKind


@dataclass(frozen=True)
class Fault:
    """One fault: the case's id and the file (either may be empty), what was found and expected, what to do.

    kind: of those that a release may be known for; other: the second case that is concerned.
    """

    case: str
    file: str
    found: str
    expected: str
    remedy: str
    kind: OddKind | None = None
    other: str = ""

    def as_known(self, source: str) -> "Fault":
        """The same as a note on what a release is known to hold."""
        return replace(self, remedy=f"Known of this release ({source}).")

    def __str__(self) -> str:
        where = self.file or f"case {self.case}"
        return f"{where}: found {self.found}; expected {self.expected}. {self.remedy}".strip()
