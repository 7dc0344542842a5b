"""ATLAS R1.2, standard space: 239 scans of nine cohorts in standard_part1 and standard_part2, native.zip left packed.

Made up: the numbers of the subjects, where the two parts divide, the masks' values (taken as R1.1's).
"""

from functools import partial
from pathlib import Path

from segrepro.datasets.replicas._atlas import write_scan
from segrepro.datasets.replicas._drawing import write_empty_zip
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

ROOT = "ATLAS R 1.2"
TABLES = (
    "20171106_ATLAS_Meta-Data_Release_1.1_Updated.xlsx",
    "Supplementary_Information_Scanner_Header_Attributes.xlsx",
)
# c0001 and c0002 are not in standard space.
SCANS = dict(zip((f"c{cohort:04d}" for cohort in range(3, 12)), (55, 34, 28, 12, 30, 15, 11, 40, 14)))


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write `ATLAS R 1.2` with the standard space unpacked."""
    for name in (*TABLES, "native.zip"):
        write_empty_zip(folder / ROOT / name)
    visits = [f"{cohort}s{subject:04d}t01" for cohort, count in SCANS.items() for subject in range(1, count + 1)]
    work = partial(_write, root=folder / ROOT / "standard_MNI", settings=settings)
    for_each(work, list(enumerate(settings.some(visits))), workers, "replica of ATLAS R1.2")


def _write(entry: tuple[int, str], root: Path, settings: ReplicaSettings) -> None:
    number, visit = entry
    part = "standard_part1" if visit < "c0006" else "standard_part2"
    stem = root / part / visit[:5] / visit / visit
    write_scan(Path(f"{stem}_t1w_stx.nii.gz"), [Path(f"{stem}_LesionSmooth_stx.nii.gz")], settings, number)
