"""Whose slab a case of ISLES 2018 is: 94 cases show 63 patients, and folds must not part a patient's slabs.

Three files may tell, whichever is there, the first of these before the next:

    patients.csv     the owner's own list: `case,patient`, a line a case, such as `64,p40` or `case_64,Train_40`
    *.csv            the challenge's: case numbers and training names, known by content: `64,Train_40_A`
    case_64/SMIR.Brain.XX.O.CT.345994/*.json     what SMIR wrote beside an image: "ISLES 2018 - TRAIN - Train_40_A - CT"

`Train_40_A` is patient 40, first of two slabs.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files

OWN_LIST = "patients.csv"
NUMBER = re.compile(r"(?:case_?)?(\d+)", re.IGNORECASE)
NAME = re.compile(r"(train\w*?\d+)(?:_[A-Z])?", re.IGNORECASE)
# As SMIR's descriptions have it.
DESCRIBED = re.compile(r"\b(Train_\d+)(?:_[A-Z])?\b")


def patients_of(folder: Path, cases: Mapping[int, Sequence[Path]]) -> dict[int, str]:
    """Case number to patient. cases: the folders of each case's images. DataError when a case has none."""
    tables = [path for path in walk_files(_top(folder)) if path.suffix.lower() == ".csv"]
    own = [path for path in tables if path.name.lower() == OWN_LIST]
    named = {path: table for path in tables if (table := _table(path, NAME))}
    if own:
        return _complete(own[0], _table(own[0], None), cases)
    if len(named) > 1:
        shown = ", ".join(path.name for path in named)
        raise DataError(folder, shown, "one CSV of case numbers and training names", f"Keep one, or write {OWN_LIST}.")
    if named:
        return _complete(*next(iter(named.items())), cases)
    return _described(folder, cases)


def listed_cases(numbers: Iterable[int]) -> str:
    """The first of some cases by name, and how many more.

    >>> listed_cases([3, 1])
    'case_1, case_3'
    """
    names = [f"case_{number}" for number in sorted(numbers)]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _top(folder: Path) -> Path:
    """Where lists may lie: beside TRAINING too."""
    return folder.absolute().parent if folder.absolute().name == "TRAINING" else folder


def _complete(path: Path, table: dict[int, str], cases: Iterable[int]) -> dict[int, str]:
    if missing := [number for number in cases if number not in table]:
        raise DataError(path, f"no row for {listed_cases(missing)}", "every case of TRAINING", "Complete it.")
    return table


def _table(path: Path, name: re.Pattern | None) -> dict[int, str]:
    """Case number to patient of the rows that hold both. name: what a patient's cell looks like, None for any text
    behind the number."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    delimiter = max(",;\t", key=text.count)
    table = {}
    for row in csv.reader(text.splitlines(), delimiter=delimiter):
        cells = [cell.strip() for cell in row]
        numbers = [match[1] for cell in cells if (match := NUMBER.fullmatch(cell))]
        names = [match[1] for cell in cells if (match := name.fullmatch(cell))] if name else cells[1:2]
        if numbers and names:
            table[int(numbers[0])] = names[0]
    return table


def _described(folder: Path, cases: Mapping[int, Sequence[Path]]) -> dict[int, str]:
    found = {number: _described_in(places) for number, places in cases.items()}
    if missing := [number for number, patient in found.items() if patient is None]:
        expected = "a CSV of case numbers and training names (64, Train_40_A), or SMIR's JSON beside the images"
        remedy = f"Put the challenge's CSV beside TRAINING, or write {OWN_LIST} there: case,patient in each line."
        raise DataError(folder, f"nothing that tells the patient of {listed_cases(missing)}", expected, remedy)
    return found


def _described_in(places: Sequence[Path]) -> str | None:
    """The training name in the first JSON of these folders that has one."""
    for path in (path for place in places for path in sorted(place.glob("[!.]*.json"))):
        if name := DESCRIBED.search(path.read_text(encoding="utf-8", errors="replace")):
            return name[1]
    return None
