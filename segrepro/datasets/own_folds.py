"""Folds of one's own, from a file: nnU-Net's splits_final.json, or a CSV with the columns fold, case and part."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from segrepro.datasets.case import safe_id
from segrepro.utils.csv_files import read_rows
from segrepro.utils.errors import DataError, nearest
from segrepro.utils.folders import unreadable

PARTS = ("train", "validation", "test")
COLUMNS = ("fold", "case", "part")
NNUNET = {"train": "train", "val": "test"}  # nnU-Net scores what it validates on
Division = dict[str, list[str]]  # the cases of each part
EXPECTED = 'nnU-Net\'s splits_final.json, [{"train": [...], "val": [...]}, ...], or a CSV of fold, case, part'


def read_own_folds(path: Path) -> list[Division]:
    """The cases of each part of each fold, by the names that the file has; parts that it does not name are empty.

    Of a splits_final.json `val` is the part that is scored. Raises DataError when the file is missing or is none.
    """
    try:
        folds = _of_json(path) if path.suffix.lower() == ".json" else _of_csv(path)
    except FileNotFoundError:
        raise DataError(path, "no such file", EXPECTED, "Correct folds.file.") from None
    except OSError as error:
        raise unreadable(path, "file", error) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        found = f"no folds ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'damaged'})"
        raise DataError(path, found, EXPECTED, "Correct the file.") from None
    if not folds:
        raise DataError(path, "no fold", EXPECTED, "Fill the file.")
    return folds


def _of_json(path: Path) -> list[Division]:
    content = json.loads(path.read_bytes())
    if not isinstance(content, list):
        raise TypeError("no list of folds")
    return [{NNUNET[part]: [str(name) for name in names] for part, names in fold.items()} for fold in content]


def _of_csv(path: Path) -> list[Division]:
    header, *rows = read_rows(path)
    column = {name: header.index(name) for name in COLUMNS}
    folds: dict[int, Division] = {}
    for row in rows:
        part = row[column["part"]]
        if part not in PARTS:
            raise ValueError(f"the part {part!r}; {nearest(part, PARTS)}")
        folds.setdefault(int(row[column["fold"]]), {}).setdefault(part, []).append(row[column["case"]])
    return [folds[number] for number in sorted(folds)]


def matched(path: Path, folds: list[Division], patients: Mapping[str, str]) -> list[Division]:
    """The same folds by the data set's own case ids.

    patients: of every case that may stand in a fold, by its id. Raises DataError with a line for every fault: a case
    that is not there, or twice in a fold, a patient in two parts, a part without a case, a case scored twice or, with
    several folds, never.
    """
    ids = {safe_id(case): case for case in patients} | {case: case for case in patients}
    named = [{part: [ids.get(name, name) for name in names] for part, names in fold.items()} for fold in folds]
    faults = [line for number, fold in enumerate(named) for line in _faults(number, fold, patients)]
    faults += _scored_wrongly(named)
    if faults:
        lines = [DataError(path, found, expected, "Correct the file.") for found, expected in faults]
        lines[0].args = ("\n".join(map(str, lines)),)
        raise lines[0]
    return named


def _faults(number: int, fold: Division, patients: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a fold, and what was expected."""
    where = f"fold {number}"
    for case in sorted({case for cases in fold.values() for case in cases if case not in patients}):
        yield f"the case {case} in {where}", f"a case of the data set ({nearest(case, patients).strip('.')})"
    twice = Counter(case for cases in fold.values() for case in cases)
    for case in sorted(case for case, count in twice.items() if count > 1):
        yield f"the case {case} twice in {where}", "each case in one part"
    parts_of: dict[str, set[str]] = {}
    for part, cases in fold.items():
        for case in cases:
            if case in patients and twice[case] == 1:
                parts_of.setdefault(patients[case], set()).add(part)
    for patient, parts in sorted(parts_of.items()):
        if len(parts) > 1:
            yield f"the patient {patient} in {' and '.join(sorted(parts))} of {where}", "each patient in one part"
    for part in ("train", "test"):
        if not fold.get(part):
            yield f"no case in the part {part} of {where}", "at least one"


def _scored_wrongly(folds: list[Division]) -> Iterator[tuple[str, str]]:
    """Cases that several folds score, or that stand in folds and are scored by none."""
    scored = Counter(case for fold in folds for case in fold.get("test", []))
    for case in sorted(case for case, count in scored.items() if count > 1):
        yield f"the case {case} scored by {scored[case]} folds", "each case scored once"
    never = sorted({case for fold in folds for cases in fold.values() for case in cases} - set(scored))
    if never and len(folds) > 1:
        yield f"{len(never)} cases that no fold scores, such as {never[0]}", "each case scored once"
