import json

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan
from segrepro.utils.errors import DataError
from tests.raised import raised

SMALL = {"shape": (32, 32, 6), "spacing_mm": (11.5, 11.5, 26.0)}


def test_the_labelled_patients_of_the_list_are_the_cases(tmp_path):
    write_phantom("msd", tmp_path / "a", patients=3, **SMALL)
    dataset = open_dataset("msd", tmp_path / "a")
    assert [(c.id, c.patient, list(c.images)) for c in dataset.cases] == [
        (f"spleen_{n}", f"spleen_{n}", ["ct"]) for n in (1, 2, 3)
    ]
    assert dataset.label_names == ("background", "spleen")
    assert check_dataset(dataset) == []


def test_a_listed_file_that_is_missing_is_reported(tmp_path):
    write_phantom("msd", tmp_path / "a", patients=2, **SMALL)
    (tmp_path / "a/Task09_Spleen/labelsTr/spleen_2.nii.gz").unlink()
    (fault,) = check_dataset(open_dataset("msd", tmp_path / "a"))
    assert (fault.case, fault.found) == ("spleen_2", "no label beside it")


@pytest.mark.parametrize("content", ["{", "[]", '{"training": [{"image": "a.nii.gz"}]}', '{"training": 3}'])
def test_a_damaged_list_is_named(tmp_path, content):
    (tmp_path / "dataset.json").write_text(content)
    with raised(DataError, where="dataset.json", expected='a list "training"'):
        open_dataset("msd", tmp_path)


def test_the_real_spleen_is_sound(real_data):
    dataset = open_dataset("msd", real_data / "msd-spleen")
    assert check_dataset(dataset) == []
    (case,) = dataset.cases
    scan = read_scan(case.images["ct"])
    spleen = read_label(case.labels, scan, case.images["ct"])
    assert spleen.sum() == 96672
    assert 80 < np.median(scan.array[spleen > 0]) < 200
    assert json.loads((real_data / "msd-spleen/Task09_Spleen/dataset.json").read_text())["labels"]["1"] == "spleen"
