"""Whose the cases are, where names do not tell: patients.csv in the folder of a data set, and a hint that it lacks."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from segrepro.datasets.case import Case, safe_id
from segrepro.utils.csv_files import read_rows, safe_cell
from segrepro.utils.errors import DataError, nearest, raise_together

PATIENTS = "patients.csv"
COLUMNS = ("case", "patient")
# p1_v1, p1-visit-2, sub3_ses02: a name, and what numbers a visit.
VISIT = re.compile(r"(.+)[-_](?:v|visit|t|tp|time|ses|session|scan)[-_]?\d+", re.IGNORECASE)


def with_patients(folder: Path, cases: Sequence[Case]) -> list[Case]:
    """The cases, with the patients that patients.csv in the folder names; as they are without such a file.

    Its columns are case, by id or by name, and patient. Raises DataError with a line for every case that is not there,
    stands twice or is not named, and for what is no file, such as a link to nothing.
    """
    path = folder / PATIENTS
    if not os.path.lexists(path):
        return list(cases)
    if not path.is_file():
        raise DataError(path, "no regular file", "a table of patients", "Restore the file, or remove it.")
    header, *rows = read_rows(path) or [[]]
    if not set(COLUMNS) <= set(header):
        raise DataError(
            path, f"the columns {', '.join(map(safe_cell, header))}", ", ".join(COLUMNS), "Name them in the first row."
        )
    named = [tuple(dict(zip(header, row)).get(name, "") for name in COLUMNS) for row in rows]
    ids = {case.id for case in cases}
    patients, faults = {}, []
    for name, patient in named:
        case = name if name in ids else safe_id(name)
        if case not in ids:
            faults.append(DataError(path, f"the case {safe_cell(name)}", "a case of the folder", nearest(name, ids)))
        elif case in patients or not patient:
            found = (
                f"the case {safe_cell(name)} twice" if case in patients else f"no patient of the case {safe_cell(name)}"
            )
            faults.append(DataError(path, found, "one patient a case", "Correct the row."))
        patients[case] = safe_id(patient)
    missing = sorted(ids - set(patients))
    faults += [DataError(path, f"no row of the case {case}", "a row a case", "Add it.") for case in missing]
    raise_together(faults)
    return [replace(case, patient=patients[case.id]) for case in cases]


def visits_hint(patients: Mapping[str, str]) -> str:
    """A sentence where names of cases look like visits of one patient and each counts as a patient; else nothing.

    patients: of every case, by its id.

    >>> visits_hint({"p1_v1": "p1_v1", "p1_v2": "p1_v2"})
    'p1_v1 and p1_v2 look like visits of one patient, and count as two; if they are one, name it in patients.csv'
    """
    visits: dict[str, list[str]] = {}
    for case, patient in patients.items():
        if patient == case and (found := VISIT.fullmatch(case)):
            visits.setdefault(found[1], []).append(case)
    pairs = [names[:2] for names in visits.values() if len(names) > 1]
    if not pairs:
        return ""
    alike = " and ".join(pairs[0])
    return f"{alike} look like visits of one patient, and count as two; if they are one, name it in {PATIENTS}"
