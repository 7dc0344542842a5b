"""The data that a paper used beside the data that were found here."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from segrepro.datasets.integrity.found import SetFound
from segrepro.datasets.releases.release import Facts, Spread
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

NAMES = {
    "cases": "Cases",
    "patients": "Patients",
    "sites": "Sites",
    "slices": "Slices",
    "slices_a_case": "Slices a case",
    "rows": "Rows",
    "columns": "Columns",
    "pixel_mm": "Pixel (mm)",
    "slice_mm": "From slice to slice (mm)",
    "time_points": "Time points",
}
TOLERANCE = 0.01  # papers print two or three digits


class FactRow(NamedTuple):
    """A fact of the data. Either text is empty where nothing is known; differs: None where one of them is."""

    name: str
    paper: str
    found: str
    differs: bool | None


class DatasetFacts(Strict):
    """A data set of a study.

    source: `phantom`, `folder` or `download`; checksum: of its contents. paper: what the study's paper says of it;
    found: what a check found; None where there is nothing. drawn: how many `cases` or `slices` the study itself puts
    into each part.
    """

    name: str
    title: str
    source: str
    version: str
    checksum: str = ""
    paper: Facts | None = None
    found: SetFound | None = None
    drawn: dict[str, dict[str, int]] = {}

    @property
    def shortfall(self) -> str:
        """What the data are where they are not the whole of a release; nothing where they are, or are synthetic."""
        return "" if self.found is None or self.found.whole else self.found.told

    @property
    def compared(self) -> list[FactRow]:
        """The paper's data beside those found."""
        if not self.paper or not self.found:
            return []
        return fact_rows(self.paper, self.found.facts, self.drawn.get(self.paper.divided, {}))


def fact_rows(paper: Facts, found: Facts, drawn: dict[str, int]) -> list[FactRow]:
    """Each fact that the paper states, with what was found.

    drawn: the study's own parts, which count where the data set itself is not divided.

    >>> fact_rows(Facts(cases=94), Facts(cases=90), {})
    [FactRow(name='Cases', paper='94', found='90', differs=True)]
    """
    return [*_numbers(paper, found), *_parts(paper, found, drawn)]


def drawn_parts(folds: "Iterable[pd.DataFrame]") -> dict[str, dict[str, int]]:
    """How many cases each part has, and how many slices where they are named, in the first table of one fold for each.

    >>> import pandas as pd
    >>> rows = [("a", "train", "1 2"), ("b", "train", "4"), ("c", "test", "3 4")]
    >>> drawn_parts([pd.DataFrame(rows, columns=["case", "part", "slices"]).assign(fold=0)])
    {'cases': {'test': 1, 'train': 2}, 'slices': {'test': 2, 'train': 3}}
    """
    found = {}
    for table in folds:
        if table["fold"].nunique() > 1:
            continue
        if table["case"].is_unique:
            found.setdefault("cases", table.groupby("part").size().to_dict())
        if (table["slices"] != "").any():
            counts = table["slices"].str.split().str.len()
            found.setdefault("slices", counts.groupby(table["part"]).sum().to_dict())
    return found


def told_facts(facts: Facts) -> Iterator[tuple[str, str]]:
    """The name of each number of a set, and what it is; "" where it is not known.

    >>> next(told_facts(Facts(cases=94)))
    ('Cases', '94')
    """
    return ((name, _text(getattr(facts, field))) for field, name in NAMES.items())


def _numbers(paper: Facts, found: Facts) -> Iterator[FactRow]:
    for field, name in NAMES.items():
        stated, here = getattr(paper, field), getattr(found, field)
        if stated is not None:
            yield FactRow(name, _text(stated), _text(here), None if here is None else _differ(stated, here))


def _parts(paper: Facts, found: Facts, drawn: dict[str, int]) -> Iterator[FactRow]:
    official = found.division if found.divided == paper.divided else {}
    for part, count in paper.division.items():
        here = (official or drawn).get(part)
        name = f"{part.capitalize()} ({paper.divided})"
        yield FactRow(name, _text(count), _text(here), None if here is None else here != count)


def _text(value: int | Spread | None) -> str:
    """A number, or a range with its mean.

    >>> _text(Spread(low=2, high=22, mean=5.34)), _text(Spread(low=1, high=1)), _text(94)
    ('2 to 22, mean 5.34', '1', '94')
    """
    if not isinstance(value, Spread):
        return "" if value is None else f"{value:,}"
    span = f"{value.low:g}" if value.low == value.high else f"{value.low:.4g} to {value.high:.4g}"
    return span if value.mean is None or value.low == value.high else f"{span}, mean {value.mean:.4g}"


def _differ(stated: int | Spread, here: int | Spread) -> bool:
    if not isinstance(stated, Spread):
        return stated != here
    pairs = [(stated.low, here.low), (stated.high, here.high), (stated.mean, here.mean)]
    return any(None not in pair and abs(pair[0] - pair[1]) > TOLERANCE * max(1, abs(pair[0])) for pair in pairs)
