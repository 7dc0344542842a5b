"""Volumes of FreeSurfer: the same voxels in the same place as nibabel reads, or one clear error."""

import gzip
import struct

import nibabel as nib
import numpy as np
import pytest

from segrepro.images.io import read_image
from segrepro.utils.errors import DataError
from tests.scans import affine_of

ARRAY = np.arange(9 * 8 * 7).reshape(9, 8, 7)


@pytest.mark.parametrize("ending", [".mgz", ".mgh", ".MGZ"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_a_volume_comes_back_with_type_and_affine(tmp_path, ending, dtype):
    affine = affine_of("LIA", (0.5, 1.5, 4), tilt=0.3)
    nib.save(nib.MGHImage(ARRAY.astype(dtype), affine), tmp_path / f"a{ending.lower()}")
    path = (tmp_path / f"a{ending.lower()}").rename(tmp_path / f"a{ending}")
    image = read_image(path)
    assert image.array.dtype == np.dtype(dtype).newbyteorder(">")
    np.testing.assert_array_equal(image.array, ARRAY.astype(dtype))
    np.testing.assert_allclose(image.affine, affine, atol=1e-5)


def changed(content: bytes, at: int, *values: int, kind: str = "i") -> bytes:
    words = struct.pack(f">{len(values)}{kind}", *values)
    return content[:at] + words + content[at + len(words) :]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda content: content[:300], "16 bytes of voxels"),
        (lambda content: b"", "no MGH header"),
        (lambda content: b"some text", "no MGH header"),
        (lambda content: changed(content, 28, 0, kind="h"), "no place in space"),
        (lambda content: changed(content, 20, 77), "no MGH header"),
        (lambda content: changed(content, 4, 9, 0, 7, 1), "shape"),
        (lambda content: changed(content, 4, 9000, 9000, 90, 1), "GB in memory"),
    ],
)
@pytest.mark.parametrize("ending", [".mgz", ".mgh"])
def test_a_damaged_file_is_one_error(tmp_path, change, found, ending):
    nib.save(nib.MGHImage(ARRAY.astype(np.float32), np.eye(4)), tmp_path / "a.mgh")
    content = change((tmp_path / "a.mgh").read_bytes())
    path = tmp_path / f"b{ending}"
    path.write_bytes(gzip.compress(content) if ending == ".mgz" else content)
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert caught.value.where == str(path)
    assert found in caught.value.found
