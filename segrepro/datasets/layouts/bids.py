"""BIDS: anatomical scans, and masks among the derivatives.

    sub-07/ses-1/anat/sub-07_ses-1_T1w.nii.gz
    sub-07/ses-1/anat/sub-07_ses-1_FLAIR.nii.gz
    derivatives/lesions/sub-07/ses-1/anat/sub-07_ses-1_desc-lesion_mask.nii.gz

Sessions may be left out. A modality is the suffix in small letters; where a suffix stands for several scans of a
session, with the entities that tell them apart, as in acq-highres_t1w. A `_mask` is one label; a `_dseg` holds those
that a `dseg.tsv` of its derivatives lists (columns index and name). participants.tsv may have a column site.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from segrepro.datasets.case import Case, file_stem, safe_id
from segrepro.utils.csv_files import read_rows
from segrepro.utils.errors import DataError
from segrepro.utils.folders import walk_files

EXAMPLE = "sub-07/anat/sub-07_T1w.nii.gz and derivatives/lesions/sub-07/anat/sub-07_desc-lesion_mask.nii.gz"
LABEL_NAMES = ("background", "lesion")
BINARY_LABELS = True
SCAN = re.compile(r"sub-[^/]+/(ses-[^/]+/)?anat/sub-[^/]+\.nii(\.gz)?")
MASK = re.compile(r"derivatives/([^/]+)/sub-[^/]+/(ses-[^/]+/)?(anat/)?sub-[^/]+_(mask|dseg)\.nii(\.gz)?")
SHOWN = 3


def find_cases(folder: Path) -> list[Case]:
    """One case a session. Raises DataError when there are masks of several kinds, of which none can be chosen."""
    scans, masks = defaultdict(list), defaultdict(list)
    kinds: dict[tuple, Path] = {}
    for path in walk_files(folder):
        below = path.relative_to(folder).as_posix()
        visit, others, suffix = _parsed(path)
        if SCAN.fullmatch(below) and suffix not in ("mask", "dseg"):
            scans[visit].append(path)
        elif found := MASK.fullmatch(below):
            masks[visit].append(path)
            kinds.setdefault((found[1], *others, suffix), path)
    _require_one_kind(folder, kinds)
    name_of, sites = _modalities(scans.values()), _sites(folder)
    ranges = tuple((value, value, value) for value in find_label_names(folder))
    return [
        Case(
            id=safe_id("_".join(visit)),
            patient=safe_id(visit[0]),
            site=sites.get(visit[0], ""),
            images={name_of[path]: path for path in scans[visit]},
            labels=tuple(masks[visit]),
            label_ranges=ranges,
        )
        for visit in sorted({*scans, *masks})
    ]


def find_label_names(folder: Path) -> dict[int, str]:
    """Value to name of the labels of `_dseg` files; empty where masks have one label. DataError without their table."""
    derivatives = [path for path in walk_files(folder / "derivatives") if MASK.fullmatch(_below(path, folder))]
    segmentations = [path for path in derivatives if _parsed(path)[2] == "dseg"]
    if not segmentations:
        return {}
    tables = sorted(path for path in walk_files(folder / "derivatives") if path.name.endswith("dseg.tsv"))
    if not tables:
        remedy = "Add one with the columns index and name."
        raise DataError(segmentations[0], "no dseg.tsv among the derivatives", "the names of its labels", remedy)
    try:
        return {int(row["index"]): row["name"] for row in _table(tables[0]) if int(row["index"])}
    except (KeyError, ValueError):
        raise DataError(tables[0], "other columns", "index (whole numbers) and name", "Correct the table.") from None


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _parsed(path: Path) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Subject and session of a file's name, its other entities, and its suffix.

    >>> _parsed(Path("sub-07_ses-1_acq-high_T1w.nii.gz"))
    (('sub-07', 'ses-1'), ('acq-high',), 'T1w')
    """
    *entities, suffix = file_stem(path).split("_")
    visit = tuple(entity for entity in entities if entity.startswith(("sub-", "ses-")))
    return visit, tuple(entity for entity in entities if entity not in visit), suffix


def _modalities(visits: Iterable[list[Path]]) -> dict[Path, str]:
    """The modality of each scan: the suffix is enough unless a session has two scans of it."""
    visits = list(visits)
    suffixes = [[_parsed(path)[2] for path in paths] for paths in visits]
    several = {suffix for found in suffixes for suffix in found if found.count(suffix) > 1}
    names = {}
    for path in (path for paths in visits for path in paths):
        _, others, suffix = _parsed(path)
        names[path] = "_".join([*(others if suffix in several else ()), suffix.lower()])
    return names


def _require_one_kind(folder: Path, kinds: dict[tuple, Path]) -> None:
    if len(kinds) > 1:
        shown = ", ".join(_below(path, folder) for path in list(kinds.values())[:SHOWN])
        found = f"masks of {len(kinds)} kinds ({shown}{', ...' if len(kinds) > SHOWN else ''})"
        remedy = "Move the others out of derivatives, or list the cases in a cases.csv (layout csv)."
        raise DataError(folder, found, "one kind of mask", remedy)


def _sites(folder: Path) -> dict[str, str]:
    path = folder / "participants.tsv"
    rows = _table(path) if path.is_file() else []
    return {row["participant_id"]: row["site"] for row in rows if "participant_id" in row and "site" in row}


def _table(path: Path) -> list[dict[str, str]]:
    header, *rows = read_rows(path, "\t") or [[]]
    return [dict(zip(header, row)) for row in rows]
