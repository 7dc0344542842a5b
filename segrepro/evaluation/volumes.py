"""The volumes of every label in a folder of masks, as one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.evaluation.folders import masks_below
from segrepro.images.geometry import require_mm
from segrepro.images.image import is_picture
from segrepro.images.labels import WHOLE_WITHIN, read_mask
from segrepro.utils.csv_files import write_rows
from segrepro.utils.errors import MetricError, SegreproError, raise_together
from segrepro.utils.folders import unreadable
from segrepro.utils.parallel import for_each

COLUMNS = ("case", "label", "voxels", "voxel_mm3", "volume_ml", "file")


@dataclass(frozen=True)
class Counts:
    """The voxels of each label value in one mask, and what a voxel measures (None: a picture, which does not say)."""

    voxels: dict[int, int]
    voxel_mm3: float | None


def write_volumes(folder: str | Path, output: str | Path, workers: int = 1) -> Path:
    """Write a CSV with one row a mask and label value: its number of voxels, a voxel's mm3 and the volume in ml.

    folder: masks, in folders below it too; what `segrepro predict` writes beside its masks is passed over. Every mask
    has a row for each value above 0 that any of them holds, so an absent label is a row of 0. Pictures have no size of
    a pixel: their cells of mm3 and ml are empty. Raises MetricError with every mask that cannot be counted, and when
    none holds a label; then nothing is written.
    """
    folder, faults = Path(folder), []
    masks = masks_below(folder, faults)
    raise_together(faults)
    if not masks:
        raise MetricError(folder, "no masks", "a folder of masks", "Check the path.")
    results = for_each(_counted, list(masks.values()), workers, "counted masks")
    raise_together([result for result in results if isinstance(result, SegreproError)])
    labels = sorted({value for counts in results for value in counts.voxels})
    if not labels:
        raise MetricError(folder, f"{len(masks)} masks without a label", "values above 0", "Check the path.")
    rows = [_row(case, masks[case], counts, label) for case, counts in sorted(zip(masks, results)) for label in labels]
    write_rows(output, [COLUMNS, *rows])
    return Path(output)


def _row(case: str, path: Path, counts: Counts, label: int) -> Sequence[object]:
    voxels, size = counts.voxels.get(label, 0), counts.voxel_mm3
    if size is None:
        return case, label, voxels, "", "", path
    return case, label, voxels, f"{size:.6g}", f"{voxels * size / 1000:.6g}", path


def _counted(path: Path) -> Counts | SegreproError:
    """Returned and not raised, so that the faults of all masks come at once."""
    try:
        return count_voxels(path)
    except SegreproError as error:
        return error
    except OSError as error:
        return unreadable(path, "file", error)


def count_voxels(path: Path) -> Counts:
    """The voxels of each label value above 0 of a mask. Raises a SegreproError when it is no mask."""
    mask = read_mask(path)
    require_mm(mask, path)
    values, counts = np.unique(mask.array, return_counts=True)
    whole = np.round(values)
    if not (np.isfinite(values).all() and (np.abs(values - whole) <= WHOLE_WITHIN).all() and values.min() >= 0):
        raise MetricError(path, "values that are not whole, or below 0", "a mask", "Threshold it first.")
    voxels: dict[int, int] = {}
    for value, count in zip(whole.astype(int).tolist(), counts.tolist()):
        if value > 0:
            voxels[value] = voxels.get(value, 0) + count
    size = None if is_picture(path) else abs(float(np.linalg.det(mask.affine[:3, :3])))
    return Counts(voxels, size)
