import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.layouts.isles2018 import find_test_cases
from segrepro.datasets.releases import releases
from segrepro.datasets.replicas._isles2018 import GRID_OF, training_names
from segrepro.datasets.replicas.isles2018 import smir_ids
from segrepro.images.io import read_image
from tests.datasets.replicas.looking import looked_at

# By type as read in headers of the release.
TYPES = {"ctp": "float32", "ct": "int32", "cbf": "int16", "cbv": "int16", "mtt": "float64", "tmax": "float64"}


@pytest.fixture
def folder(replica):
    """The whole release: 94 and 62 cases."""
    return replica("isles2018", shrink=32)


def test_the_ids_are_those_of_all_cases_that_were_printed():
    ids = [number for case in range(1, 95) for number in smir_ids(case).values()]
    assert len(set(ids)) == len(ids) == 94 * 7
    new = sorted(number for number in ids if number > 345000)
    assert new == list(range(345561, 346207))  # no id is left over
    assert {kind: number for kind, number in smir_ids(18).items() if number < 345000} == {
        "CT_4DPWI": 339335, "CT": 339336, "CT_CBF": 339337, "CT_MTT": 339340, "OT": 339341, "CT_Tmax": 339342,
    }  # fmt: skip
    assert (smir_ids(18)["CT_CBV"], smir_ids(19)["CT_CBV"]) == (345680, 345681)
    assert (smir_ids(1)["CT_MTT"], smir_ids(2)["CT_Tmax"], smir_ids(64)["CT_MTT"]) == (345565, 345574, 345994)


def test_the_grids_are_those_that_the_paper_counts():
    slices = [grid[2] for grid in GRID_OF.values()]
    assert (len(slices), sum(slices), min(slices), max(slices)) == (94, 502, 2, 22)
    assert np.mean([grid[1] for grid in GRID_OF.values()]) == pytest.approx(9.48, abs=0.005)
    assert {str(case): grid[2] for case, grid in GRID_OF.items()} == (
        releases()["isles2018"].sets[0].parts["train"].slices_by_id
    )


def test_two_cases_of_one_patient_are_known_by_name():
    names = training_names()
    assert (names[1], names[64], names[65]) == ("Train_01_A", "Train_40_A", "Train_40_B")
    assert len(names) == 94
    assert len({name[:8] for name in names.values()}) == 63


def test_the_whole_release_is_recognised_and_sound(folder):
    name, words, faults, notes = looked_at(folder, "isles2018")
    assert name == "isles2018"
    assert words.startswith("ISLES 2018, re-upload of July 2018: complete: 94 of 94 training cases; 62 of 62 test")
    assert (faults, notes) == ([], [])


def test_cases_have_true_sizes_patients_and_no_dwi(folder):
    cases = {case.id: case for case in open_dataset("isles2018", folder).cases}
    assert len({case.patient for case in cases.values()}) == 63
    assert cases["case_64"].patient == cases["case_65"].patient == "Train_40"
    assert list(cases["case_1"].images) == ["cbf", "cbv", "mtt", "tmax", "ct", "ctp"]
    assert read_image(cases["case_1"].images["cbf"]).spacing_mm == pytest.approx((0.976562 * 32, 0.976562 * 32, 5.0003))
    assert read_image(cases["case_80"].images["cbf"]).spacing_mm[2] == 4
    for role, path in cases["case_1"].images.items():
        header = nib.load(path).header
        assert header.get_data_dtype().name == TYPES[role]
        assert (int(header["sform_code"]), int(header["qform_code"]), int(header["xyzt_units"])) == (2, 0, 0)
        assert (header.get_sform() == np.eye(4)).all()
    assert len(find_test_cases(folder)) == 62
    assert find_test_cases(folder)[0].images["ctp"].name == "SMIR.Brain.XX.O.CT_4DPWI.346290.nii"
