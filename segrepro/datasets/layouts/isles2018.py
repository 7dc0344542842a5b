"""ISLES 2018: CT perfusion series, perfusion maps and DWI of acute stroke, with the core as drawn on the DWI.

    TRAINING/case_64/SMIR.Brain.XX.O.CT_MTT.345961/SMIR.Brain.XX.O.CT_MTT.345961.nii
    TESTING/case_1/...      the same without MR_DWI and OT

A CSV beside or above TRAINING maps a case's number to its training name, `Train_40_A`: patient 40, first of two
slabs (some releases leave MR_DWI out of TRAINING, too). Its columns are known by their content, whatever their
titles. The number at the end of a file's name is its SMIR id; a submission carries the id of the MTT map.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files

EXAMPLE = "TRAINING/case_1/SMIR.Brain.XX.O.CT_MTT.345574/SMIR.Brain.XX.O.CT_MTT.345574.nii"
LABEL_NAMES = ("background", "core")
BINARY_LABELS = True
# The first is the one whose grid the others must have; `ctp` is a series, all others are volumes.
MODALITY_NAMES = {
    "cbf": "CT_CBF",
    "cbv": "CT_CBV",
    "mtt": "CT_MTT",
    "tmax": "CT_Tmax",
    "dwi": "MR_DWI",
    "ct": "CT",
    "ctp": "CT_4DPWI",
}
MODALITIES = tuple(MODALITY_NAMES)
REQUIRED_MODALITIES = ("cbf", "cbv", "mtt", "tmax", "ctp")
FILE = re.compile(r"SMIR\.Brain\.XX\.O\.(\w+)\.(\d+)\.nii(\.gz)?")
FOLDER = re.compile(r"case_(\d+)")
NUMBER, NAME = (
    re.compile(r"(?:case_?)?(\d+)", re.IGNORECASE),
    re.compile(r"(train\w*?\d+)(?:_[A-Z])?", re.IGNORECASE),
)


def find_cases(folder: Path) -> list[Case]:
    """The cases of TRAINING. Modalities: cbf, cbv, mtt, tmax, dwi (where released), ct and ctp, the series.

    Raises DataError when a case has several files of one kind, or the CSV is missing or does not have every case;
    each in one line for all cases.
    """
    found = _files(folder, "TRAINING")
    if not found:
        return []
    _require_single(folder, found)
    patients = _patients(folder, found)
    return [_case(f"case_{number}", patients[number], kinds) for number, kinds in sorted(found.items())]


def find_test_cases(folder: Path) -> list[Case]:
    """The cases of TESTING, called test_case_N; their part is "test", they have no label, and each counts as a patient.

    Raises DataError when a case has several files of one kind.
    """
    found = _files(folder, "TESTING")
    _require_single(folder, found)
    names = {number: f"test_case_{number}" for number in sorted(found)}
    return [_case(name, name, found[number], "test") for number, name in names.items()]


def smir_id(path: Path) -> str:
    """The SMIR id in the name of a file of the challenge; DataError when it has none.

    >>> smir_id(Path("SMIR.Brain.XX.O.CT_MTT.345574.nii"))
    '345574'
    """
    match = FILE.fullmatch(Path(path).name)
    if not match:
        raise DataError(
            path, "a name without SMIR id", "SMIR.Brain.XX.O.CT_MTT.<id>.nii", "Keep the challenge's names."
        )
    return match[2]


def _files(folder: Path, part: str) -> dict[int, dict[str, list[Path]]]:
    """Case number to kind of image to files, of those that lie in <part>/case_N/<name>/<name>.nii."""
    found = defaultdict(lambda: defaultdict(list))
    for path in walk_files(folder):
        match, parents = FILE.fullmatch(path.name), path.parts[-4:-2]
        if match and parents[:1] == (part,) and (case := FOLDER.fullmatch(parents[1])):
            found[int(case[1])][match[1]].append(path)
    return found


def _require_single(folder: Path, found: dict[int, dict[str, list[Path]]]) -> None:
    for kind in MODALITY_NAMES.values():
        several = [number for number, kinds in found.items() if len(kinds.get(kind, ())) > 1]
        if several:
            remedy = "Unpack the challenge's files again, or remove these cases."
            raise DataError(folder, f"several {kind} in {_listed(several)}", "one in every case", remedy)


def _listed(numbers: Iterable[int]) -> str:
    names = [f"case_{number}" for number in sorted(numbers)]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _case(name: str, patient: str, kinds: dict[str, list[Path]], part: str | None = None) -> Case:
    images = {modality: kinds[kind][0] for modality, kind in MODALITY_NAMES.items() if kind in kinds}
    return Case(id=name, patient=patient, site="", images=images, labels=tuple(kinds.get("OT", ())), part=part)


def _patients(folder: Path, found: Iterable[int]) -> dict[int, str]:
    """Case number to patient, from the one CSV that has both."""
    tables = {path: _table(path) for path in walk_files(folder) if path.suffix.lower() == ".csv"}
    tables = {path: table for path, table in tables.items() if table}
    if len(tables) != 1:
        found_files = ", ".join(path.name for path in tables) or "no such CSV"
        expected = "one CSV of case numbers and training names (64, Train_40_A)"
        raise DataError(folder, found_files, expected, "Put the challenge's CSV beside TRAINING.")
    path, table = next(iter(tables.items()))
    missing = [number for number in found if number not in table]
    if missing:
        raise DataError(path, f"no row for {_listed(missing)}", "every case of TRAINING", "Complete it.")
    return table


def _table(path: Path) -> dict[int, str]:
    """Case number to patient of the rows that hold a number and a training name; empty for another CSV."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    delimiter = max(",;\t", key=text.count)
    table = {}
    for row in csv.reader(text.splitlines(), delimiter=delimiter):
        cells = [cell.strip() for cell in row]
        numbers = [match[1] for cell in cells if (match := NUMBER.fullmatch(cell))]
        names = [match[1] for cell in cells if (match := NAME.fullmatch(cell))]
        if numbers and names:
            table[int(numbers[0])] = names[0]
    return table
