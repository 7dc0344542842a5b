"""What can be wrong with one image file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.fault import Fault
from segrepro.images.geometry import orientation_of, require_mm
from segrepro.images.image import PICTURES, Image
from segrepro.images.pictures import is_turned
from segrepro.images.scans import SERIES, read_modality
from segrepro.utils.errors import DataError, SegreproError
from segrepro.utils.folders import unreadable

CT = "ct"
LEAST_BRAIN_HU, MOST_BRAIN_HU = 1, 100
LEAST_HU, MOST_HU = -(2**15), 2**16 - 1  # scanners store 16 bits, signed or not
REMEDY = "Export the image again."
FLAT = 20
SCALED_BY_LARGEST = "What is scaled by its largest value (minmax, max) is flat there: clip it first (hu, p99)."


def opened(case: Case, path: Path, modality: str = "label") -> tuple[Image | None, list[Fault]]:
    """The file as one volume or picture, or why it cannot be read as one."""
    return read_or_fault(case, path, lambda: _scan(modality, path))


def _scan(modality: str, path: Path) -> Image:
    scan = read_modality(modality, path)
    orientation_of(scan, path)
    return scan


def read_or_fault(case: Case, path: Path, read: Callable[[], Image]) -> tuple[Image | None, list[Fault]]:
    """What `read` gives, or why it cannot read the file or folder."""
    try:
        return read(), []
    except SegreproError as error:
        return None, [fault_of(case, error)]
    except OSError as error:
        return None, [fault_of(case, unreadable(error.filename or path, "file", error))]


def fault_of(case: Case, error: SegreproError) -> Fault:
    """An error as the fault of a case."""
    return Fault(case.id, error.where, error.found, error.expected, error.remedy)


def image_faults(case: Case, modality: str, path: Path, scan: Image) -> list[Fault]:
    """NaN or infinity, one value everywhere, a spacing not in mm, CT that cannot be in HU, extreme values.

    Of a series of CT its first volume, before the contrast agent comes, tells the units.
    """
    low, high = scan.array.min(), scan.array.max()
    faults = spacing_faults(case, path, scan)
    if not np.isfinite([low, high]).all():
        wrong = int(np.count_nonzero(~np.isfinite(scan.array)))
        found = f"NaN or infinity in {wrong} voxels"
        faults.append(Fault(case.id, str(path), found, "finite values", REMEDY))
    elif low == high:
        faults.append(Fault(case.id, str(path), f"the value {low} everywhere", "an image", REMEDY))
    elif modality in (CT, SERIES) and (error := not_hounsfield(path, scan.array)):
        faults.append(fault_of(case, error))
    else:
        faults += extreme_values(case, path, scan, float(low), float(high))
    return faults


def turned_pictures(case: Case) -> list[Fault]:
    """Pictures of the case that are shown otherwise than stored: a mask may have been drawn over either."""
    found, expected = "a picture that its EXIF orientation turns", "image and mask stored upright"
    remedy = "Turn the pixels (mogrify -auto-orient) and see that the mask lies on its image."
    pictures = [path for path in [*case.images.values(), *case.labels] if path.suffix.lower() in PICTURES]
    return [Fault(case.id, str(path), found, expected, remedy) for path in pictures if _is_turned(path)]


def _is_turned(path: Path) -> bool:
    try:
        return is_turned(path)
    except (OSError, ValueError, SyntaxError):  # that it cannot be read is a fault of its own
        return False


def extreme_values(case: Case, path: Path, scan: Image, low: float, high: float) -> list[Fault]:
    """A few values so far above all others that a scan scaled by its largest value is flat: 99.9 % of its values lie in
    the lowest twentieth of its range."""
    # Every eighth voxel of a large scan tells its percentile as well.
    sample = scan.array.ravel(order="K")[:: 8 if scan.array.size > 10**6 else 1]
    most = float(np.percentile(sample, 99.9))
    if high - low <= FLAT * (most - low) or most == low:
        return []
    found = f"values up to {high:g}, 99.9 % of them below {most:g}"
    return [Fault(case.id, str(path), found, "no value far above all others", SCALED_BY_LARGEST, "extreme value")]


def not_hounsfield(path: Path, array: np.ndarray) -> DataError | None:
    """What is wrong with the voxels of a CT if they cannot be Hounsfield units, 0 around a brain alone being right."""
    return None if _shows_brain_alone(array) else hounsfield_error(path, array.min(), array.max())


def _shows_brain_alone(array: np.ndarray) -> bool:
    """Whether a CT is a brain in Hounsfield units with 0 around it.

    What was not rescaled has tissue at about 1000, what was scaled to attenuation or to 0-1 at less than 1.
    """
    return array.min() == 0 and LEAST_BRAIN_HU < float(np.median(array[array > 0])) < MOST_BRAIN_HU


def hounsfield_error(path: Path, low: float, high: float) -> DataError | None:
    """What is wrong with a CT of these lowest and highest values, if they cannot be Hounsfield units."""
    if LEAST_HU <= low < 0 and high <= MOST_HU:
        return None
    found, expected = f"CT with values from {low:g} to {high:g}", "Hounsfield units, air being about -1000"
    return DataError(path, found, expected, "Export it with its rescale slope and intercept.")


def spacing_faults(case: Case, path: Path, scan: Image) -> list[Fault]:
    """A spacing that looks like metres or micrometres; pictures have none."""
    try:
        require_mm(scan, path)
    except DataError as error:
        return [fault_of(case, error)]
    return []
