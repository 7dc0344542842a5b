"""Numbers of a data set as they were found: slices, spacing, time points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.releases.release import Facts, Spread
from segrepro.images.geometry import orientation_of
from segrepro.images.image import Image
from segrepro.images.nifti import read_header
from segrepro.images.scans import SERIES, series_shape
from segrepro.utils.errors import SegreproError


@dataclass(frozen=True)
class CaseFacts:
    """slices, rows, columns: of the case's first image, seen from the foot; a picture is one slice without spacing."""

    case: Case
    slices: int
    rows: int
    columns: int
    pixel_mm: float | None
    slice_mm: float | None
    time_points: int | None


def case_facts(case: Case, path: Path, scan: Image) -> CaseFacts:
    """The numbers of one case, from its first image."""
    shape, spacing = scan.array.shape, scan.spacing_mm
    if scan.array.ndim == 2:
        return CaseFacts(case, 1, *shape, None, None, None)
    order = [_axis(orientation_of(scan, path), names) for names in ("SI", "AP", "LR")]
    slices, rows, columns = (shape[axis] for axis in order)
    return CaseFacts(case, slices, rows, columns, spacing[order[2]], spacing[order[0]], _time_points(case))


def _axis(orientation: str, names: str) -> int:
    return next(axis for axis, code in enumerate(orientation) if code in names)


def _time_points(case: Case) -> int | None:
    """Volumes of the case's series, as its header has them; None without one that can be read."""
    try:
        return series_shape(read_header(case.images[SERIES]).get_data_shape())[-1]
    except (KeyError, OSError, SegreproError):
        return None


def set_facts(cases: Sequence[Case], found: Iterable[CaseFacts]) -> Facts:
    """The numbers of a data set: of all its cases, and of those whose first image could be read."""
    found = list(found)
    parts = [case.part for case in cases if case.part]
    return Facts(
        cases=len(cases),
        patients=len({case.patient for case in cases}),
        sites=len({case.site for case in cases if case.site}) or None,
        slices=sum(one.slices for one in found) if found and found[0].pixel_mm else None,
        slices_a_case=_spread(one.slices for one in found if one.pixel_mm),
        rows=_spread(one.rows for one in found),
        columns=_spread(one.columns for one in found),
        pixel_mm=_spread(one.pixel_mm for one in found),
        slice_mm=_spread(one.slice_mm for one in found),
        time_points=_spread(one.time_points for one in found),
        division={part: parts.count(part) for part in dict.fromkeys(parts)},
    )


def _spread(values: Iterable[float | None]) -> Spread | None:
    known = np.array([value for value in values if value is not None], float)
    if not known.size:
        return None
    return Spread(low=round(known.min(), 4), high=round(known.max(), 4), mean=round(known.mean(), 4))
