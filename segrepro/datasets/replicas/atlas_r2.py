"""ATLAS R2.0: 655 scans of 33 cohorts in Training, 300 without masks of 11 cohorts in Testing, in BIDS.

Made up: which of R001 to R052 are there, and how scans are divided among them.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

from segrepro.datasets.replicas._atlas import write_scan
from segrepro.datasets.replicas._drawing import write_empty_zip, write_text
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

ROOT = "ATLAS_2"
SPACE = "space-MNI152NLin2009aSym"
TESTING = (5, 14, 16, 21, 26, 29, 32, 39, 43, 48, 52)
ABSENT = (7, 12, 18, 22, 30, 36, 41, 51)
COHORTS = {
    "Training": [n for n in range(1, 53) if n not in TESTING + ABSENT],
    "Testing": list(TESTING),
}
SCANS = {"Training": 655, "Testing": 300}


class Scan(NamedTuple):
    """number: counted from 0 over both parts."""

    number: int
    part: str
    cohort: int
    subject: int


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write `ATLAS_2` with its tables and template."""
    root = folder / ROOT
    write_text(root / "20211112_ATLAS_2.0_SupplementaryInfo.csv", "Subject ID\n")
    write_empty_zip(root / "20220425_ATLAS_2.0_MetaData.xlsx")
    write_scan(root / "MNI152NLin2009aSym.nii.gz", [], settings, 10**6)
    chosen = [scan for part in SCANS for scan in settings.some(_scans(part))]
    for scan in chosen:
        write_text(root / scan.part / f"R{scan.cohort:03d}" / "dataset_description.json", '{"Name": "ATLAS 2.0"}\n')
    for_each(partial(_write, root=root, settings=settings), chosen, workers, "replica of ATLAS R2.0")


def _scans(part: str) -> list[Scan]:
    cohorts, first = COHORTS[part], 1000 * list(SCANS).index(part)
    return sorted(Scan(first + n, part, cohorts[n % len(cohorts)], n // len(cohorts) + 1) for n in range(SCANS[part]))


def _write(scan: Scan, root: Path, settings: ReplicaSettings) -> None:
    subject = f"sub-r{scan.cohort:03d}s{scan.subject:03d}"
    anat = root / scan.part / f"R{scan.cohort:03d}" / subject / "ses-1" / "anat"
    masks = [anat / f"{subject}_ses-1_{SPACE}_label-L_desc-T1lesion_mask.nii.gz"] if scan.part == "Training" else []
    write_scan(anat / f"{subject}_ses-1_{SPACE}_T1w.nii.gz", masks, settings, scan.number, published=False)
