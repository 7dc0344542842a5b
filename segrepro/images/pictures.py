"""Reading PNG and JPEG pictures as viewers show them, but refusing what viewers fill in."""

import os
import re
import struct
import tempfile
import threading
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from segrepro.images.image import Image
from segrepro.images.size_limit import require_size
from segrepro.utils.errors import DataError

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# By the colour type of a PNG: grey, colours, palette, grey with alpha, colours with alpha; as OpenCV unpacks them.
CHANNELS = {0: 1, 2: 3, 3: 4, 4: 4, 6: 4}
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers of a JPEG that its size stands behind
FIRST_ONLY = struct.pack(">I", 1)  # how many pictures an animation of one has
SCAN, END = 0xDA, 0xD9
# Programs write about ten; each is gone through for all pixels.
MOST_SCANS = 100
AFTER_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
CORRUPT = re.compile(rb"Corrupt JPEG data(?:: (\d+) extraneous bytes before marker 0xd9)?|Premature end of JPEG")
_STDERR = threading.Lock()


class _Outline(NamedTuple):
    """What a file says of itself: where its picture ends, the bytes that it has in memory, and why viewers show it
    otherwise than it is stored, if they do.
    """

    end: int
    size: int
    otherwise: str = ""


def read_picture(path: Path) -> Image:
    """A picture as (row, column) or (row, column, RGB), turned as its EXIF orientation says.

    An alpha channel is left aside, and so is what follows the picture in its file. Raises DataError for a file that is
    damaged, cut or no PNG or JPEG, for a picture too large to read, and for what viewers show otherwise than it is
    stored: an animation, transparent pixels, a PNG with an EXIF orientation.
    """
    import cv2

    raw = path.read_bytes()
    outline, is_jpeg = _outline(raw), raw.startswith(JPEG)
    if outline is None:
        raise _damaged(path)
    require_size(path, outline.size, len(raw))
    if outline.otherwise:
        raise _shown_otherwise(path, outline.otherwise)
    raw = raw[: outline.end]
    try:
        # OpenCV turns a picture only where it may choose the channels. A JPEG has no alpha to keep.
        wanted = cv2.IMREAD_ANYDEPTH | cv2.IMREAD_ANYCOLOR if is_jpeg else cv2.IMREAD_UNCHANGED
        array = _decoded_jpeg(path, raw, wanted) if is_jpeg else cv2.imdecode(np.frombuffer(raw, np.uint8), wanted)
    except cv2.error:  # it refuses sizes that no picture has
        array = None
    if array is None:
        raise _damaged(path)
    if array.ndim == 3:
        if array.shape[2] == 4 and (array[..., 3] < np.iinfo(array.dtype).max).any():
            raise _shown_otherwise(path, "transparent pixels")
        array = cv2.cvtColor(array[..., :3], cv2.COLOR_BGR2RGB)
    return Image(array, np.eye(4))


def is_turned(path: Path) -> bool:
    """Whether viewers turn or mirror a picture since its EXIF orientation says so; False for what is no picture.

    Raises OSError for a file that cannot be opened.
    """
    import PIL.ExifTags
    import PIL.Image

    try:
        with PIL.Image.open(path) as picture:
            return picture.getexif().get(PIL.ExifTags.Base.Orientation, 1) != 1
    except (PIL.UnidentifiedImageError, PIL.Image.DecompressionBombError):
        return False


def _shown_otherwise(path: Path, found: str) -> DataError:
    remedy = "Save it anew as a single opaque picture, its pixels upright."
    return DataError(path, found, "pixels that are shown as they are stored", remedy)


def _damaged(path: Path) -> DataError:
    return DataError(path, "a damaged file", "a PNG or JPEG picture", "Download or copy the file again.")


def _outline(raw: bytes) -> _Outline | None:
    """None for a file that breaks off, has a wrong checksum, is no picture or a JPEG of more scans than any has."""
    try:
        if raw.startswith(PNG):
            return _png(raw)
        return _jpeg(raw) if raw.startswith(JPEG) else None
    except (struct.error, IndexError):
        return None


def _png(raw: bytes) -> _Outline | None:
    width, height, depth, colour = struct.unpack_from(">IIBB", raw, 16)
    at, otherwise = len(PNG), ""
    while True:
        length, kind = struct.unpack_from(">I4s", raw, at)
        (checksum,) = struct.unpack_from(">I", raw, at + 8 + length)
        if zlib.crc32(raw[at + 4 : at + 8 + length]) != checksum:
            return None
        content = raw[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"acTL" and content[:4] > FIRST_ONLY:
            otherwise = "an animation"
        elif kind == b"eXIf" and _turns(content):
            otherwise = "an EXIF orientation in a PNG"
        elif kind == b"IEND":
            return _Outline(at, width * height * CHANNELS.get(colour, 4) * (2 if depth == 16 else 1), otherwise)


def _turns(exif: bytes) -> bool:
    import PIL.ExifTags
    import PIL.Image

    found = PIL.Image.Exif()
    try:
        found.load(exif)
        return found.get(PIL.ExifTags.Base.Orientation, 1) != 1
    except (SyntaxError, ValueError, struct.error):
        return False  # viewers pass over it too


def _jpeg(raw: bytes) -> _Outline | None:
    at, size, scans = 2, 0, 0
    while scans <= MOST_SCANS:
        while raw[at + 1] == 0xFF:  # markers may be filled up
            at += 1
        mark, marker = raw[at : at + 2]
        if mark != 0xFF:
            return None
        if marker == END:
            return _Outline(at + 2, size)
        (length,) = struct.unpack_from(">H", raw, at + 2)
        if marker in FRAMES:
            _, height, width, channels = struct.unpack_from(">BHHB", raw, at + 4)
            size = width * height * channels
        at += 2 + length
        if marker == SCAN:
            scans += 1
            if not (found := AFTER_SCAN.search(raw, at)):
                return None
            at = found.start()
    return None


def _decoded_jpeg(path: Path, raw: bytes, wanted: int) -> np.ndarray | None:
    """The pixels. libjpeg fills a hole with what it makes up, and says so on stderr alone, which is listened to."""
    import cv2

    with _STDERR, tempfile.TemporaryFile() as said:
        former = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            array = cv2.imdecode(np.frombuffer(raw, np.uint8), wanted)
        finally:
            os.dup2(former, 2)
            os.close(former)
        said.seek(0)
        words = said.read()
    for complaint in CORRUPT.finditer(words):
        # Some cameras fill a file up before its end mark.
        if not complaint[1] or raw[-2 - int(complaint[1]) : -2].strip(b"\x00\xff"):
            found = "a picture with a hole: what follows it is made up"
            raise DataError(path, found, "a whole JPEG picture", "Download or copy the file again.")
    if words:
        os.write(2, words)
    return array
