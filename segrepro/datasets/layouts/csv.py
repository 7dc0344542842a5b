"""A table of cases, `cases.csv`, wherever their files lie.

    case,patient,site,t1,flair,label
    visit7,patient3,Oslo,scans/7_t1.nii.gz,scans/7_flair.nii.gz,masks/7.nii.gz

Every column but case, patient, site, part and label is a modality. Paths are relative to the table's folder, or whole.
patient (the case itself where it is left out), site and part (train, validation or test) may be missing. Of a mask all
above 0 is the label, unless `labels.csv` beside the table, with the columns value and name, says which values it holds.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from segrepro.datasets.case import Case, safe_id
from segrepro.utils.csv_files import read_rows
from segrepro.utils.errors import DataError, raise_together

EXAMPLE = "cases.csv with the columns case, patient, site, one for each modality, and label"
LABEL_NAMES = ("background", "foreground")
BINARY_LABELS = True
TABLE, LABELS = "cases.csv", "labels.csv"
FACTS = ("case", "patient", "site", "part", "label")
PARTS = ("train", "validation", "test")


def find_cases(folder: Path) -> list[Case]:
    """One case a row. Raises DataError, a line a fault, for a table that cannot be used."""
    path = folder / TABLE
    if not path.is_file():
        return []
    header, *lines = read_rows(path) or [[]]
    raise_together([*_faults(path, header, lines)])
    rows = [dict(zip(header, line)) for line in lines]
    values = tuple((value, value, value) for value in find_label_names(folder))
    return [_case(row, folder, [name for name in header if name not in FACTS], values) for row in rows]


def find_label_names(folder: Path) -> dict[int, str]:
    """Value to name of the labels that labels.csv lists; empty without it."""
    path, remedy = folder / LABELS, "Write a row a label, such as 1,liver."
    if not path.is_file():
        return {}
    header, *rows = read_rows(path) or [[]]
    if header != ["value", "name"] or not all(len(row) == 2 and row[0].isdecimal() for row in rows):
        raise DataError(path, ",".join(header) or "nothing", "the columns value,name and whole numbers", remedy)
    return {int(value): name for value, name in rows}


def _faults(path: Path, header: list[str], lines: list[list[str]]) -> Iterator[DataError]:
    for name, count in Counter(header).items():
        if count > 1:
            yield DataError(path, f"{count} columns {name!r}", "one", "Rename one of them.")
    lacking = [name for name in ("case", "label") if name not in header]
    lacking += [] if set(header) - {*FACTS} else ["one of a modality, such as t1"]
    if lacking:
        yield DataError(path, f"no column {', '.join(lacking)}", f"as {EXAMPLE}", "Add it.")
        return
    for number, line in enumerate(lines, 2):
        if len(line) != len(header):
            yield DataError(path, f"{len(line)} cells in row {number}", f"{len(header)}", "Correct the row.")
            continue
        row = dict(zip(header, line))
        if not row["case"]:
            yield DataError(path, f"no case in row {number}", "a name", "Name it.")
        if row.get("part") and row["part"] not in PARTS:
            yield DataError(path, f"part {row['part']!r} in row {number}", " or ".join(PARTS), "Correct it.")


def _case(row: dict[str, str], folder: Path, modalities: list[str], ranges: tuple) -> Case:
    return Case(
        id=safe_id(row["case"]),
        patient=safe_id(row.get("patient") or row["case"]),
        site=row.get("site", ""),
        images={safe_id(name.lower()): folder / row[name] for name in modalities if row[name]},
        labels=(folder / row["label"],) if row["label"] else (),
        part=row.get("part") or None,
        label_ranges=ranges,
    )
