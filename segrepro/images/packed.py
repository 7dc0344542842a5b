"""The first bytes of files that may be packed by gzip: no more is unpacked than was asked for."""

from pathlib import Path

from segrepro.utils.errors import DataError
from segrepro.utils.folders import unreadable

AGAIN = "Download or copy the file again."
GZIP = b"\x1f\x8b"
# Of a packed file as much as a header needs; headers have fewer bytes than the first of these.
HEADER, PACKED_HEADER = 2**12, 2**16


def read_unpacked(path: Path, size: int) -> tuple[bytes, int]:
    """The first `size` bytes that a file holds, unpacked if it is packed, and how many bytes are stored.

    Raises DataError for a file that cannot be read or unpacked, or breaks off; fewer bytes come from one that is short.
    """
    from isal import isal_zlib

    try:
        with path.open("rb") as file:
            stored = path.stat().st_size
            if not is_packed(path):
                return file.read(size), stored
            few = file.read(PACKED_HEADER if size <= HEADER else -1)
        return _inflate(few, size, whole=len(few) == stored), stored
    except OSError as error:
        raise unreadable(path, "file", error) from error
    except (EOFError, isal_zlib.error) as error:
        raise DataError(path, f"a damaged file ({error})", "a complete image", AGAIN) from error


def is_packed(path: Path) -> bool:
    """Whether a file is packed by gzip, whatever its ending says."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def _inflate(raw: bytes, size: int, whole: bool = True) -> bytes:
    """The first `size` bytes of what a gzip file holds, at once into one buffer; its checksum is looked at if it ends.

    whole: whether `raw` is all of the file, so that it must not break off before.

    >>> import gzip
    >>> _inflate(gzip.compress(b"one ") + gzip.compress(b"two") + b"more", 7)
    b'one two'
    """
    from isal import isal_zlib

    stream = isal_zlib.decompressobj(wbits=31)
    content = stream.decompress(raw, max_length=size + 1)
    while stream.eof and len(content) < size and stream.unused_data[:2] == GZIP:
        rest, stream = stream.unused_data, isal_zlib.decompressobj(wbits=31)
        content += stream.decompress(rest, max_length=size - len(content) + 1)
    if whole and len(content) <= size and not stream.eof:
        raise EOFError("it ends too early")
    return content[:size] if len(content) > size else content
