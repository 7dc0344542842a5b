import json

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.layouts import find_label_names, fitting_layout
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


def written(folder, **description):
    entry = {"image": "./imagesTr/a_1.nii.gz", "label": "./labelsTr/a_1.nii.gz"}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps({"training": [entry]} | description))
    for part in ("imagesTr", "labelsTr"):
        (folder / part).mkdir(exist_ok=True)
        (folder / part / "a_1.nii.gz").touch()
    return folder


def test_another_task_on_ct_has_its_own_labels(tmp_path):
    labels = {"0": "background", "1": "liver", "2": "cancer"}
    folder = written(tmp_path / "Task03_Liver", modality={"0": "CT"}, labels=labels)
    assert find_label_names("msd", folder) == {1: "liver", 2: "cancer"}
    (case,) = open_dataset("msd", folder).cases
    assert case.label_ranges == ((1, 1, 1), (2, 2, 2))
    one = written(tmp_path / "Task10_Colon", modality={"0": "CT"}, labels={"0": "background", "1": "colon cancer"})
    assert find_label_names("msd", one) == {1: "colon cancer"}


@pytest.mark.parametrize(
    ("modality", "found"), [({"0": "MRI"}, "a task of MRI"), ({"0": "FLAIR", "1": "T1w"}, "a task of FLAIR, T1w")]
)
def test_a_task_of_other_scans_is_sent_to_the_layout_that_reads_it(tmp_path, modality, found):
    with raised(DataError, found=found, remedy="nnUNetv2_convert_MSD_dataset .* layout nnunet"):
        open_dataset("msd", written(tmp_path, modality=modality))


def test_a_description_of_nnunet_is_none_of_the_decathlon(tmp_path):
    (tmp_path / "dataset.json").write_text('{"channel_names": {"0": "CT"}, "labels": {"whole": [1, 2]}}')
    with raised(DataError, where="dataset.json", found=r"the region \[1, 2\]") as caught:
        fitting_layout(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_the_real_spleen_is_sound(real_data):
    dataset = open_dataset("msd", real_data / "msd-spleen")
    assert check_dataset(dataset) == []
    (case,) = dataset.cases
    scan = read_scan(case.images["ct"])
    spleen = read_label(case.labels, scan, case.images["ct"])
    assert spleen.sum() == 96672
    assert 80 < np.median(scan.array[spleen > 0]) < 200
    assert json.loads((real_data / "msd-spleen/Task09_Spleen/dataset.json").read_text())["labels"]["1"] == "spleen"
