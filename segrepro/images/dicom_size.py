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
