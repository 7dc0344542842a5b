"""The phantom of MSD Task09: its contents file, and spleens alone in its masks."""

import json

import numpy as np

from segrepro.datasets.phantoms import write_phantom
from segrepro.images.io import read_image
from tests.scans import SMALL_PHANTOMS


def test_the_contents_file_names_every_scan_and_its_mask(tmp_path):
    write_phantom("msd", tmp_path / "set", **SMALL_PHANTOMS["msd"])
    task = tmp_path / "set/Task09_Spleen"
    contents = json.loads((task / "dataset.json").read_text())
    assert (contents["numTraining"], contents["labels"]) == (4, {"0": "background", "1": "spleen"})
    assert len(contents["training"]) == 4
    for entry in contents["training"]:
        scan, mask = (read_image(task / entry[part]) for part in ("image", "label"))
        assert (scan.array.dtype, mask.array.dtype) == (np.int16, np.uint8)
        assert scan.array.shape == mask.array.shape == (32, 32, 6)
        np.testing.assert_allclose(np.abs(np.diag(scan.affine)), (12, 12, 30, 1))
        assert np.array_equal(scan.affine, mask.affine)
        assert np.unique(mask.array).tolist() == [0, 1]


def test_the_spleen_lies_on_the_patients_left(tmp_path):
    """In RAS+ x grows to the patient's right, and the drawn midline is x = 0."""
    write_phantom("msd", tmp_path / "set", **SMALL_PHANTOMS["msd"])
    for path in sorted((tmp_path / "set/Task09_Spleen/labelsTr").iterdir()):
        mask = read_image(path)
        voxels = np.argwhere(mask.array).mean(0)
        assert (mask.affine @ [*voxels, 1])[0] < -20
