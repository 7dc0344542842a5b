"""What the stored numbers of DICOM slices mean."""

import locale
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.dataset import Dataset

from segrepro.datasets.phantoms._dicom import place, write_series
from segrepro.images.dicom import read_series
from segrepro.images.dicom_values import Meaning, decoded, locale_kept, meaning_of, values_of
from segrepro.utils.errors import DataError
from tests.raised import raised

STORED = np.arange(6, dtype=np.int16).reshape(2, 3, 1)
FOLDER = Path("series")


def header(**tags):
    data = Dataset()
    for name, value in tags.items():
        setattr(data, name, value)
    return data


def test_slope_and_intercept_and_whole_numbers_stay_whole():
    values = values_of(STORED, [Meaning(2, -1024)], FOLDER)
    assert values.dtype == np.int16
    np.testing.assert_array_equal(values, STORED * 2 - 1024)
    assert values_of(STORED, [Meaning(0.5)], FOLDER).dtype == np.float32
    assert values_of(STORED, [Meaning()], FOLDER) is STORED


def test_padding_is_air_in_ct_and_the_lowest_measured_value_elsewhere():
    stored = np.array([-2000, 0, 50], np.int16).reshape(3, 1, 1)
    ct = values_of(stored, [Meaning(is_ct=True, padding=(-2000, -2000))], FOLDER)
    mr = values_of(stored, [Meaning(padding=(-2000, -2000))], FOLDER)
    assert (ct.ravel().tolist(), mr.ravel().tolist()) == ([-1024, 0, 50], [0, 0, 50])


def test_white_at_the_low_end_is_turned_over_but_not_in_ct():
    inverted = meaning_of(FOLDER, header(PhotometricInterpretation="MONOCHROME1", Modality="MR"))
    assert values_of(STORED, [inverted], FOLDER).ravel().tolist() == [5, 4, 3, 2, 1, 0]
    # A masked background, which is the highest number, becomes 0 and stays it whatever the lowest number is.
    assert values_of(STORED + 90, [inverted], FOLDER).ravel().tolist() == [5, 4, 3, 2, 1, 0]
    assert values_of(STORED - 9, [inverted], FOLDER).ravel().tolist() == [-4, -5, -6, -7, -8, -9]
    assert not meaning_of(FOLDER, header(PhotometricInterpretation="MONOCHROME1", Modality="CT")).inverted
    both = header(PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE")
    assert not meaning_of(FOLDER, both).inverted


@pytest.mark.parametrize("tags", [{"PhotometricInterpretation": "PALETTE COLOR"}, {"RescaleSlope": 0}])
def test_what_cannot_be_values_is_refused(tags):
    with pytest.raises(DataError) as caught:
        meaning_of(FOLDER, header(**tags))
    assert caught.value.where == str(FOLDER)


def test_slices_of_two_kinds_are_no_series():
    with pytest.raises(DataError):
        values_of(np.zeros((2, 2, 2), np.int16), [Meaning(), Meaning(inverted=True)], FOLDER)
    with raised(DataError, found="1 of 2 slices with a RescaleSlope or RescaleIntercept"):
        values_of(np.zeros((2, 2, 2), np.int16), [Meaning(), Meaning(rescaled=True)], FOLDER)


@pytest.mark.parametrize("how", ["JPEG2000", "JPEG"])
@pytest.mark.parametrize("intercept", [None, -1024])
def test_packed_slices_are_unpacked_without_a_further_package(tmp_path, how, intercept):
    rng = np.random.default_rng(0)
    volume = rng.integers(-900 if intercept else 0, 900, (20, 24, 3)).astype(np.int16)
    write_series(tmp_path / "plain", volume, place(rng, 0, volume.shape, (1, 1, 3)), "s{}".format, "7", intercept)
    (tmp_path / "packed").mkdir()
    for path in (tmp_path / "plain").iterdir():
        writer = SimpleITK.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.KeepOriginalImageUIDOn()
        writer.UseCompressionOn()
        writer.SetCompressor(how)
        writer.SetFileName(str(tmp_path / "packed" / path.name))
        with locale_kept():
            image = SimpleITK.ReadImage(str(path), imageIO="GDCMImageIO")
            writer.Execute(SimpleITK.Cast(image, SimpleITK.sitkInt16) if intercept else image)
    before = locale.setlocale(locale.LC_ALL)
    packed = pydicom.dcmread(tmp_path / "packed/s0.dcm")
    assert packed.file_meta.TransferSyntaxUID.is_compressed
    assert decoded(tmp_path / "packed/s0.dcm", packed).dtype.itemsize == 2
    assert np.array_equal(read_series(tmp_path / "packed").array, read_series(tmp_path / "plain").array)
    assert locale.setlocale(locale.LC_ALL) == before


def test_what_nobody_unpacks_is_none(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"no DICOM")
    assert decoded(tmp_path / "a.dcm", header()) is None
