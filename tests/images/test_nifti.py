"""NIfTI files as scanners, converters and mishaps leave them."""

import gzip
import struct

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from segrepro.images.io import read_image, write_image
from segrepro.images.nifti import geometry_of, read_header
from segrepro.images.size_limit import LIMIT
from segrepro.utils import say
from segrepro.utils.errors import DataError
from tests.raised import raised
from tests.scans import affine_of

AFFINE = np.array([[4.0, 0, 0, -98], [0, 4, 0, -134], [0, 0, 8, -72], [0, 0, 0, 1]])
TURN = affine_of(spacing=(1, 1, 1), tilt=0.2)
SHEAR = np.eye(4) + 0.15 * np.eye(4, k=1) * (np.arange(4) == 0)[:, None]
ARRAY = np.arange(9 * 8 * 7, dtype=np.int16).reshape(9, 8, 7)


def write_scan(path, sform, sform_code, qform, qform_code):
    image = nib.Nifti1Image(ARRAY, None)
    image.header.set_xyzt_units("mm")
    image.header.set_qform(qform, qform_code)
    image.header["pixdim"][1:4] = 4, 4, 8
    image.header.set_sform(sform, sform_code)
    nib.save(image, path)


@pytest.mark.parametrize(
    ("forms", "itk_reads_it"),
    [
        ((AFFINE, 1, AFFINE, 1), True),
        ((AFFINE, 1, None, 0), True),
        ((None, 0, AFFINE, 1), True),
        ((TURN @ AFFINE, 2, AFFINE, 1), True),
        ((np.diag([1.1, 0.9, 1.05, 1]) @ AFFINE, 4, AFFINE, 1), True),
        ((SHEAR @ AFFINE, 4, AFFINE, 1), False),
        ((None, 0, None, 0), True),
        ((np.diag([-1, 1, 1, 1]) @ AFFINE, 1, np.diag([-1, 1, 1, 1]) @ AFFINE, 1), True),
    ],
)
def test_a_mask_lies_on_its_scan_for_nibabel_and_for_itk(tmp_path, forms, itk_reads_it):
    scan, mask = tmp_path / "scan.nii.gz", tmp_path / "mask.nii.gz"
    write_scan(scan, *forms)
    write_image(mask, (ARRAY > 99).astype(np.uint8), read_image(scan).affine, geometry_of(scan))
    first, second = nib.load(scan), nib.load(mask)
    assert (first.affine == second.affine).all()
    for word in ("qform_code", "sform_code", "xyzt_units"):
        assert first.header[word] == second.header[word]
    assert (np.asarray(second.dataobj) == (ARRAY > 99)).all()
    if itk_reads_it:
        first, second = SimpleITK.ReadImage(str(scan)), SimpleITK.ReadImage(str(mask))
        for place in ("GetOrigin", "GetSpacing", "GetDirection"):
            assert getattr(first, place)() == pytest.approx(getattr(second, place)(), abs=1e-6)


def test_other_scans_have_no_such_geometry(tmp_path):
    write_image(tmp_path / "a.png", np.zeros((4, 5), np.uint8), np.eye(4))
    assert geometry_of(tmp_path / "a.png") is None
    assert geometry_of(tmp_path) is None


def _write(path, array=ARRAY, affine=AFFINE):
    write_image(path, array, affine)
    return path


def test_the_ending_does_not_decide_whether_a_file_is_packed(tmp_path):
    packed = _write(tmp_path / "a.nii.gz").read_bytes()
    (tmp_path / "packed.nii").write_bytes(packed)
    (tmp_path / "plain.nii.gz").write_bytes(gzip.decompress(packed))
    for name in ("packed.nii", "plain.nii.gz"):
        assert (read_image(tmp_path / name).array == ARRAY).all()


@pytest.mark.parametrize("more", [b"\0" * 700, b"words", gzip.compress(b"more", mtime=0)])
def test_what_follows_the_image_is_passed_over(tmp_path, more):
    path = _write(tmp_path / "a.nii.gz")
    path.write_bytes(path.read_bytes() + more)
    assert (read_image(path).array == ARRAY).all()


def test_an_image_in_several_members(tmp_path):
    path = _write(tmp_path / "a.nii.gz")
    raw = gzip.decompress(path.read_bytes())
    path.write_bytes(b"".join(gzip.compress(raw[start : start + 300]) for start in range(0, len(raw), 300)))
    assert (read_image(path).array == ARRAY).all()


def _set(path, *changes):
    raw = bytearray(gzip.decompress(path.read_bytes()))
    for kind, offset, *values in changes:
        struct.pack_into(kind, raw, offset, *values)
    path.write_bytes(gzip.compress(bytes(raw)))
    return path


@pytest.mark.parametrize("size", [0.0, np.nan, np.inf])
def test_a_slice_distance_that_is_none_is_refused(tmp_path, size):
    path = _set(_write(tmp_path / "a.nii.gz"), ("<f", 88, size), ("<hh", 252, 0, 0))
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert caught.value.where == str(path)
    assert "along axis 3" in caught.value.found


def test_a_single_slice_needs_no_distance(tmp_path):
    path = _set(_write(tmp_path / "a.nii.gz", ARRAY[:, :, 0]), ("<f", 88, 0.0), ("<hh", 252, 0, 0))
    assert read_image(path).array.shape == (9, 8)


def test_a_small_file_of_a_huge_image_is_refused_by_its_header(tmp_path, monkeypatch):
    path = _set(_write(tmp_path / "a.nii.gz"), ("<8h", 40, 3, 1000, 1000, 1500, 1, 1, 1, 1))
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert "GB in memory" in caught.value.found
    assert LIMIT in caught.value.remedy
    monkeypatch.setenv(LIMIT, "9")
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert "bytes of voxels" in caught.value.found


def test_voxels_that_begin_far_behind_the_header_are_refused_by_it(tmp_path):
    path = _set(_write(tmp_path / "a.nii.gz"), ("<f", 108, 3e9))
    with pytest.raises(DataError) as caught:
        read_image(path)
    assert "2.79 GB in memory" in caught.value.found


def test_no_more_is_unpacked_than_the_header_speaks_of(tmp_path):
    path = _write(tmp_path / "a.nii.gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + bytes(10**7)))
    assert (read_image(path).array == ARRAY).all()


@pytest.mark.parametrize("named", ["a.img", "a.hdr"])
def test_a_scan_in_two_files_is_read_by_either_and_keeps_its_geometry(tmp_path, named):
    nib.save(nib.Nifti1Pair(ARRAY, AFFINE), tmp_path / "a.img")
    image = read_image(tmp_path / named)
    np.testing.assert_array_equal(image.array, ARRAY)
    np.testing.assert_allclose(image.affine, AFFINE)
    assert geometry_of(tmp_path / named).words["sform_code"] == nib.load(tmp_path / "a.hdr").header["sform_code"]


def test_half_a_pair_and_a_header_without_sides_are_named(tmp_path):
    nib.save(nib.Nifti1Pair(ARRAY, AFFINE), tmp_path / "a.img")
    (tmp_path / "a.hdr").rename(tmp_path / "b.hdr")
    for name, missing in (("a.img", "a.hdr"), ("b.hdr", "b.img")):
        with raised(DataError, found=f"no {missing} beside it"):
            read_image(tmp_path / name)
    nib.save(nib.AnalyzeImage(ARRAY, AFFINE), tmp_path / "c.img")
    with raised(DataError, found="no NIfTI header"):
        read_image(tmp_path / "c.img")


def _coded_identity(path, array=ARRAY, sizes=(0.976562, 0.976562, 5.0003), qform=None):
    """As ISLES 2018 has them: sform code 2 with the identity, no qform, the sizes in pixdim, no unit."""
    image = nib.Nifti1Image(array, np.eye(4))
    image.header.set_sform(np.eye(4), 2)
    image.header.set_qform(qform, 1 if qform is not None else 0)
    image.header["pixdim"][:4] = (-1 if qform is None else 1, *sizes)
    image.header["xyzt_units"] = 0
    nib.save(image, path)
    return path


def test_sizes_come_from_pixdim_where_the_sform_is_an_empty_identity(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(say, "_SAID", set())
    path = _coded_identity(tmp_path / "a.nii")
    image = read_image(path)
    assert image.spacing_mm == pytest.approx((0.976562, 0.976562, 5.0003))
    assert nib.aff2axcodes(image.affine) == ("R", "A", "S")
    (line,) = capsys.readouterr().err.splitlines()
    assert "1 x 1 x 1 mm, pixdim of 0.9766 x 0.9766 x 5 mm: the pixdim counts" in line
    mask = tmp_path / "mask.nii"
    write_image(mask, (ARRAY > 9).astype(np.uint8), image.affine, geometry_of(path))
    assert read_image(mask).affine.tolist() == image.affine.tolist()
    assert SimpleITK.ReadImage(str(mask)).GetSpacing() == pytest.approx(image.spacing_mm)
    assert capsys.readouterr().err == ""  # said once


def test_a_qform_counts_where_the_sform_is_an_empty_identity(tmp_path):
    path = _coded_identity(tmp_path / "a.nii", sizes=(4, 4, 8), qform=AFFINE)
    assert read_image(path).affine.tolist() == AFFINE.tolist()


@pytest.mark.parametrize("sizes", [(1, 1, 1), (0, 0, 0), (1.001, 1, 1)])
def test_an_identity_that_pixdim_does_not_contradict_is_one(tmp_path, sizes):
    assert read_image(_coded_identity(tmp_path / "a.nii", sizes=sizes)).affine.tolist() == np.eye(4).tolist()


def test_any_other_sform_counts_against_pixdim(tmp_path):
    write_scan(tmp_path / "a.nii", np.diag([1.1, 0.9, 1.05, 1]) @ AFFINE, 4, AFFINE, 1)
    assert read_image(tmp_path / "a.nii").spacing_mm == pytest.approx((4.4, 3.6, 8.4))


def test_nibabel_reads_the_same(tmp_path):
    import nibabel as nib

    array = np.random.default_rng(0).normal(0, 500, (4, 5, 6))
    image = nib.Nifti1Image(array, affine_of(tilt=0.1))
    image.set_data_dtype(np.int16)  # makes nibabel write a slope and an intercept
    nib.save(image, tmp_path / "scaled.nii.gz")
    ours = read_image(tmp_path / "scaled.nii.gz")
    assert ours.array.dtype == np.float32
    np.testing.assert_allclose(ours.array, nib.load(tmp_path / "scaled.nii.gz").get_fdata(), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("name", ["Nifti1Image", "Nifti2Image"])
def test_both_nifti_versions_and_byte_orders_are_read(tmp_path, name):
    import nibabel as nib

    array = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    kind = getattr(nib, name)
    for endianness in "<>":
        image = kind(array, np.eye(4), kind.header_class(endianness=endianness))
        nib.save(image, tmp_path / "v.nii")
        np.testing.assert_array_equal(read_image(tmp_path / "v.nii").array, array)


def test_a_name_in_capitals_is_unpacked_too(tmp_path):
    write_image(tmp_path / "a.nii.gz", np.ones((2, 2, 2), np.uint8), np.eye(4))
    (tmp_path / "a.nii.gz").rename(tmp_path / "A.NII.GZ")
    assert read_image(tmp_path / "A.NII.GZ").array.all()


def test_voxels_of_colour_or_complex_numbers_are_refused(tmp_path):
    import nibabel as nib

    nib.save(nib.Nifti1Image(np.ones((2, 2, 2), np.complex64), np.eye(4)), tmp_path / "a.nii")
    with raised(DataError, expected="integers or real numbers"):
        read_image(tmp_path / "a.nii")


def test_what_nibabel_mends_in_a_header_is_not_said_twice(tmp_path, caplog):
    picture = nib.Nifti1Image(np.ones((4, 5), np.uint8), None)
    picture.header["pixdim"][3] = 0
    (tmp_path / "a.nii").write_bytes(picture.to_bytes())
    assert read_header(tmp_path / "a.nii").get_data_shape() == (4, 5)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("word", "value", "found"),
    [
        ("xyzt_units", 1, "voxel sizes in metres"),
        ("xyzt_units", 3 | 8, "voxel sizes in micrometres"),
        ("qform_code", -1, "a qform_code of -1"),
        ("sform_code", 7, "a sform_code of 7"),
    ],
)
def test_words_by_which_voxels_would_lie_elsewhere_are_refused(tmp_path, word, value, found):
    path = tmp_path / "a.nii"
    write_scan(path, AFFINE, 1, AFFINE, 1)
    content, (kind, at) = bytearray(path.read_bytes()), {"x": ("B", 123), "q": ("<h", 252), "s": ("<h", 254)}[word[0]]
    struct.pack_into(kind, content, at, value)
    path.write_bytes(content)
    with raised(DataError, found=found):
        read_image(path)


@pytest.mark.parametrize("units", [0, 2, 2 | 8, 2 | 40, 4])
def test_mm_and_no_known_unit_are_read(tmp_path, units):
    path = tmp_path / "a.nii"
    write_scan(path, AFFINE, 1, AFFINE, 1)
    content = bytearray(path.read_bytes())
    content[123] = units
    path.write_bytes(content)
    assert read_image(path).affine.tolist() == AFFINE.tolist()
