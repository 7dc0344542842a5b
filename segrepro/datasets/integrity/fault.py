"""Checks of a data set, by what they look at: one file, a grid, a label, all cases together."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: the case's id and the file (either may be empty), what was found and expected, what to do."""

    case: str
    file: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        where = self.file or f"case {self.case}"
        return f"{where}: found {self.found}; expected {self.expected}. {self.remedy}".strip()
