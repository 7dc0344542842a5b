"""DICOM files that are small on disk and huge in memory are refused before they are unpacked."""

import struct
import zlib
from pathlib import Path

import pytest
from pydicom.encaps import encapsulate

from segrepro.images.dicom_size import SeriesSize, require_inflatable, require_said_size
from segrepro.utils.errors import DataError

PREAMBLE = bytes(128) + b"DICM"
SYNTAX = b"\x02\0\x10\0UI\x16\x001.2.840.10008.1.2.1.99"


def deflated(content: bytes, preamble: bytes = PREAMBLE) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    length = b"\x02\0\0\0UL\x04\0" + struct.pack("<I", len(SYNTAX))
    return preamble + length + SYNTAX + packer.compress(content) + packer.flush()


@pytest.mark.parametrize("preamble", [PREAMBLE, b""])
def test_a_deflated_file_is_refused_by_what_it_becomes(tmp_path, preamble):
    (tmp_path / "a.dcm").write_bytes(deflated(bytes(1000), preamble))
    require_inflatable(tmp_path / "a.dcm", len(preamble))
    (tmp_path / "b.dcm").write_bytes(deflated(bytes(2**28), preamble))
    with pytest.raises(DataError) as caught:
        require_inflatable(tmp_path / "b.dcm", len(preamble))
    assert caught.value.where == str(tmp_path / "b.dcm")
    assert "GB in memory from a file of 0.2" in caught.value.found


@pytest.mark.parametrize("content", [b"", b"some text", PREAMBLE, deflated(bytes(99))[:-9], PREAMBLE + b"\xff" * 200])
def test_other_files_are_left_to_the_reader(tmp_path, content):
    (tmp_path / "a.dcm").write_bytes(content)
    require_inflatable(tmp_path / "a.dcm", len(PREAMBLE))


def test_many_slices_count_together(tmp_path):
    (tmp_path / "a.dcm").write_bytes(bytes(1000))
    size = SeriesSize(tmp_path)
    size.add(tmp_path / "a.dcm", 8000, 8000)
    size.add(tmp_path / "a.dcm", 8000, 8000)
    with pytest.raises(DataError) as caught:
        size.add(tmp_path / "a.dcm", 8000, 8000)
    assert caught.value.where == str(tmp_path)


def jpeg(rows: int, columns: int) -> bytes:
    return b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc1\0\x0b\x08" + struct.pack(">HH", rows, columns) + b"\x01\x01\x11\0"


def jpeg_2000(rows: int, columns: int) -> bytes:
    return b"\xff\x4f\xff\x51\0\x29\0\0" + struct.pack(">4I", columns + 3, rows + 2, 3, 2)


@pytest.mark.parametrize("packed", [jpeg, jpeg_2000])
def test_a_packed_picture_of_another_size_than_its_file_says_is_refused(packed):
    path = Path("a.dcm")
    require_said_size(path, encapsulate([packed(16, 32)]), 16, 32)
    require_said_size(path, encapsulate([packed(16, 32)] * 2), 16, 32, frames=2)
    for frames in ([packed(60000, 60000)], [packed(16, 32), packed(16, 33)]):
        with pytest.raises(DataError) as caught:
            require_said_size(path, encapsulate(frames), 16, 32, len(frames))
        assert caught.value.expected == "16 x 32, as the file says"


@pytest.mark.parametrize("content", [b"", bytes(99), encapsulate([b"\xff\xd8\xff"]), encapsulate([bytes(9)])])
def test_what_is_no_packed_picture_is_left_to_the_reader(content):
    require_said_size(Path("a.dcm"), content, 16, 32)
