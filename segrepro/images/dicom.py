"""Reading a folder of DICOM slices as one volume, and a folder of PNG masks drawn on such slices.

Only the tags in `TAGS` are ever read, so that no patient's name, number or date enters a value or a message;
messages of pydicom, which may quote a header, are left out for the same reason.
"""

import re
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from segrepro.images import dicom_size, dicom_values
from segrepro.images.dicom_size import COPY_AGAIN, PREAMBLE, SeriesSize, is_marked, require_inflatable
from segrepro.images.dicom_stack import NEAR_MM, Slice, affine_of, require_one_series, require_stack
from segrepro.images.dicom_values import decoded, meaning_of, values_of
from segrepro.images.image import Image, is_picture
from segrepro.images.pictures import read_picture
from segrepro.utils.errors import DataError
from segrepro.utils.say import say_once

GEOMETRY = ("SeriesInstanceUID", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
PIXELS = ("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames", "BitsAllocated", "BitsStored", "HighBit")
PIXELS += ("PixelRepresentation", "PixelData")
TAGS = ("SOPClassUID", *GEOMETRY, *PIXELS, *dicom_values.TAGS)
# What lies beside slices on disks and in exports: files by name or ending, and DICOM classes that hold no slice
# (directories, reports, presentation states, documents, registrations, segmentations, contours and doses).
OTHER_NAMES = ("thumbs.db", "desktop.ini", "dicomdir", "readme")
OTHER_ENDINGS = (".txt", ".md", ".csv", ".json", ".xml", ".html", ".htm", ".pdf", ".ini", ".inf", ".log", ".exe")
OTHER_CLASSES = tuple(
    f"1.2.840.10008.{end}" for end in ("1.3.10", *(f"5.1.4.1.1.{n}." for n in (88, 11, 104, 66, 481)))
)
# Of the cosine between rows and columns.
RIGHT_ANGLE = 0.01


def read_series(folder: str | Path) -> Image:
    """Read the DICOM files of a folder, one series of single slices, as a volume.

    Returns (column, row, slice) with an affine to RAS+; slices are ordered by their position along the normal
    of the slices, whatever their names, and their distance is that of the positions, whatever SliceThickness says.
    Rescale slope and intercept are applied: the values keep the stored type if there is nothing to apply, are int16 or
    int32 where both are whole numbers, else float32. Pixels of padding become -1024 HU in CT, else the lowest value
    that was measured; where low numbers are white (MONOCHROME1), values are turned over, but in CT. What lies beside
    slices (a readme, Thumbs.db, DICOMDIR, a report) is passed over, which is said on stderr.

    Raises DataError for fewer than two slices, all else that is not DICOM, a truncated or too large file, a missing
    tag, colour or multi-frame files, more than one series, two slices at one position, a missing slice (uneven gaps)
    and slices that shift sideways (a tilted gantry, or one slice out of line).
    """
    slices = read_slices(folder)
    stored = np.stack([s.pixels for s in slices]).transpose(2, 1, 0)
    return Image(values_of(stored, [s.meaning for s in slices], Path(folder)), affine_of(slices))


def read_slice_masks(folder: str | Path, series: str | Path) -> Image:
    """Read a folder of PNG masks, one for each DICOM slice of the folder `series`, on the grid of `read_series`.

    The n-th picture by name belongs to the n-th DICOM file by name, as CHAOS has it: its CT masks count in the
    order of the DICOM names, against the positions; its MR masks have the names of the DICOM files. Numbers in
    names count as numbers. Raises DataError when counts or sizes differ, or when only some of the names agree.
    """
    folder, slices = Path(folder), read_slices(series, pixels=False)
    files = sorted((s.path for s in slices), key=_counting)
    pictures = [path for path in slice_files(folder) if is_picture(path)]
    if len(pictures) != len(files):
        expected = f"{len(files)}, one for each DICOM slice of {series}"
        raise DataError(folder, f"{len(pictures)} pictures", expected, "Complete the folder.")
    _require_same_names(folder, pictures, files)
    mask_of = dict(zip(files, pictures))
    masks = [read_picture(mask_of[s.path]).array for s in slices]
    shapes = Counter(mask.shape for mask in masks)
    if len(shapes) > 1 or masks[0].ndim != 2:
        found = f"pictures of shape {', '.join(map(str, shapes))}"
        raise DataError(folder, found, "grey pictures of one size", "Export the masks again.")
    return Image(np.stack(masks).transpose(2, 1, 0), affine_of(slices))


def slice_files(folder: str | Path) -> list[Path]:
    """The files of a folder but hidden ones, by name; numbers in names count as numbers."""
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(folder, "no such folder", "a folder of slices", "Check the path.")
    return sorted((p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")), key=_counting)


def _counting(path: Path) -> list:
    """Sort key in which numbers count: text and numbers in turn.

    >>> sorted([Path("i10.dcm"), Path("i9.dcm")], key=_counting)[0].name
    'i9.dcm'
    """
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path.name)]


def _require_same_names(folder: Path, pictures: list[Path], files: list[Path]) -> None:
    """Names that agree partly show that a picture is missing and another one too many."""
    names, slices = ([p.stem for p in paths] for paths in (pictures, files))
    strange = sorted(set(names) - set(slices))
    if strange and len(strange) < len(names):
        found = f"{len(strange)} of {len(names)} pictures, such as {strange[0]}, without a slice of that name"
        raise DataError(folder, found, f"the names of the slices in {files[0].parent}", "Restore the missing pictures.")


def read_slices(folder: str | Path, pixels: bool = True) -> list[Slice]:
    """The slices of a folder's series from the lowest to the highest position along their normal.

    pixels: whether to read them too. Raises DataError as `read_series`.
    """
    folder = Path(folder)
    size = SeriesSize(folder) if pixels else None
    read = {path: _read_slice(path, size) for path in slice_files(folder)}
    slices = [found for found in read.values() if found]
    if others := [path.name for path, found in read.items() if found is None]:
        shown = ", ".join(others[:3]) + (", ..." if len(others) > 3 else "")
        say_once(folder, f"{folder}: passed over {len(others)} files that hold no slice ({shown})")
    if len(slices) < 2:
        raise DataError(folder, f"{len(slices)} DICOM slices", "at least 2", "Name the folder of one whole series.")
    require_one_series(folder, slices)
    along = np.array([s.position for s in slices]) @ np.cross(*slices[0].axes)
    order = np.argsort(along, kind="stable")
    slices = [slices[i] for i in order]
    require_stack(slices, np.diff(along[order]))
    return slices


def _read_slice(path: Path, size: SeriesSize | None) -> Slice | None:
    """One file; None for one that holds no slice and may lie beside slices. size: None to leave its pixels unread."""
    marked = is_marked(path)
    named = path.name.lower().startswith(OTHER_NAMES) or path.name.lower().endswith(OTHER_ENDINGS)
    if named and not marked:
        return None
    data = _dataset(path, size is not None, marked)
    if marked and str(data.get("SOPClassUID", "")).startswith(OTHER_CLASSES):
        return None
    if not marked and not _has_a_place(data):
        raise DataError(path, "no DICOM file", "slices of one series and nothing else", "Move it away.")
    if data.get("NumberOfFrames", 1) not in (None, 1) or data.get("SamplesPerPixel", 1) != 1:
        raise DataError(path, "colours or many frames", "one grey slice a file", "Export it as single slices.")
    position, directions, spacing = (_numbers(path, data, tag, count) for tag, count in zip(GEOMETRY[1:], (3, 6, 2)))
    if (spacing <= 0).any():
        found = "a PixelSpacing of {:g} x {:g} mm".format(*spacing)
        raise DataError(path, found, "two lengths above 0", "Export it again.")
    meaning = meaning_of(path, data)
    return Slice(
        path=path,
        series=str(data.get("SeriesInstanceUID", "")),
        position=position,
        axes=_axes(path, directions.reshape(2, 3)),
        spacing_mm=spacing[::-1],
        shape=(int(data.get("Rows") or 0), int(data.get("Columns") or 0)),
        pixels=_pixels(path, data, size) if size else None,
        meaning=meaning,
    )


def is_slice(path: Path) -> bool:
    """Whether a file is one of DICOM; without the preamble, whether it holds a slice."""
    try:
        return is_marked(path) or _has_a_place(_dataset(path, pixels=False, marked=False))
    except DataError:
        return False


def _has_a_place(data) -> bool:
    return "Rows" in data and "ImagePositionPatient" in data


def _dataset(path: Path, pixels: bool, marked: bool):
    import pydicom

    require_inflatable(path, PREAMBLE if marked else 0)
    try:
        with warnings.catch_warnings(action="ignore"):
            data = pydicom.dcmread(path, stop_before_pixels=not pixels, specific_tags=list(TAGS), force=not marked)
            # Decoded here, not when they are used.
            for tag in TAGS:
                data.get(tag)
    except OSError as error:
        raise DataError(path, f"an unreadable file ({error.strerror})", "a DICOM file", COPY_AGAIN) from None
    except Exception:  # pydicom raises all kinds of errors where a header breaks off
        found, expected = ("a damaged header", "a complete DICOM file") if marked else ("no DICOM file", "slices only")
        raise DataError(path, found, expected, COPY_AGAIN if marked else "Move it away.") from None
    if not marked and "TransferSyntaxUID" not in data.file_meta:
        implicit = data.original_encoding[0]
        data.file_meta.TransferSyntaxUID = (
            pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
        )
    return data


def _axes(path: Path, directions: np.ndarray) -> np.ndarray:
    """Two directions of length 1, at right angles; DataError for others. Headers round them or leave their length."""
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    if (lengths < NEAR_MM).any() or abs(np.dot(*(directions / lengths))) > RIGHT_ANGLE:
        found = "an ImageOrientationPatient of two directions that span no slice"
        raise DataError(path, found, "two directions at right angles", "Export it again.")
    # Nearly 1 is 1, rounded.
    return directions if np.abs(lengths - 1).max() < 1e-4 else directions / lengths


def _numbers(path: Path, data, tag: str, count: int) -> np.ndarray:
    try:
        numbers = np.array(data[tag].value, float)
        if numbers.shape == (count,) and np.isfinite(numbers).all():
            return numbers
    except Exception:  # it is decoded here, and pydicom raises all kinds of errors
        pass
    raise DataError(path, f"no {tag} of {count} numbers", "a slice with a place in space", "Export it again.")


def _pixels(path: Path, data, size: SeriesSize) -> np.ndarray:
    syntax = getattr(data.file_meta, "TransferSyntaxUID", None)
    rows, columns = int(data.get("Rows") or 0), int(data.get("Columns") or 0)
    size.add(path, rows, columns)
    if syntax is not None and syntax.is_transfer_syntax and syntax.is_encapsulated:
        dicom_size.require_said_size(path, data.get("PixelData") or b"", rows, columns)
    try:
        with warnings.catch_warnings(action="ignore"):
            return data.pixel_array
    except Exception:  # pydicom raises all kinds of errors here too
        if syntax is not None and syntax.is_transfer_syntax and syntax.is_compressed:
            if (unpacked := decoded(path, data)) is not None:
                return unpacked
            remedy = "Unpack it, for instance with `gdcmconv --raw`, or copy it again if it is damaged."
            raise DataError(path, f"pixels packed as {syntax.name}", "pixels that can be read", remedy) from None
        raise DataError(path, "pixels that break off or are missing", "a complete slice", COPY_AGAIN) from None
