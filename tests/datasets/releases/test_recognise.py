"""Which release lies in a folder, told from its names."""

import pytest

from segrepro.datasets.releases.recognise import recognise
from tests.datasets.releases.trees import CT, chaos, isic, isles, write_tree


def only(folder, layout=None):
    (found,) = recognise(folder, layout)
    return found


@pytest.mark.parametrize(
    ("names", "told", "complete"),
    [
        (chaos([i for i in CT if i not in (14, 29)]), "CHAOS CT: 18 of 20 patients: 14 and 29 are missing", False),
        (chaos(), "CHAOS CT: complete: 20 of 20 patients", True),
        (
            isles() + isles("TESTING", 62),
            "ISLES 2018, re-upload of July 2018: complete: 94 of 94 training cases; 62 of 62 test cases",
            True,
        ),
        (
            isles(kind="MR_MTT") + isles("TESTING", 62),
            "ISLES 2018, first upload: complete: 94 of 94 training cases; 62 of 62 test cases",
            True,
        ),
        (
            isles(),
            "ISLES 2018, re-upload of July 2018: 94 of 94 training cases; no test cases (no submission (Table 6) can "
            "be made: unpack TESTING beside TRAINING)",
            True,
        ),
        (
            isic(Training=2000, Validation=150, Test_v2=600),
            "ISIC 2017: complete: 2000 of 2000 training pictures; 150 of 150 validation pictures; "
            "600 of 600 test pictures",
            True,
        ),
        (["Utrecht/0/pre/FLAIR.nii.gz"], "WMH 2017, the zips of the challenge: 1 of 60 training scans", False),
        (["Site1/031768/t01/031768_t1w_deface_stx.nii.gz"], "ATLAS R1.1: 1 of 229 scans", False),
        (
            ["train/derivatives/sub-strokecase0001/ses-0002/sub-strokecase0001_ses-0002_space-ncct_lesion-msk.nii"],
            "ISLES'24: 1 of 149 cases",
            False,
        ),
        (
            ["c0003/c0003s0002t01/c0003s0002t01_t1w_stx.nii.gz"],
            "ATLAS R1.2, standard space: 1 of 239 scans",
            False,
        ),
    ],
)
def test_a_release_is_known_by_its_names(tmp_path, names, told, complete):
    found = only(write_tree(tmp_path, names))
    assert str(found) == told
    assert found.complete is complete


def test_a_set_of_ones_own_in_a_releases_layout_is_called_that(tmp_path):
    found = only(write_tree(tmp_path, chaos(["p7", 1])))
    assert found.own
    assert not found.complete
    assert str(found) == "a set of one's own in the layout of CHAOS CT: 2 cases"


def test_a_folder_inside_a_release_is_known_with_the_folder_to_point_to(tmp_path):
    write_tree(tmp_path, [f"CHAOS/{name}" for name in chaos()])
    assert only(tmp_path / "CHAOS" / "Train_Sets" / "CT").root == tmp_path / "CHAOS"
    assert str(only(tmp_path / "CHAOS" / "Train_Sets" / "CT" / "5")).startswith("CHAOS CT: 1 of 20 patients")
    assert only(tmp_path).root == tmp_path


def test_one_release_may_have_several_sets_and_one_can_be_asked_for(tmp_path):
    write_tree(tmp_path, [*chaos(), "Train_Sets/MR/1/T2SPIR/DICOM_anon/IMG-0002-00001.dcm"])
    assert [found.set.layout for found in recognise(tmp_path)] == ["chaos_ct", "chaos_mr"]
    assert only(tmp_path, "chaos_mr").name == "chaos"
    assert recognise(tmp_path, "atlas") == []


@pytest.mark.parametrize("copy", ["CHAOS/", "", "data/"])
def test_the_folder_of_the_training_sets_may_have_lost_its_name(tmp_path, copy):
    write_tree(tmp_path, [copy + name.removeprefix("Train_Sets/") for name in chaos()])
    assert str(only(tmp_path)) == "CHAOS CT: complete: 20 of 20 patients"


def test_a_task_may_lie_in_a_folder_of_another_name(tmp_path):
    found = only(write_tree(tmp_path, ["spleen/imagesTr/spleen_2.nii.gz", "spleen/imagesTr/spleen_2_0000.nii.gz"]))
    assert str(found).startswith("MSD Task09 Spleen: 1 of 41 training cases")


def test_the_part_that_is_trained_on_is_told_where_it_is_missing(tmp_path):
    write_tree(tmp_path, ["test/Utrecht/5/pre/FLAIR.nii.gz"])
    assert str(only(tmp_path)) == "WMH 2017 of DataverseNL: no training scans; 1 of 110 test scans"


def test_an_unknown_folder_is_none_of_them(tmp_path):
    assert recognise(write_tree(tmp_path, ["readme.txt"])) == []
