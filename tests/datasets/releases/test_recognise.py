"""Which release lies in a folder, told from its names."""

import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.releases.recognise import misfit, recognise
from segrepro.utils.errors import DataError
from tests.datasets.releases.trees import CT, chaos, isic, isles, write_tree
from tests.raised import raised


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


@pytest.mark.parametrize(
    ("names", "found", "remedy"),
    [
        (["ATLAS_R1.1_encrypted.tar.gz"], "the encrypted archive of ATLAS R1.1", "-md sha256 -d -a"),
        (["CHAOS_Train_Sets.zip"], "the archive of CHAOS", "unzip CHAOS_Train_Sets.zip"),
        (["training_1/VSD.Brain.XX.O.MR_ADC.1/VSD.Brain.XX.O.MR_ADC.1.nii"], "files of ISLES 2016 or 2017", "17736412"),
        (["ISIC2018_Task1-2_Training_Input/ISIC_0000000.jpg"], "files of ISIC 2018", "2017"),
        (chaos(), "CHAOS CT: complete", "the layout chaos_ct"),
    ],
)
def test_what_is_no_such_data_set_is_told_in_one_line(tmp_path, names, found, remedy):
    with pytest.raises(DataError) as caught:
        open_dataset("slices", write_tree(tmp_path, names))
    assert found in caught.value.found
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("start", [b"Salted__12345678", b"U2FsdGVkX1+21O5R"])
def test_an_encrypted_file_is_known_by_its_first_bytes(tmp_path, start):
    (tmp_path / "scans.bin").write_bytes(start)
    assert misfit(tmp_path)[0] == "scans.bin, which OpenSSL encrypted"
    assert misfit(tmp_path / "scans.bin")[0] == "scans.bin, which OpenSSL encrypted"


def test_an_unknown_folder_is_none_of_them(tmp_path):
    assert misfit(write_tree(tmp_path, ["readme.txt"])) is None
    assert recognise(tmp_path) == []


def test_a_link_to_itself_is_named(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with raised(DataError, where="loop", found="an unreadable file"):
        misfit(tmp_path)
