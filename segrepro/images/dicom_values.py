"""What the stored numbers of DICOM slices are, and mean: rescaled, with white as the high values, without padding."""

import locale
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segrepro.utils.errors import DataError

TAGS = (
    *("Modality", "PhotometricInterpretation", "PresentationLUTShape", "RescaleSlope", "RescaleIntercept"),
    *("PixelPaddingValue", "PixelPaddingRangeLimit", "ModalityLUTSequence"),
)
AIR_HU = -1024


@dataclass(frozen=True)
class Meaning:
    """How the stored numbers of one slice become values.

    rescaled: whether the header says slope or intercept. inverted: whether low numbers are white. padding: the stored
    numbers, from and to, of pixels that were not measured.
    """

    slope: float = 1.0
    intercept: float = 0.0
    rescaled: bool = False
    is_ct: bool = False
    inverted: bool = False
    padding: tuple[int, int] | None = None


def meaning_of(path: Path, data) -> Meaning:
    """The meaning in the header of a slice. DataError for a palette, a table in place of slope and intercept, numbers
    that lie elsewhere in their bits, a slope of 0 and what is no number.
    """
    colours = str(data.get("PhotometricInterpretation", None) or "unknown")
    if colours not in ("MONOCHROME1", "MONOCHROME2"):
        raise DataError(path, f"pixels of the kind {colours}", "one grey slice a file", "Export it as grey values.")
    if "ModalityLUTSequence" in data:
        found = "values given by a table (ModalityLUTSequence)"
        raise DataError(path, found, "a RescaleSlope and a RescaleIntercept", "Export it as rescaled values.")
    stored = _number(path, data, "BitsStored", 16)
    if (highest := _number(path, data, "HighBit", stored - 1)) != stored - 1:
        found = f"a HighBit of {highest:g} beside {stored:g} stored bits"
        raise DataError(path, found, f"{stored - 1:g}, the highest of these", "Export the slice again.")
    slope = _number(path, data, "RescaleSlope", 1.0)
    if slope == 0:
        raise DataError(path, "a RescaleSlope of 0", "a slope that keeps the values", "Export the slice again.")
    is_ct = data.get("Modality") == "CT"
    # Hounsfield units stay what they are, however they are shown.
    inverted = not is_ct and (colours == "MONOCHROME1") != (data.get("PresentationLUTShape") == "INVERSE")
    return Meaning(
        slope=slope,
        intercept=_number(path, data, "RescaleIntercept", 0.0),
        rescaled="RescaleSlope" in data or "RescaleIntercept" in data,
        is_ct=is_ct,
        inverted=inverted,
        padding=_padding(path, data),
    )


def _number(path: Path, data, tag: str, default: float) -> float:
    if tag not in data:
        return default
    try:
        number = float(data[tag].value)
    except Exception:  # pydicom decodes a value when it is asked for, and raises all kinds of errors
        number = np.nan
    if not np.isfinite(number):
        raise DataError(path, f"a {tag} that is no number", "a number", "Export the slice again.")
    return number


def _padding(path: Path, data) -> tuple[int, int] | None:
    if data.get("PixelPaddingValue") is None:
        return None
    ends = [_number(path, data, tag, np.nan) for tag in ("PixelPaddingValue", "PixelPaddingRangeLimit") if tag in data]
    return int(min(ends)), int(max(ends))


def values_of(stored: np.ndarray, meanings: list[Meaning], folder: Path) -> np.ndarray:
    """The values of a series, from its stored numbers (column, row, slice) and the meaning of each slice.

    Rescaled, and turned over where low numbers are white: black becomes 0, or the lowest value where that is negative.
    Padding becomes -1024 HU in CT, else the lowest value that was measured. DataError where slices differ in which
    numbers are white, or only some say slope and intercept.
    """
    if len({meaning.inverted for meaning in meanings}) > 1:
        found = "slices of which some have white at the low end of their values and others at the high end"
        raise DataError(folder, found, "slices of one series", "Give each series its own folder.")
    if 0 < (count := sum(meaning.rescaled for meaning in meanings)) < len(meanings):
        found = f"{count} of {len(meanings)} slices with a RescaleSlope or RescaleIntercept"
        raise DataError(folder, found, "all of a series, or none", "Export the series again.")
    values, outside = _rescaled(stored, meanings), _outside(stored, meanings)
    measured = values if outside is None else values[~outside]
    if not measured.size:
        return values
    low, high = measured.min(), measured.max()
    if meanings[0].inverted:
        wide, black = np.float32 if values.dtype.kind == "f" else np.int64, min(low, low.dtype.type(0))
        values = (wide(black) + wide(high) - values.astype(wide)).astype(values.dtype)
        low = black
    if outside is not None:
        holds_air = meanings[0].is_ct and values.dtype.kind != "u"
        values = np.where(outside, values.dtype.type(AIR_HU if holds_air else low), values)
    return values


def _outside(stored: np.ndarray, meanings: list[Meaning]) -> np.ndarray | None:
    """Which pixels are padding; None if none is."""
    outside = np.zeros(stored.shape, bool)
    for index, meaning in enumerate(meanings):
        if meaning.padding:
            # Some headers write a negative number in the unsigned type, and the other way round.
            low, high = (_as_stored(number, stored.dtype) for number in meaning.padding)
            pixels = stored[:, :, index]
            outside[:, :, index] = (pixels >= min(low, high)) & (pixels <= max(low, high))
    return outside if outside.any() else None


def _as_stored(number: int, dtype: np.dtype) -> int:
    unsigned = np.array(number % 2 ** (8 * dtype.itemsize), f"u{dtype.itemsize}")
    return int(unsigned.view(f"{dtype.kind}{dtype.itemsize}"))


def _rescaled(stored: np.ndarray, meanings: list[Meaning]) -> np.ndarray:
    """In the stored type if there is nothing to rescale, int16 or int32 where all is whole numbers, else float32."""
    slopes, intercepts = np.array([(meaning.slope, meaning.intercept) for meaning in meanings]).T
    if (slopes == 1).all() and (intercepts == 0).all():
        return stored
    largest = 256.0**stored.itemsize * np.abs(slopes).max() + np.abs(intercepts).max()
    whole = (slopes % 1 == 0).all() and (intercepts % 1 == 0).all() and largest < 2**31
    kind = np.int32 if whole else np.float32
    values = stored.astype(kind)
    values *= slopes.astype(kind)
    values += intercepts.astype(kind)
    limits = np.iinfo(np.int16)
    fits = whole and values.min() >= limits.min and values.max() <= limits.max
    return values.astype(np.int16) if fits else values


@contextmanager
def locale_kept() -> Iterator[None]:
    """GDCM sets the locale of the whole process to C, in which Python then reads text files as ASCII."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        yield
    finally:
        locale.setlocale(locale.LC_ALL, before)


def decoded(path: Path, data) -> np.ndarray | None:
    """The stored numbers (row, column) of a packed slice that pydicom alone does not unpack, by SimpleITK; None where
    that does not either. data: the slice's header.
    """
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        with locale_kept():
            rescaled = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path), imageIO="GDCMImageIO"))
    except RuntimeError:
        return None
    meaning = meaning_of(path, data)
    if rescaled.size != data.Rows * data.Columns:
        return None
    # SimpleITK has rescaled them, which rounding undoes: they were whole.
    stored = np.rint((rescaled.reshape(data.Rows, data.Columns).astype(float) - meaning.intercept) / meaning.slope)
    return stored.astype(f"{'i' if data.PixelRepresentation else 'u'}{data.BitsAllocated // 8}")
