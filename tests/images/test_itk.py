"""NRRD and MetaImage volumes: the same voxels in the same place as in NIfTI, or one clear error."""

import gzip

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from segrepro.images.io import read_image, write_image
from segrepro.utils.errors import DataError
from tests.scans import affine_of

ARRAY = np.arange(9 * 8 * 7, dtype=np.int16).reshape(9, 8, 7)
HEAD = b"NRRD0004\ntype: short\ndimension: 3\nsizes: 9 8 7\nendian: little\nencoding: raw\n"
PLACE = b"space: left-posterior-superior\nspace directions: (1,0,0) (0,2,0) (0,0,3)\nspace origin: (0,0,0)\n"
VOXELS = ARRAY.tobytes("F")
META = b"ObjectType = Image\nNDims = 3\nDimSize = 9 8 7\nElementType = MET_SHORT\n"


@pytest.mark.parametrize("ending", [".nrrd", ".nhdr", ".mha", ".mhd", ".NRRD"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_volume_lies_where_it_lies_in_nifti(tmp_path, ending, packed):
    affine = affine_of("LPS", (0.5, 1.5, 4), tilt=0.3)
    write_image(tmp_path / "a.nii.gz", ARRAY, affine)
    SimpleITK.WriteImage(SimpleITK.ReadImage(str(tmp_path / "a.nii.gz")), str(tmp_path / f"b{ending.lower()}"), packed)
    path = (tmp_path / f"b{ending.lower()}").rename(tmp_path / f"b{ending}")
    image = read_image(path)
    assert image.array.dtype == np.int16
    np.testing.assert_array_equal(image.array, ARRAY)
    np.testing.assert_allclose(image.affine, nib.load(tmp_path / "a.nii.gz").affine, atol=1e-5)


@pytest.mark.parametrize(("space", "signs"), [(b"right-anterior-superior", (1, 1, 1)), (b"LAS", (-1, 1, 1))])
def test_a_space_of_another_name_is_turned_to_ras(tmp_path, space, signs):
    (tmp_path / "a.nrrd").write_bytes(HEAD + PLACE.replace(b"left-posterior-superior", space) + b"\n" + VOXELS)
    np.testing.assert_allclose(np.diag(read_image(tmp_path / "a.nrrd").affine)[:3], np.multiply(signs, (1, 2, 3)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("no place.nrrd", HEAD + b"\n" + VOXELS),
        ("no space.nrrd", HEAD + PLACE.partition(b"\n")[2] + b"\n" + VOXELS),
        ("spacings alone.nrrd", HEAD + b"spacings: 1 2 3\n\n" + VOXELS),
        ("metres.nrrd", HEAD + PLACE + b'space units: "m" "m" "m"\n\n' + VOXELS),
        ("cut.nrrd", HEAD + PLACE + b"\n" + VOXELS[:100]),
        ("a device.nrrd", HEAD + PLACE + b"data file: /dev/zero\n\n"),
        ("a pattern.nrrd", HEAD + PLACE + b"data file: a%d.raw 1 7 1\n\n"),
        ("huge.nrrd", (HEAD + PLACE + b"\n").replace(b"9 8 7", b"9000 9000 90")),
        ("vectors.nrrd", (HEAD + PLACE + b"kinds: vector domain domain\n\n").replace(b"(1,0,0)", b"none") + VOXELS),
        ("not at all.nrrd", b"some text"),
        ("long field.nrrd", HEAD + PLACE + b"kinds: domain" + b"a" * 2000 + b"\n\n" + VOXELS),
        ("no colon.nrrd", HEAD + PLACE + b"a" * 2000 + b"\n\n" + VOXELS),
        ("endless.nrrd", HEAD + PLACE + b"#\n" * 2**19),
        ("empty.nrrd", b""),
        ("no spacing.mha", META + b"ElementDataFile = LOCAL\n" + VOXELS),
        ("zero.mha", META + b"ElementSpacing = 1 1 0\nElementDataFile = LOCAL\n" + VOXELS),
        ("cut.mha", META + b"ElementSpacing = 1 1 1\nElementDataFile = LOCAL\n" + VOXELS[:100]),
        ("elsewhere.mhd", META + b"ElementSpacing = 1 1 1\nElementDataFile = ../a.raw\n"),
        ("gone.mhd", META + b"ElementSpacing = 1 1 1\nElementDataFile = gone.raw\n"),
        ("empty.mha", b""),
    ],
)
def test_what_cannot_be_read_is_one_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_image(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_packed_file_that_is_larger_than_its_header_says_gives_no_more(tmp_path):
    packed = HEAD.replace(b"raw", b"gzip") + PLACE + b"\n" + gzip.compress(VOXELS + bytes(2**20))
    (tmp_path / "a.nrrd").write_bytes(packed)
    np.testing.assert_array_equal(read_image(tmp_path / "a.nrrd").array, ARRAY)


def test_long_texts_in_a_header_do_no_harm(tmp_path):
    texts = b"# " + b"a" * 2000 + b"\nSegment0_Tags:=Range: " + b"b" * 2000
    (tmp_path / "a.nrrd").write_bytes(HEAD + PLACE + texts + b"\n\n" + VOXELS)
    np.testing.assert_array_equal(read_image(tmp_path / "a.nrrd").array, ARRAY)
