"""What the CHAOS layouts share: scans as folders that hold `DICOM_anon` and `Ground`.

    Train_Sets/CT/1/DICOM_anon/i0000,0000b.dcm                   Train_Sets/CT/1/Ground/liver_GT_000.png
    Train_Sets/MR/1/T2SPIR/DICOM_anon/IMG-0002-00001.dcm         Train_Sets/MR/1/T2SPIR/Ground/IMG-0002-00001.png
    Train_Sets/MR/1/T1DUAL/DICOM_anon/InPhase/IMG-0004-00002.dcm Train_Sets/MR/1/T1DUAL/Ground/IMG-0004-00002.png
    Train_Sets/MR/1/T1DUAL/DICOM_anon/OutPhase/IMG-0004-00001.dcm

The patients of CT and MR are different people. `Test_Sets` has no public masks and is left out.
"""

from itertools import takewhile
from pathlib import Path

from segrepro.datasets.case import Case, safe_id
from segrepro.utils.folders import walk_files

IMAGES, MASKS = "DICOM_anon", "Ground"
MR_SEQUENCES = ("T1DUAL", "T2SPIR")
MR_LABEL_NAMES = ("background", "liver", "right kidney", "left kidney", "spleen")
# Grey values of the MR masks: 63, 126, 189 and 252, each with the tolerance that the challenge gives.
MR_LABEL_RANGES = ((55, 70, 1), (110, 135, 2), (175, 200, 3), (240, 255, 4))


def mr_cases(folder: Path, sequence: str, series: dict[str, str]) -> list[Case]:
    """One case a patient, named `<patient>-<sequence>`. series: modality to the folder below the sequence's own."""
    return [
        _case(scan, f"{scan.parent.name}-{sequence.lower()}", scan.parent.name, series, MR_LABEL_RANGES)
        for scan in _scans(folder)
        if scan.name == sequence
    ]


def ct_cases(folder: Path) -> list[Case]:
    """One case a patient. Modality: "ct"."""
    return [
        _case(scan, scan.name, scan.name, {"ct": IMAGES}, ())
        for scan in _scans(folder)
        if scan.name not in MR_SEQUENCES
    ]


def _scans(folder: Path) -> list[Path]:
    """The folders, at or below `folder`, that hold images or masks."""
    found = {_scan(path, folder) for path in walk_files(folder) if path.suffix.lower() in (".dcm", ".png")}
    return sorted(scan for scan in found if scan and "Test_Sets" not in scan.relative_to(folder).parts)


def _scan(path: Path, folder: Path) -> Path | None:
    below = takewhile(lambda parent: parent != folder, path.parents)
    return next((parent.parent for parent in below if parent.name in (IMAGES, MASKS)), None)


def _case(scan: Path, name: str, patient: str, series: dict[str, str], ranges: tuple) -> Case:
    masks = scan / MASKS
    return Case(
        id=safe_id(name),
        patient=safe_id(patient),
        site="",
        images={modality: scan / below for modality, below in series.items() if (scan / below).is_dir()},
        labels=(masks,) if masks.is_dir() else (),
        label_ranges=ranges,
    )
