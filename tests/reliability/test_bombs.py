"""Files of a few MB that would fill the memory: a process that may have 2 GB refuses each by its header."""

import resource
import struct
import subprocess
import sys
import zlib

import nibabel as nib
import numpy as np
import pytest

from segrepro.utils.repository import REPOSITORY
from tests.images.test_dicom_size import deflated

SHAPE = (1500, 1500, 700)  # 2.9 GB of int16
VALUES = 1500 * 1500 * 700 * 2
SAID = (100, 100, 100)
BLOCK = bytes(2**24)
MEMORY = 2 * 2**30
READ = """
import sys
from segrepro.images.io import read_image
from segrepro.utils.errors import DataError
try:
    print(read_image(sys.argv[1]).array.shape)
except DataError as error:
    print(error.found)
"""


def zeros(size: int) -> bytes:
    """As many zeros or a few more, deflated: one block again and again, since packing them all would take a minute."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = stream.compress(BLOCK) + stream.flush(zlib.Z_FULL_FLUSH)
    return block * -(-size // len(BLOCK)) + b"\x03\0"


def packed(head: bytes, size: int) -> bytes:
    """A header and zeros as gzip, without a right checksum, which stands behind what any reader may unpack."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    first = stream.compress(head) + stream.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(7) + first + zeros(size) + bytes(8)


def nifti(shape: tuple[int, ...]) -> bytes:
    header = nib.Nifti1Header()
    header.set_data_shape(shape)
    header.set_data_dtype(np.int16)
    header.set_sform(np.eye(4), 1)
    header["magic"], header["vox_offset"] = b"n+1", 352
    return packed(header.binaryblock + bytes(4), VALUES)


def nrrd(shape: tuple[int, ...]) -> bytes:
    head = "NRRD0004\ntype: short\ndimension: 3\nsizes: {} {} {}\nendian: little\nencoding: gzip\n".format(*shape)
    head += "space: left-posterior-superior\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n\n"
    return head.encode() + packed(b"", VALUES)


def meta_image(shape: tuple[int, ...]) -> bytes:
    content = b"\x78\x9c" + zeros(VALUES) + bytes(4)
    head = "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = True\n"
    head += "CompressedDataSize = {}\nElementSpacing = 1 1 1\nDimSize = {} {} {}\n".format(len(content), *shape)
    return f"{head}ElementType = MET_SHORT\nElementDataFile = LOCAL\n".encode() + content


def mgz(shape: tuple[int, ...]) -> bytes:
    head = struct.pack(">7ih15f", 1, *shape, 1, 4, 0, 1, 1, 1, 1, -1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0)
    return packed(head.ljust(284, b"\0"), VALUES)


def png(side: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", b"\x78\x9c" + zeros(side * (side + 1)) + bytes(4)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def read_in(memory: int, path) -> str:
    """What a process says that reads an image and may have so many bytes."""
    limit = (memory, memory)
    done = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, cwd=REPOSITORY,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, limit),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(("ending", "make"), [(".nii.gz", nifti), (".nrrd", nrrd), (".mha", meta_image), (".mgz", mgz)])
def test_a_volume_is_known_by_its_header(tmp_path, ending, make):
    (tmp_path / f"a{ending}").write_bytes(make(SHAPE))
    assert "2.93 GB in memory" in read_in(MEMORY, tmp_path / f"a{ending}")
    (tmp_path / f"b{ending}").write_bytes(make(SAID))  # the rest is never unpacked
    assert read_in(MEMORY, tmp_path / f"b{ending}") == str(SAID)


def test_a_picture_is_known_by_its_header(tmp_path):
    (tmp_path / "a.png").write_bytes(png(50000))
    assert "2.33 GB in memory" in read_in(MEMORY, tmp_path / "a.png")


def test_a_deflated_slice_is_measured_before_it_is_kept(tmp_path):
    for name in ("a.dcm", "b.dcm"):
        (tmp_path / name).write_bytes(deflated(b"").removesuffix(b"\x03\0") + zeros(2**30))
    assert "GB in memory" in read_in(MEMORY, tmp_path)
