"""What is looked at in a DICOM file before it is read: its preamble, and how much memory it takes once unpacked."""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from segrepro.images.size_limit import require_size
from segrepro.utils.errors import DataError

# The one transfer syntax in which all that follows the first elements is packed, the header too.
DEFLATED = b"1.2.840.10008.1.2.1.99"
FIRST_BYTES, BYTES_AT_ONCE = 2**10, 2**20
# Copies that are made of it at once: what is unpacked, the pixels in it, and their values.
COPIES = 3
BYTES_A_VALUE = 4
MARK, MARK_AT = b"DICM", 128
PREAMBLE = MARK_AT + len(MARK)  # bytes
# JPEG 2000: start of a codestream with its sizes, and what a file begins with that has boxes around it. JPEG: markers
# that a size stands behind, JPEG-LS's too.
CODESTREAM_2000, BOXED_2000 = b"\xff\x4f\xff\x51", b"jP  "
FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
COPY_AGAIN = "Download or copy the file again."


@dataclass
class SeriesSize:
    """What the slices of a folder take together, as far as they were looked at."""

    folder: Path
    values: int = 0
    stored: int = 0

    def add(self, path: Path, rows: int, columns: int) -> None:
        """Raise DataError when the series becomes too large with this slice."""
        self.values += rows * columns
        self.stored += path.stat().st_size
        require_size(self.folder, BYTES_A_VALUE * self.values, self.stored)


def is_marked(path: Path) -> bool:
    """Whether a file has the preamble that DICOM files should have; some devices leave it out."""
    try:
        with path.open("rb") as file:
            return file.read(PREAMBLE)[MARK_AT:] == MARK
    except OSError as error:
        raise DataError(path, f"an unreadable file ({error.strerror})", "a DICOM file", COPY_AGAIN) from None


def require_inflatable(path: Path, starts_at: int) -> None:
    """Raise DataError for a file that is packed as a whole and becomes too large.

    starts_at: where its elements begin, behind the preamble if it has one.
    """
    with path.open("rb") as file:
        head = file.read(FIRST_BYTES)[starts_at:]
        if DEFLATED not in head or head[:4] != b"\x02\0\0\0":
            return
        stored = path.stat().st_size
        file.seek(starts_at + 12 + struct.unpack_from("<I", head, 8)[0])
        stream, size, rest = zlib.decompressobj(-zlib.MAX_WBITS), 0, file.read()
    try:
        while rest and not stream.eof:
            size += len(stream.decompress(rest, BYTES_AT_ONCE))
            require_size(path, COPIES * size, stored)
            rest = stream.unconsumed_tail
    except zlib.error:
        return  # the reader says what is wrong


def require_said_size(path: Path, pixel_data: bytes, rows: int, columns: int, frames: int = 1) -> None:
    """Raise DataError where a packed picture's own header has another size than the file's, which decoders follow.

    pixel_data: all frames, encapsulated. rows, columns: of one, as the file says.
    """
    from pydicom.encaps import generate_frames

    try:
        sizes = {_codestream_size(frame) for frame in generate_frames(pixel_data, number_of_frames=frames)}
    except (ValueError, struct.error, IndexError):
        return  # the reader says what is wrong
    for size in sizes - {None, (rows, columns)}:
        found = "a packed picture of {} x {} pixels".format(*size)
        raise DataError(path, found, f"{rows} x {columns}, as the file says", COPY_AGAIN)


def _codestream_size(packed: bytes) -> tuple[int, int] | None:
    """Rows and columns in the header of a JPEG, JPEG-LS or JPEG 2000 codestream; None for any other.

    >>> _codestream_size(bytes.fromhex("ffd8 ffe00002 ffc0000b 08 0010 0020"))
    (16, 32)
    """
    at = packed.find(CODESTREAM_2000)
    if at == 0 or (at > 0 and packed[4:8] == BOXED_2000):
        right, below, left, above = struct.unpack_from(">4I", packed, at + 8)
        return below - above, right - left
    if packed[:2] != b"\xff\xd8":
        return None
    at = 2
    while packed[at + 1] not in FRAMES:
        at += 1 if packed[at + 1] == 0xFF else 2 + struct.unpack_from(">H", packed, at + 2)[0]
    return struct.unpack_from(">HH", packed, at + 5)
