"""ATLAS R1.1: float32 heads in SiteN/<id>/tNN, masks of k (1 - 2^-32), a table whose numbers have lost their zeros.

Made up: which ids there are between those that are known (031768, 031769, 031806, 031916), how subjects are divided
among the eleven sites, which nine came twice, how many scans have several masks, the affine.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

from segrepro.datasets.replicas._atlas import write_scan
from segrepro.datasets.replicas._drawing import write_text
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

ROOT, TABLE = "ATLAS_R1.1", "ATLAS_Meta-Data_Release_1.1_standard_mni.csv"
COLUMNS = (
    "INDI Site ID,INDI Subject ID,Session,# Strokes LH Cortical,# Strokes LH subcortical,# Strokes RH Cortical,"
    "# Strokes RH subcortical,Other Location,Stroke type,Primary Stroke Location,"
    "Primary Stroke Location Hemisphere,Vascular territory"
)
FIRST, SUBJECTS, SITES = 31768, 220, 11
SEVERAL = {31769: 2, 31806: 3}  # masks of the scans of these subjects


class Scan(NamedTuple):
    """One visit. number: counted from 0."""

    number: int
    site: str
    subject: int
    visit: str


def scans() -> list[Scan]:
    """The 229 scans in the table's order: nine subjects, spread over the sites, come twice."""
    visits = []
    for count in range(SUBJECTS):
        for visit in ("t01", "t02")[: 1 + (count % 24 == 5)]:
            visits.append((f"Site{count * SITES // SUBJECTS + 1}", FIRST + count, visit))
    return [Scan(number, *visit) for number, visit in enumerate(visits)]


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write `ATLAS_R1.1` with its table."""
    chosen = settings.some(scans())
    for_each(partial(_write, root=folder / ROOT, settings=settings), chosen, workers, "replica of ATLAS R1.1")
    # Numbers without their leading zero, and a character before the visit, which readers cut off.
    rows = [f"{scan.site},{scan.subject}, {scan.visit},0,1,0,0,,Ischemic,Basal ganglia,Left,MCA" for scan in chosen]
    write_text(folder / ROOT / TABLE, "\n".join([COLUMNS, *rows]) + "\n")


def _write(scan: Scan, root: Path, settings: ReplicaSettings) -> None:
    name = f"{scan.subject:06d}"
    stem = root / scan.site / name / scan.visit / name
    suffixes = ["", *(f"_{count}" for count in range(1, SEVERAL.get(scan.subject, 1)))]
    masks = [Path(f"{stem}_LesionSmooth{suffix}_stx.nii.gz") for suffix in suffixes]
    write_scan(Path(f"{stem}_t1w_deface_stx.nii.gz"), masks, settings, scan.number)
