"""The area opening of slices and its residue: small bright structures, as the WMH paper feeds them (Xu 2017).

The area opening lowers every bright region until it has a given number of pixels; the residue, the image less
its opening, keeps the bright structures that are smaller than that.
"""

import sys
from contextlib import suppress
from importlib import import_module
from typing import Literal

import numpy as np
from pydantic import Field

from segrepro.datasets.case import Case
from segrepro.images.geometry import from_slices, orientation_of, to_slices
from segrepro.images.scans import read_scan
from segrepro.preprocessing.normalization import requantise8
from segrepro.utils.errors import DataError
from segrepro.utils.say import say_once
from segrepro.utils.validation import Strict

# "subtract 127 (to center values at 0) for each channel" of an 8-bit image.
CENTRE = 127
CHANNELS = ("residue",)


class Settings(Strict):
    """of: channel of the scan. area_px: pixels of the smallest structure that the opening leaves alone.

    keep: the residue, or the opening itself in its place.
    """

    of: str = "flair"
    area_px: int = Field(100, ge=1)
    keep: Literal["residue", "opening"] = "residue"


def modalities(settings: Settings) -> list[str]:
    """What it is computed from."""
    return [settings.of]


def compute(case: Case, settings: Settings) -> tuple[dict[str, np.ndarray], dict]:
    """{"residue": what is kept of the area opening of each axial slice less 127, -127 to 128, float16}, and no facts.

    settings: `of` (default "flair"), `area_px` (default 100) and `keep`. The scan is requantised to 8 bit as a whole
    first. The array has the scan's own order and grid. Raises DataError when
    the case has no scan of that channel or it cannot be used.
    """
    if settings.of not in case.images:
        found = f"images {', '.join(case.images) or 'none'}"
        raise DataError(case.id, found, settings.of, "Complete the case, or change the feature's `of`.")
    path = case.images[settings.of]
    scan = read_scan(path)
    orientation = orientation_of(scan, path)
    slices = to_slices(requantise8(scan.array, path), orientation)
    filtered = area_opening_residue if settings.keep == "residue" else area_opening
    kept = filtered(slices, settings.area_px).astype(np.float16) - np.float16(CENTRE)
    return {"residue": from_slices(kept, orientation)}, {}


def area_opening_residue(image: np.ndarray, area_px: int, connectivity: int = 1) -> np.ndarray:
    """The image less its area opening; arguments and errors as `area_opening`.

    Also raises DataError when the values of a signed type span more than it can hold.

    >>> area_opening_residue(np.array([[1, 1, 9], [1, 1, 7]]), area_px=3)
    array([[0, 0, 8],
           [0, 0, 6]])
    """
    opened = area_opening(image, area_px, connectivity)
    image = np.asarray(image)
    if image.dtype.kind == "b":
        return image ^ opened
    signed = image.dtype.kind == "i" and image.size > 0
    if signed and int(image.max()) - int(opened.min()) > np.iinfo(image.dtype).max:
        found = f"values from {opened.min()} to {image.max()}"
        raise DataError("image", found, f"differences that {image.dtype} holds", "Use a wider type.")
    return image - opened


def area_opening(image: np.ndarray, area_px: int, connectivity: int = 1) -> np.ndarray:
    """The largest image below this one in which every bright region has `area_px` pixels or more.

    image: (H, W), or (S, H, W), opened slice by slice; booleans, integers, float32 or float64, in any memory order. At
    each grey level the connected components of `slice >= level` with fewer pixels are cut away.
    connectivity: 1 joins the 4 neighbours that share an edge, 2 all 8.
    Returns a new array of the same shape and type, equal to scikit-image's `area_opening` of each slice; so a
    slice with fewer than `area_px` pixels becomes 0, whatever it holds.
    Raises DataError for another number of axes, another type, NaN or infinity, or an argument out of range.

    >>> area_opening(np.array([[1, 1, 9], [1, 1, 7]]), area_px=2)
    array([[1, 1, 7],
           [1, 1, 7]])
    """
    image = np.asarray(image)
    _require_sound(image, area_px, connectivity)
    # DIPlib wants its input writable and in the machine's own byte order.
    native = np.require(image, image.dtype.newbyteorder("="), "W")
    opened = np.empty(image.shape, native.dtype)
    for index in np.ndindex(image.shape[:-2]):
        opened[index] = _open_slice(native[index], area_px, connectivity)
    return opened


def _require_sound(image: np.ndarray, area_px: int, connectivity: int) -> None:
    if image.ndim not in (2, 3):
        raise DataError("image", f"{image.ndim} axes", "a slice (H, W) or slices (S, H, W)")
    if not (image.dtype.kind in "biu" or image.dtype.char in "fd"):
        raise DataError("image", f"the type {image.dtype}", "booleans, integers, float32 or float64", "Convert it.")
    # DIPlib leaves lone pixels of infinity standing.
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise DataError("image", "NaN or infinity", "finite values", "Fill in what is missing.")
    if area_px < 0 or connectivity not in (1, 2):
        found = f"area_px {area_px}, connectivity {connectivity}"
        raise DataError("area_opening", found, "an area of 0 or more, connectivity 1 or 2")


def _open_slice(image: np.ndarray, area_px: int, connectivity: int) -> np.ndarray:
    if image.size < area_px:
        return np.zeros_like(image)
    if area_px < 2:
        return image
    lowest = image.min()
    above = image > lowest
    # Outside the box around what is above the lowest value nothing can change.
    sides = [np.flatnonzero(above.any(axis=axis)) for axis in (1, 0)]
    opened = np.full_like(image, lowest)
    if len(sides[0]):
        # The margin keeps a region of the lowest value in the box, to which all that is cut away can fall.
        box = tuple(slice(max(side[0] - 1, 0), side[-1] + 2) for side in sides)
        opened[box] = _opened(image[box], area_px, connectivity)
    return opened


def _opened(image: np.ndarray, area_px: int, connectivity: int) -> np.ndarray:
    """By DIPlib; where it has no wheel (Linux on ARM), by scikit-image."""
    if "IPython" in sys.modules:
        with suppress(ImportError):  # DIPlib's viewer takes it for loaded wherever IPython is, as in a notebook
            import_module("IPython.terminal.pt_inputhooks")
    try:
        import diplib
    except ImportError:
        from skimage.morphology import area_opening as opened

        say_once(opened, "segrepro: DIPlib is not installed; scikit-image opens slices: the same values, slower")
        return opened(image, area_px, connectivity)
    return diplib.AreaOpening(image, filterSize=area_px, connectivity=connectivity)
