"""What a folder is in which a data set was looked for and none was found."""

import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.releases.misfit import misfit
from segrepro.utils.errors import DataError
from tests.datasets.releases.trees import chaos, isles, write_tree
from tests.raised import raised


@pytest.mark.parametrize(
    ("names", "found", "remedy"),
    [
        (["ATLAS_R1.1_encrypted.tar.gz"], "the encrypted archive of ATLAS R1.1", "-md sha256 -d -a"),
        (["CHAOS_Train_Sets.zip"], "the archive of CHAOS", "unzip CHAOS_Train_Sets.zip"),
        (["training_1/VSD.Brain.XX.O.MR_ADC.1/VSD.Brain.XX.O.MR_ADC.1.nii"], "files of ISLES 2016 or 2017", "17736412"),
        (["ISIC2018_Task1-2_Training_Input/ISIC_0000000.jpg"], "files of ISIC 2018", "2017"),
        (chaos(), "CHAOS CT: complete", "the layout chaos_ct, not by slices"),
        (["ISIC_2019_Training_Input/ISIC_0000000.jpg"], "files of ISIC 2019", "no edition of ISIC 2017"),
        (["ISIC2018_Task3_Training_Input/ISIC_0024306.jpg"], "files of ISIC 2018", "no edition of ISIC 2017"),
        (["ISIC-2017_Training_Part3_GroundTruth.csv"], "files of ISIC 2017, part 2 or 3", "no edition of ISIC 2017"),
        (["1/VSD.Brain.XX.O.MR_Flair.70614/VSD.Brain.XX.O.MR_Flair.70614.nii"], "files of ISLES 2015", "17736412"),
        (["Task03_Liver/imagesTr/liver_0.nii.gz"], "another task of the Medical Segmentation Decathlon", "Task09"),
        (["sub-r001s001/ses-1/anat/sub-r001s001_ses-1_T1w.nii.gz"], "files of ATLAS R2.0 in native space", "R2.0"),
        (["a/b/c/scans.zip"], "no case, but scans.zip", "Unpack scans.zip first."),
        (["ATLAS_R1.1.tar.gz.cpt"], "ATLAS_R1.1.tar.gz.cpt, which ccrypt encrypted", "ccdecrypt ATLAS_R1.1.tar.gz.cpt"),
        (["ATLAS R 1.2.zip"], "the archive of ATLAS R1.2", "unzip 'standard_part*.zip'"),
        (["ATLAS_R1_encrypted_MacOS.tar"], "the archive of ATLAS R1.1", "Unpack it first, as its page says."),
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


def test_a_release_whose_name_is_that_of_a_plain_archive_may_be_encrypted(tmp_path):
    (tmp_path / "CHAOS_Train_Sets.zip").write_bytes(b"Salted__12345678")
    found = ("CHAOS_Train_Sets.zip, the encrypted archive of CHAOS", "Decrypt it as its giver says, and unpack it.")
    assert misfit(tmp_path) == found


# A folder of each release that none of its images lies in, and the folder to point to, below it nothing else.
WITHIN = [
    ("set/ISLES-2022/derivatives/sub-strokecase0001/ses-0001/sub-strokecase0001_ses-0001_msk.nii.gz", 2, "set"),
    ("set/ISLES-2022/sub-strokecase0001/ses-0001/anat/sub-strokecase0001_ses-0001_FLAIR.nii.gz", 4, "set"),
    ("set/train/raw_data/sub-stroke0001/ses-01/sub-stroke0001_ses-01_ncct.nii.gz", 2, "set"),
    ("set/Task09_Spleen/labelsTr/spleen_2.nii.gz", 2, "set"),
    ("set/ISIC-2017_Test_v2_Part1_GroundTruth/ISIC_0012086_segmentation.png", 1, "set"),
    ("set/additional_annotations/observer_o3/training/Utrecht/7/result.nii.gz", 1, "set"),
    ("set/Train_Sets/CT/5/Ground/liver_GT_003.png", 4, "set"),
    ("set/Train_Sets/MR/5/T1DUAL/DICOM_anon/OutPhase/IMG-0004-00003.dcm", 6, "set"),
    ("set/Test_Sets/MR/9/T2SPIR/DICOM_anon/IMG-0002-00003.dcm", 2, "set"),
    ("set/TRAINING/case_2/SMIR.Brain.XX.O.OT.345573/SMIR.Brain.XX.O.OT.345573.nii", 3, "set"),
    ("set/ATLAS_2/Training/R001/sub-r001s001/ses-1/anat/sub-r001s001_ses-1_space-MNI152NLin2009aSym_T1w.nii.gz", 6,
     "set/ATLAS_2"),
    ("set/ATLAS_R1.1/Site1/031768/t01/031768_t1w_deface_stx.nii.gz", 4, "set/ATLAS_R1.1"),
    ("set/standard_part1/c0003/c0003s0002t01/c0003s0002t01_t1w_stx.nii.gz", 3, "set/standard_part1"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "depth", "root"), WITHIN, ids=[path for path, *_ in WITHIN])
def test_a_folder_deep_in_a_release_is_told_with_the_one_to_point_to(tmp_path, path, depth, root):
    write_tree(tmp_path, [path])
    folder = tmp_path.joinpath(*path.split("/")[: depth + 1])
    found, remedy = misfit(folder)
    assert "a folder within" in found
    assert remedy == f"Point to {tmp_path / root}."


@pytest.mark.parametrize(
    ("layout", "path", "found"),
    [
        ("isles2018", isles("TESTING", 1)[0], "re-upload of July 2018: no training cases; 1 of 62 test cases"),
        ("isles2022", WITHIN[0][0], "a part of ISLES 2022, without what is read of it"),
        ("msd", "Task09_Spleen/imagesTs/spleen_1.nii.gz", "MSD Task09 Spleen: no training cases; 1 of 20 test cases"),
    ],
)
def test_a_part_that_nothing_can_be_trained_on_wants_the_rest(tmp_path, layout, path, found):
    told, remedy = misfit(write_tree(tmp_path, [path]), layout)
    assert found in told
    assert remedy == "Unpack the rest of it too."


def test_a_folder_too_deep_for_its_layout_is_told_with_the_one_to_point_to(tmp_path):
    write_tree(tmp_path, isles(count=2))
    with pytest.raises(DataError) as caught:
        open_dataset("isles2018", tmp_path / "TRAINING" / "case_1")
    assert caught.value.found == "a folder within ISLES 2018, re-upload of July 2018"
    assert caught.value.remedy == f"Point to {tmp_path}."


def test_nothing_is_said_of_an_unknown_folder(tmp_path):
    assert misfit(write_tree(tmp_path, ["readme.txt"])) is None


def test_a_link_to_itself_is_named(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with raised(DataError, where="loop", found="an unreadable file"):
        misfit(tmp_path)
