""""""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from segrepro.datasets import Case
from segrepro.images.io import read_image, write_image
from segrepro.preprocessing.preparation import Preparation, PreparedCase, prepare_case
from segrepro.preprocessing.resize_crop import to_scan_grid
from segrepro.utils.errors import DataError, GridError
from tests.raised import raised
from tests.scans import affine_of, write_case, write_slices

CODES = ["RAS", "LAS", "LPS", "LPI", "SAR", "ASL", "PIR", "IRA", "RSA"]


def inside(shape, record):
    """Where the source voxels survive the crop, on the source's own grid."""
    return to_scan_grid(np.ones(record.shape, bool), record)


def test_the_papers_crop_is_rows_5_to_229_and_columns_2_to_194(tmp_path):
    volume = np.zeros((197, 233, 5), np.uint8)
    volume[2, 5, 1] = volume[193, 228, 3] = 200
    volume[1, 5, 1] = volume[194, 228, 3] = 100
    case = volume_case(tmp_path, volume, affine_of("RAS", (1, 1, 1)))
    prepared = prepare_case(case, Preparation(size=(224, 192), start=(5, 2)))
    image = prepared.arrays["t1"]
    assert image.shape == (5, 224, 192)
    assert image.dtype == np.float16
    assert {tuple(p) for p in np.argwhere(image == 1).tolist()} == {(1, 0, 0), (3, 223, 191)}
    assert np.count_nonzero(image) == 2
    assert prepared.record.full_shape == (5, 233, 197)


def volume_case(folder, array, affine):
    write_image(folder / "v.nii.gz", array, affine)
    return Case("v", "v", "", {"t1": folder / "v.nii.gz"})


@pytest.mark.parametrize("codes", CODES)
def test_every_orientation_shows_the_same_slices(tmp_path, codes):
    """One scan stored in two orders of its axes is one scan."""
    import nibabel as nib

    volume = np.random.default_rng(3).integers(0, 200, (5, 6, 7), dtype=np.uint8)
    image = nib.Nifti1Image(volume, affine_of("RAS", (1, 2, 3), tilt=0.2))
    turned = image.as_reoriented(
        nib.orientations.ornt_transform(nib.io_orientation(image.affine), nib.orientations.axcodes2ornt(codes))
    )
    case = volume_case(tmp_path, np.asarray(turned.dataobj), turned.affine)
    prepared = prepare_case(case, Preparation(size=(6, 5)))
    scaled = (volume - volume.min()) / np.ptp(volume)
    np.testing.assert_allclose(prepared.arrays["t1"], scaled.transpose(2, 1, 0), atol=1e-3)
    assert prepared.record.orientation == codes
    assert prepared.record.spacing_mm == pytest.approx([3, 2, 1], abs=1e-5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    codes=st.sampled_from(CODES),
    tilt=st.floats(-0.6, 0.6),
    spacing=st.tuples(*[st.floats(0.3, 6)] * 3),
    shape=st.tuples(*[st.integers(1, 9)] * 3),
    size=st.tuples(*[st.integers(1, 12)] * 2),
)
def test_what_lies_in_the_crop_comes_back_on_the_scans_own_grid(tmp_path, codes, tilt, spacing, shape, size):
    affine = affine_of(codes, spacing, tilt)
    case = write_case(tmp_path, shape, affine)
    prepared = prepare_case(case, Preparation(size=size))
    record = PreparedCase.model_validate_json(prepared.record.model_dump_json())
    source = read_image(case.labels[0])
    kept = inside(shape, record)
    back = to_scan_grid(prepared.arrays["label"], record)
    np.testing.assert_array_equal(back, source.array * kept)
    assert record.label_voxels + record.label_voxels_lost == source.array.sum()
    assert back.dtype == np.uint8
    write_image(tmp_path / "back.nii.gz", back, np.array(record.affine))
    written = read_image(tmp_path / "back.nii.gz")
    np.testing.assert_array_equal(written.affine, source.affine)
    assert written.array.shape == source.array.shape


def test_intensity_spans_0_to_1_over_the_whole_volume_and_padding_is_0(tmp_path):
    case = write_case(tmp_path, (4, 4, 4))
    image = prepare_case(case, Preparation(size=(8, 8))).arrays["t1"]
    assert (image.min(), image.max()) == (0, 1)
    assert not image[:, :2].any()
    assert not image[:, :, 6:].any()
    middle = prepare_case(case, Preparation(size=(2, 2))).arrays["t1"]
    np.testing.assert_array_equal(middle, image[:, 3:5, 3:5])


def test_an_image_of_one_value_becomes_0(tmp_path):
    case = volume_case(tmp_path, np.full((3, 3, 3), 9, np.int16), affine_of())
    assert not prepare_case(case, Preparation(size=(3, 3))).arrays["t1"].any()


def test_lesion_outside_the_crop_is_counted(tmp_path):
    case = write_case(tmp_path, (6, 6, 2))
    label = np.zeros((6, 6, 2), np.uint8)
    label[0, 0, 0] = label[0, 1, 1] = label[3, 3, 0] = 255
    write_image(case.labels[0], label, affine_of())
    prepared = prepare_case(case, Preparation(size=(2, 2)))
    assert (prepared.record.label_voxels, prepared.record.label_voxels_lost) == (1, 2)
    assert prepared.arrays["label"].max() == 1


def test_several_label_files_are_united(tmp_path):
    case = write_case(tmp_path, (6, 6, 2))
    second = tmp_path / "second.nii.gz"
    write_image(second, np.full((6, 6, 2), 255, np.uint8), affine_of())
    united = prepare_case(replace(case, labels=(*case.labels, second)), Preparation(size=(6, 6)))
    assert united.arrays["label"].all()


def test_a_picture_is_one_slice_and_comes_back(tmp_path):
    from segrepro.datasets import open_dataset

    write_slices(tmp_path, ["a"])
    (case,) = open_dataset("slices", tmp_path).cases
    prepared = prepare_case(case, Preparation(slices="none", size=(16, 8)))
    assert prepared.arrays["image"].shape == (1, 16, 8)
    back = to_scan_grid(prepared.arrays["label"], prepared.record)
    expected = read_image(case.labels[0]).array > 0
    assert back.shape == expected.shape
    np.testing.assert_array_equal(back, expected)  # the mask lies inside the crop


def test_a_flat_nifti_and_one_with_an_axis_too_many_come_back_as_volumes(tmp_path):
    for shape in [(5, 4), (5, 4, 1), (5, 4, 3, 1)]:
        case = volume_case(tmp_path, np.ones(shape, np.uint8), np.eye(4))
        prepared = prepare_case(case, Preparation(size=(4, 5)))
        assert prepared.arrays["t1"].shape == (shape[2] if len(shape) > 2 else 1, 4, 5)
        assert to_scan_grid(prepared.arrays["t1"], prepared.record).shape == (*shape, 1)[:3]


@pytest.mark.parametrize(
    ("label_shape", "shift", "found"), [((4, 4, 5), 0, "shape"), ((4, 4, 4), 0.5, "differs by 0.5")]
)
def test_a_label_on_another_grid_is_refused(tmp_path, label_shape, shift, found):
    case = write_case(tmp_path, (4, 4, 4))
    affine = affine_of()
    affine[1, 3] += shift
    write_image(case.labels[0], np.ones(label_shape, np.uint8), affine)
    with raised(GridError, found=found):
        prepare_case(case, Preparation(size=(4, 4)))


def test_faulty_cases_are_refused_in_one_line(tmp_path):
    case = write_case(tmp_path, (4, 4, 4))
    image = np.ones((4, 4, 4), np.float32)
    image[0, 0, 0] = np.inf
    with raised(DataError, found="all outside the crop"):
        prepare_case(case, Preparation(size=(4, 4), start=(9, 0)))
    with raised(DataError, found="a volume", expected="a picture"):
        prepare_case(case, Preparation(slices="none", size=(4, 4)))
    with raised(DataError, found="no image"):
        prepare_case(replace(case, images={}), Preparation(size=(4, 4)))
    write_image(case.images["t1"], image, affine_of())
    with raised(DataError, found="NaN or infinity"):
        prepare_case(case, Preparation(size=(4, 4)))


def test_a_colour_picture_is_refused_but_a_grey_one_in_colour_is_read(tmp_path):
    import cv2

    grey = np.random.default_rng(0).integers(0, 255, (6, 5), dtype=np.uint8)
    case = Case("p", "p", "", {"image": tmp_path / "p.png"})
    preparation = Preparation(slices="none", size=(6, 5))
    cv2.imwrite(str(tmp_path / "p.png"), np.stack([grey] * 3, -1))
    in_colour = prepare_case(case, preparation).arrays["image"]
    cv2.imwrite(str(tmp_path / "p.png"), grey)
    np.testing.assert_array_equal(in_colour, prepare_case(case, preparation).arrays["image"])
    cv2.imwrite(str(tmp_path / "p.png"), np.stack([grey, grey, 255 - grey], -1))
    with raised(DataError, expected="a grey picture"):
        prepare_case(case, preparation)


def test_a_prediction_of_another_shape_is_refused(tmp_path):
    record = prepare_case(write_case(tmp_path, (4, 4, 4)), Preparation(size=(6, 6))).record
    with raised(GridError, where="case", found="shape"):
        to_scan_grid(np.zeros((4, 6, 7)), record)


def test_a_preparation_refuses_unknown_keys_and_sizes():
    for wrong in ({"sizes": (1, 1)}, {"size": (0, 4)}, {"size": (4, 4), "slices": "oblique"}):
        with pytest.raises(ValidationError):
            Preparation(**wrong)


REAL = {
    "isles22": (
        "sub-strokecase0009_ses-0001_dwi.nii.gz",
        "sub-strokecase0009_ses-0001_msk.nii.gz",
        (112, 112),
    ),
    "msd-spleen": (
        "Task09_Spleen/imagesTr/spleen_2.nii.gz",
        "Task09_Spleen/labelsTr/spleen_2.nii.gz",
        (192, 160),
    ),
    "wmh-like": ("26/pre/T1.nii.gz", "26/wmh.nii.gz", (200, 180)),
}


@pytest.mark.parametrize("name", REAL)
def test_real_volumes_come_back_on_their_own_grid(real_data, tmp_path, name):
    image, label, size = REAL[name]
    folder = real_data / name
    case = Case(name, name, "", {"image": folder / image}, (folder / label,))
    prepared = prepare_case(case, Preparation(size=size))
    source = read_image(folder / label)
    kept = inside(source.array.shape, prepared.record)
    back = to_scan_grid(prepared.arrays["label"], prepared.record)
    np.testing.assert_array_equal(back, (source.array > 0) * kept)
    assert prepared.record.label_voxels > 100
    assert prepared.record.label_voxels_lost == 0
    write_image(tmp_path / "back.nii.gz", back, np.array(prepared.record.affine))
    np.testing.assert_allclose(read_image(tmp_path / "back.nii.gz").affine, source.affine, atol=1e-4)
    scan = read_image(folder / image).array.astype(float)
    scaled = (scan - scan.min()) / np.ptp(scan)
    np.testing.assert_allclose(to_scan_grid(prepared.arrays["image"], prepared.record), scaled * kept, atol=1e-3)
