"""The phantom of CHAOS CT: folders and values of the challenge."""

import numpy as np
import pydicom

from segrepro.datasets import open_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan
from tests.scans import SMALL_PHANTOMS


def test_names_and_masks_are_those_of_the_challenge(tmp_path):
    write_phantom("chaos_ct", tmp_path / "set", **SMALL_PHANTOMS["chaos_ct"])
    scans = tmp_path / "set/Train_Sets/CT"
    assert sorted(path.name for path in scans.iterdir()) == ["1", "2", "3", "4"]
    assert sorted(path.name for path in (scans / "2/DICOM_anon").iterdir()) == [f"i{n:04d},0000b.dcm" for n in range(6)]
    assert sorted(path.name for path in (scans / "2/Ground").iterdir()) == [f"liver_GT_{n:03d}.png" for n in range(6)]
    header = pydicom.dcmread(scans / "1/DICOM_anon/i0000,0000b.dcm", stop_before_pixels=True)
    assert (header.Modality, header.RescaleIntercept, header.Rows, header.Columns) == ("CT", -1024, 32, 32)


def test_values_are_hounsfield_units_and_the_liver_is_brighter_than_water(tmp_path):
    write_phantom("chaos_ct", tmp_path / "set", **SMALL_PHANTOMS["chaos_ct"])
    for case in open_dataset("chaos_ct", tmp_path / "set").cases:
        image = read_scan(case.images["ct"])
        liver = read_label(case.labels, image, case.images["ct"])
        assert np.unique(liver).tolist() == [0, 1]
        assert image.array.min() < -900  # air
        assert 0 < np.median(image.array[liver == 1]) < 200
