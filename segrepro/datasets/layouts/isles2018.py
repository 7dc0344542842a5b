"""ISLES 2018: CT perfusion series, perfusion maps and DWI of acute stroke, with the core as drawn on the DWI.

    TRAINING/case_64/SMIR.Brain.XX.O.CT_MTT.345994/SMIR.Brain.XX.O.CT_MTT.345994.nii
    TESTING/case_1/...      the same without MR_DWI and OT

Two uploads are about. The first calls series and maps MR_4DPWI, MR_CBF, ... and most likely has MR_DWI; that of July
2018 calls them CT_... and has no DWI. The number at the end of a file's name is its SMIR id; a submission carries the
id of the MTT map. Which cases are slabs of one patient, `segrepro.datasets.layouts._isles_patients` finds.
"""

import re
from collections import defaultdict
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.layouts._isles_patients import listed_cases, patients_of
from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files

EXAMPLE = "TRAINING/case_1/SMIR.Brain.XX.O.CT_MTT.345565/SMIR.Brain.XX.O.CT_MTT.345565.nii"
LABEL_NAMES = ("background", "core")
BINARY_LABELS = True
# The first is the one whose grid the others must have; `ctp` is a series, all others are volumes.
MODALITY_NAMES = {
    "cbf": ("CT_CBF", "MR_CBF"),
    "cbv": ("CT_CBV", "MR_CBV"),
    "mtt": ("CT_MTT", "MR_MTT"),
    "tmax": ("CT_Tmax", "MR_Tmax"),
    "dwi": ("MR_DWI",),
    "ct": ("CT",),
    "ctp": ("CT_4DPWI", "MR_4DPWI"),
}
MODALITIES = tuple(MODALITY_NAMES)
REQUIRED_MODALITIES = ("cbf", "cbv", "mtt", "tmax", "ctp")
# Three cases of the first upload have one object less; if it is the plain CT, no study misses it.
OPTIONAL_MODALITIES = ("ct",)
LABEL = "OT"
KINDS = {kind: modality for modality, kinds in MODALITY_NAMES.items() for kind in kinds} | {LABEL: LABEL}
FILE = re.compile(r"SMIR\.Brain\.XX\.O\.(\w+)\.(\d+)\.nii(\.gz)?")
FOLDER = re.compile(r"case_(\d+)")


def find_cases(folder: Path) -> list[Case]:
    """The cases of TRAINING. Modalities: cbf, cbv, mtt, tmax, dwi (where released), ct and ctp, the series.

    Raises DataError when a case has several files of one kind, or the patient of a case is told nowhere; each in one
    line for all cases.
    """
    found = _files(folder, "TRAINING")
    if not found:
        return []
    _require_single(folder, found)
    patients = patients_of(folder, {number: _places(kinds) for number, kinds in found.items()})
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

    >>> smir_id(Path("SMIR.Brain.XX.O.CT_MTT.345565.nii"))
    '345565'
    """
    match = FILE.fullmatch(Path(path).name)
    if not match:
        raise DataError(
            path, "a name without SMIR id", "SMIR.Brain.XX.O.CT_MTT.<id>.nii", "Keep the challenge's names."
        )
    return match[2]


def _files(folder: Path, part: str) -> dict[int, dict[str, list[Path]]]:
    """Case number to modality (or OT) to files, of those that lie in <part>/case_N/<name>/<name>.nii."""
    found = defaultdict(lambda: defaultdict(list))
    for path in walk_files(folder):
        match, parents = FILE.fullmatch(path.name), path.absolute().parts[-4:-2]
        if match and match[1] in KINDS and parents[:1] == (part,) and (case := FOLDER.fullmatch(parents[1])):
            found[int(case[1])][KINDS[match[1]]].append(path)
    return found


def _places(kinds: dict[str, list[Path]]) -> list[Path]:
    return sorted(path.parent for paths in kinds.values() for path in paths)


def _require_single(folder: Path, found: dict[int, dict[str, list[Path]]]) -> None:
    for modality, kinds in MODALITY_NAMES.items():
        several = [number for number, files in found.items() if len(files.get(modality, ())) > 1]
        if several:
            remedy = "Unpack one upload of the challenge alone, or remove these cases."
            twice = f"several {' or '.join(kinds)} in {listed_cases(several)}"
            raise DataError(folder, twice, "one in every case", remedy)


def _case(name: str, patient: str, files: dict[str, list[Path]], part: str | None = None) -> Case:
    images = {modality: files[modality][0] for modality in MODALITY_NAMES if modality in files}
    return Case(id=name, patient=patient, site="", images=images, labels=tuple(files.get(LABEL, ())), part=part)
