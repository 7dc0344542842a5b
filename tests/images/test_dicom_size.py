"""DICOM files that are small on disk and huge in memory are refused before they are unpacked."""

import struct
import zlib

import pytest

from segrepro.images.dicom_size import SeriesSize, require_inflatable
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
