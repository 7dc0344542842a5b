import shutil
import traceback

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from segrepro.datasets.phantoms._dicom import place, write_masks, write_series
from segrepro.images.dicom import read_series, read_slice_masks, slice_files
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.io import write_image
from segrepro.images.scans import read_scan
from segrepro.utils.errors import DataError
from tests.raised import raised

SHAPE, SPACING = (7, 6, 5), (0.7, 0.9, 2.5)
PRIVATE = ("Invented", "19630229")


def write(folder, patient=0, intercept=-1024, shape=SHAPE, seed=0):
    """A small series of noise; returns what was drawn."""
    rng = np.random.default_rng(seed)
    volume = rng.integers(-1000, 1500, shape) if intercept else rng.integers(0, 1500, shape)
    placement = place(np.random.default_rng(9), patient, shape, SPACING)
    write_series(folder, volume, placement, "s{:03d}".format, "P7", intercept)
    return volume, placement


def change(path, **tags):
    data = pydicom.dcmread(path)
    for tag, value in tags.items():
        if value is None:
            delattr(data, tag)
        else:
            setattr(data, tag, value)
    data.save_as(path)


def refused(folder, match):
    """The message, after making sure that no private value stands in it or in its traceback."""
    with pytest.raises(DataError, match=match) as error:
        read_series(folder)
    told = "".join(traceback.format_exception(error.value))
    assert not any(secret in told for secret in PRIVATE)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("patient", range(4))
def test_itk_reads_the_same_volume_at_the_same_place(tmp_path, patient):
    import SimpleITK

    write(tmp_path / "a", patient)
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path / "a")))
    image = reader.Execute()
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    ours = read_series(tmp_path / "a")
    np.testing.assert_array_equal(ours.array, SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0))
    np.testing.assert_allclose(ours.affine, np.diag([-1, -1, 1, 1]) @ affine, atol=1e-4)


@pytest.mark.parametrize("patient", range(4))
def test_what_was_drawn_comes_back_whatever_the_names_say(tmp_path, patient):
    volume, placement = write(tmp_path / "a", patient)
    image = read_scan(tmp_path / "a")
    slices = to_slices(image.array, orientation_of(image, tmp_path))
    np.testing.assert_array_equal(slices, volume.transpose(2, 1, 0))
    assert image.spacing_mm == pytest.approx(SPACING)
    names = [pydicom.dcmread(p).ImagePositionPatient[2] for p in slice_files(tmp_path / "a")]
    assert (names == sorted(names)) == (patient == 1)


def test_values_are_integers_as_long_as_slope_and_intercept_are(tmp_path):
    volume, _ = write(tmp_path / "a", 1)
    kept, _ = write(tmp_path / "b", 1, intercept=None)
    assert read_series(tmp_path / "a").array.dtype == np.int16
    assert read_series(tmp_path / "b").array.dtype == np.uint16
    for path in slice_files(tmp_path / "b"):
        change(path, RescaleSlope=1)
    change(tmp_path / "b" / "s002.dcm", RescaleSlope=100, RescaleIntercept=-3)
    wide = read_series(tmp_path / "b").array
    assert wide.dtype == np.int32
    np.testing.assert_array_equal(np.sort(wide[:, :, 2], None), np.sort(kept[:, :, 2] * 100 - 3, None))
    change(tmp_path / "b" / "s001.dcm", RescaleSlope=0.25)
    scaled = read_series(tmp_path / "b").array
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(np.sort(scaled[:, :, 1], None), np.sort(kept[:, :, 1] * 0.25, None))


def test_the_thickness_of_slices_is_not_their_distance(tmp_path):
    write(tmp_path / "a")
    assert float(pydicom.dcmread(tmp_path / "a" / "s000.dcm").SliceThickness) == pytest.approx(1.6 * 2.5)
    assert read_series(tmp_path / "a").spacing_mm[2] == pytest.approx(2.5)


def test_only_geometry_and_pixels_are_read(tmp_path):
    write(tmp_path / "a")
    assert pydicom.dcmread(tmp_path / "a" / "s000.dcm").PatientName == "Invented^P7"
    from segrepro.images.dicom import read_slices

    told = repr(read_slices(tmp_path / "a")) + repr(read_series(tmp_path / "a"))
    assert not any(secret in told for secret in PRIVATE)


def test_a_missing_slice_is_named_by_its_neighbours(tmp_path):
    write(tmp_path / "a", 1)
    (tmp_path / "a" / "s001.dcm").unlink()
    assert "s002.dcm" in refused(tmp_path / "a", r"5 mm to s000.dcm, elsewhere 2.5 mm")


def test_two_slices_at_one_position(tmp_path):
    write(tmp_path / "a")
    shutil.copy(tmp_path / "a" / "s001.dcm", tmp_path / "a" / "s001 copy.dcm")
    refused(tmp_path / "a", "the same position as s001")


@pytest.mark.parametrize(
    ("tags", "match"),
    [
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0.9, 0.4359]}, "another orientation"),
        ({"PixelSpacing": [0.8, 0.8]}, "another pixel spacing"),
        ({"SeriesInstanceUID": "1.2.3"}, "files of 2 series"),
        ({"ImagePositionPatient": None}, "no ImagePositionPatient of 3 numbers"),
        ({"ImagePositionPatient": [1, 2]}, "no ImagePositionPatient of 3 numbers"),
        ({"SamplesPerPixel": 3}, "colours or many frames"),
        ({"NumberOfFrames": 4}, "colours or many frames"),
        ({"PixelData": None}, "pixels that break off or are missing"),
    ],
)
def test_a_slice_that_does_not_belong_is_named(tmp_path, tags, match):
    write(tmp_path / "a")
    change(tmp_path / "a" / "s003.dcm", **tags)
    refused(tmp_path / "a", match)


@pytest.mark.parametrize("spacing", [[0.9, 0], [-0.9, 0.7]])
def test_pixels_without_a_size_are_refused(tmp_path, spacing):
    write(tmp_path / "a")
    for path in slice_files(tmp_path / "a"):
        change(path, PixelSpacing=spacing)
    refused(tmp_path / "a", "a PixelSpacing of {:g} x {:g} mm; expected two lengths above 0".format(*spacing))


def test_slices_of_another_size(tmp_path):
    write(tmp_path / "a", 1)
    write(tmp_path / "b", 1, shape=(9, 9, 9))
    shutil.copy(tmp_path / "b" / "s008.dcm", tmp_path / "a")
    for path in slice_files(tmp_path / "a"):
        change(path, SeriesInstanceUID="1.2.3")
    refused(tmp_path / "a", "another size than in s000.dcm")


def test_anonymous_files_that_are_each_a_series_of_their_own_are_one(tmp_path):
    volume, _ = write(tmp_path / "a", 1)
    for number, path in enumerate(slice_files(tmp_path / "a")):
        change(path, SeriesInstanceUID=f"1.2.3.{number}")
    assert read_series(tmp_path / "a").array.shape == volume.shape


def test_folders_that_hold_no_series(tmp_path):
    with raised(DataError, found="no such folder"):
        read_series(tmp_path / "a")
    (tmp_path / "a").mkdir()
    refused(tmp_path / "a", "0 DICOM slices")
    write(tmp_path / "b")
    (tmp_path / "b" / "notes").write_text("Invented")
    refused(tmp_path / "b", "notes: found no DICOM file")
    (tmp_path / "b" / "notes").rename(tmp_path / "b" / ".DS_Store")
    assert read_series(tmp_path / "b").array.shape == SHAPE


def test_what_lies_beside_slices_is_passed_over_and_said(tmp_path, capsys):
    volume, _ = write(tmp_path / "a", 1)
    before = read_series(tmp_path / "a").array
    for name in ("README", "notes.txt", "Thumbs.db"):
        (tmp_path / "a" / name).write_text("Invented")
    report = pydicom.dcmread(tmp_path / "a" / "s000.dcm")
    report.SOPClassUID = pydicom.uid.BasicTextSRStorage
    del report.Rows, report.PixelData
    report.save_as(tmp_path / "a" / "report.dcm")
    np.testing.assert_array_equal(read_series(tmp_path / "a").array, before)
    (line,) = capsys.readouterr().err.splitlines()
    assert "4 files" in line


def test_slices_without_preamble(tmp_path):
    write(tmp_path / "a", 1)
    before = read_series(tmp_path / "a")
    for path in slice_files(tmp_path / "a"):
        data = pydicom.dcmread(path)
        bare = pydicom.Dataset(data)
        bare.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
        assert path.read_bytes()[128:132] != b"DICM"
    np.testing.assert_array_equal(read_series(tmp_path / "a").array, before.array)


@pytest.mark.parametrize("tags", [{"PhotometricInterpretation": "MONOCHROME1"}, {"PresentationLUTShape": "INVERSE"}])
def test_white_is_high_whatever_the_header_calls_white(tmp_path, tags):
    write(tmp_path / "a", 1, intercept=None)
    before = read_series(tmp_path / "a").array
    low, high = int(before.min()), int(before.max())
    for path in slice_files(tmp_path / "a"):
        pixels = pydicom.dcmread(path).pixel_array
        change(path, PixelData=(low + high - pixels.astype(int)).astype(np.uint16).tobytes(), **tags)
    np.testing.assert_array_equal(read_series(tmp_path / "a").array, before - low)
    change(path, **{tag: "MONOCHROME2" if "Photo" in tag else "IDENTITY" for tag in tags})
    refused(tmp_path / "a", "some have white at the low end")


def test_hounsfield_units_stay_what_they_are_however_they_are_shown(tmp_path):
    write(tmp_path / "a", 1)
    before = read_series(tmp_path / "a").array
    for path in slice_files(tmp_path / "a"):
        change(path, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(read_series(tmp_path / "a").array, before)


@pytest.mark.parametrize(("intercept", "value"), [(-1024, -1024), (None, None)])
def test_padding_is_air_or_the_lowest_value_that_was_measured(tmp_path, intercept, value):
    write(tmp_path / "a", 1, intercept=intercept)
    before = read_series(tmp_path / "a").array
    for path in slice_files(tmp_path / "a"):
        data = pydicom.dcmread(path)
        pixels = data.pixel_array.copy()
        pixels[:2, :2] = 63536  # -2000 in 16 bits
        data.PixelData = pixels.tobytes()
        data.add_new("PixelPaddingValue", "US", 63536)
        data.save_as(path)
    after = read_series(tmp_path / "a").array
    np.testing.assert_array_equal(after[2:], before[2:])
    assert after.dtype == before.dtype or intercept
    padded = after[:2, :2]
    assert (padded == (value if value is not None else min(after[2:].min(), after[:2, 2:].min()))).all()


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "PALETTE COLOR"),
        ({"PhotometricInterpretation": "YBR_FULL"}, "pixels of the kind YBR_FULL"),
        ({"PhotometricInterpretation": None}, "pixels of the kind unknown"),
        ({"RescaleSlope": 0}, "a RescaleSlope of 0"),
        ({"BitsStored": 12}, "a HighBit of 15 beside 12 stored bits"),
        ({"ModalityLUTSequence": [pydicom.Dataset()]}, "values given by a table"),
        ({"RescaleIntercept": ""}, "a RescaleIntercept that is no number"),
        ({"ImageOrientationPatient": [0, 0, 0, 0, 1, 0]}, "span no slice"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0.1, 0]}, "span no slice"),
    ],
)
def test_headers_that_no_value_or_place_can_be_had_from(tmp_path, tags, found):
    write(tmp_path / "a", 1)
    for path in slice_files(tmp_path / "a"):
        change(path, **tags)
    refused(tmp_path / "a", found)


def test_directions_of_another_length_do_not_change_the_spacing(tmp_path):
    write(tmp_path / "a", 1)
    before = read_series(tmp_path / "a")
    for path in slice_files(tmp_path / "a"):
        change(path, ImageOrientationPatient=[2 * one for one in pydicom.dcmread(path).ImageOrientationPatient])
    np.testing.assert_allclose(read_series(tmp_path / "a").affine, before.affine)


def test_packed_pixels_that_cannot_be_read(tmp_path):
    write(tmp_path / "a")
    path = tmp_path / "a" / "s000.dcm"
    data = pydicom.dcmread(path)
    data.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000Lossless
    data.PixelData = pydicom.encaps.encapsulate([b"\xff\x4f\x00\x00"])
    data.save_as(path)
    refused(tmp_path / "a", "pixels packed as JPEG 2000")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
@example(share=0.7795544650280882)  # within a number
def test_a_truncated_file_is_named_wherever_it_breaks_off(tmp_path_factory, share):
    folder = tmp_path_factory.mktemp("cut") / "a"
    write(folder)
    raw = (folder / "s002.dcm").read_bytes()
    (folder / "s002.dcm").write_bytes(raw[: int(share * len(raw))])
    assert "s002.dcm" in refused(folder, "found")


def masks_of(folder, patient, name="m{:03d}"):
    volume, placement = write(folder / "scan", patient)
    labels = (volume > 0).astype(np.uint8) * 255
    write_masks(folder / "masks", labels, placement, name.format)
    return labels


@pytest.mark.parametrize("patient", range(4))
def test_masks_follow_their_slices_in_the_order_of_names(tmp_path, patient):
    masks_of(tmp_path, patient)
    image, masks = read_series(tmp_path / "scan"), read_slice_masks(tmp_path / "masks", tmp_path / "scan")
    np.testing.assert_array_equal(masks.array > 0, image.array > 0)
    np.testing.assert_array_equal(masks.affine, image.affine)


def test_numbers_in_names_count_as_numbers(tmp_path):
    shape = (4, 4, 12)
    volume = np.broadcast_to(np.arange(12) * 10, shape)
    placement = place(np.random.default_rng(0), 0, shape, SPACING)
    write_series(tmp_path / "scan", volume, placement, "i{}".format, "P", None)
    write_masks(tmp_path / "masks", volume.astype(np.uint8), placement, "{:03d}".format)
    masks = read_slice_masks(tmp_path / "masks", tmp_path / "scan")
    np.testing.assert_array_equal(masks.array, read_series(tmp_path / "scan").array)


def test_masks_that_do_not_fit_the_slices(tmp_path):
    masks_of(tmp_path, 0, "s{:03d}")
    (tmp_path / "masks" / "s002.png").rename(tmp_path / "masks" / "s009.png")
    with raised(DataError, found="1 of 5 pictures, such as s009, without a slice of that name"):
        read_slice_masks(tmp_path / "masks", tmp_path / "scan")
    write_image(tmp_path / "masks" / "s009.png", np.zeros((3, 3), np.uint8), np.eye(4))
    (tmp_path / "masks" / "s009.png").rename(tmp_path / "masks" / "s002.png")
    with raised(DataError, found=r"pictures of shape \(6, 7\), \(3, 3\)|pictures of shape \(3, 3\), \(6, 7\)"):
        read_slice_masks(tmp_path / "masks", tmp_path / "scan")
    (tmp_path / "masks" / "s002.png").unlink()
    with raised(DataError, found="4 pictures", expected="5"):
        read_slice_masks(tmp_path / "masks", tmp_path / "scan")


def test_a_real_series_is_what_itk_reads(real_data):
    import SimpleITK

    folder = real_data / "chaos" / "CT" / "3" / "DICOM_anon"
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image, ours = reader.Execute(), read_series(folder)
    np.testing.assert_array_equal(ours.array, SimpleITK.GetArrayFromImage(image).transpose(2, 1, 0))
    assert ours.spacing_mm == pytest.approx(image.GetSpacing())
    assert ours.affine[:3, 3] == pytest.approx(np.array(image.GetOrigin()) * (-1, -1, 1))
    assert "CHAOS^" not in repr(ours)
