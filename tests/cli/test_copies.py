"""Copies of releases as they are met: a part, a folder one level off, an archive, another year: told in a line each."""

import shutil

import pytest
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.datasets.replicas import write_replica
from segrepro.utils.errors import DataError
from tests.datasets.releases.trees import write_tree


def check(*arguments):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def fault_of(*arguments) -> DataError:
    with pytest.raises(DataError) as caught:
        raise check(*arguments).exception
    return caught.value


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A function that gives the folder of a small replica."""

    def get(name, shrink, cases=2):
        folder = tmp_path_factory.mktemp(name) / "copy"
        write_replica(name, folder, shrink=shrink, cases=cases)
        return folder

    return get


def test_a_training_only_copy_runs_all_but_the_challenges_division(written):
    folder = written("wmh2017", 30, cases=6)
    shutil.rmtree(folder / "test")
    told = check(folder)
    assert told.exit_code == 0
    assert "no test scans (the challenge's own division, which scores them, cannot be run" in told.stdout
    assert 'wmh: "The challenge\'s own division" cannot be run, ' in told.stdout


def test_a_copy_without_the_part_that_is_scored_is_a_fault_that_names_the_archives(written):
    folder = written("isic2017", 400)
    for path in folder.glob("*Test*"):
        shutil.rmtree(path)
    told = check(folder)
    assert told.exit_code == 2
    assert "no test pictures (nothing can be scored: unpack ISIC-2017_Test_v2_Data.zip" in told.stdout
    assert [line.split("found ")[1].split(";")[0] for line in told.stderr.splitlines()] == ["no case of the part test"]


@pytest.mark.parametrize(("word", "kind"), [("Data", "image"), ("Part1_GroundTruth", "label")])
@pytest.mark.parametrize("part", ["Training", "Validation", "Test_v2"])
def test_pictures_or_masks_of_a_whole_part_that_are_missing_are_one_line(written, part, word, kind):
    folder = written("isic2017", 400, cases=6)
    shutil.rmtree(folder / f"ISIC-2017_{part}_{word}")
    told = check(folder)
    assert told.exit_code == 2
    (line,) = [line for line in told.stderr.splitlines() if "beside any" in line]
    word = {"Training": "train", "Validation": "validation", "Test_v2": "test"}[part]
    assert f"found no {kind} beside any of the 6 cases of the part {word}, such as this" in line
    assert "beside it" not in told.stderr


def test_what_an_annotator_drew_is_looked_at_before_the_first_job(written):
    folder = written("wmh2017", 30)
    first, second = sorted(folder.glob("additional_annotations/observer_o3/training/Utrecht/*/result.nii.gz"))
    first.write_bytes(first.read_bytes()[:100])
    second.unlink()
    told = check(folder)
    assert told.exit_code == 2
    assert f"{first}: found a damaged file" in told.stderr
    assert "Utrecht/1/pre/FLAIR.nii.gz: found no mask of observer_o3" in told.stderr


def test_a_list_of_cases_that_is_missing_is_told(written):
    folder = written("msd_spleen", 64)
    (folder / "Task09_Spleen" / "dataset.json").unlink()
    assert fault_of(folder).found == "imagesTr without dataset.json"


def test_a_copy_without_the_part_that_is_trained_on_is_a_fault(written):
    folder = written("wmh2017", 30)
    shutil.rmtree(folder / "training")
    told = check(folder)
    assert told.exit_code == 2
    assert "no case of the part train" in told.stderr
    assert told.stdout.startswith("WMH 2017 of DataverseNL: no training scans; 2 of 110 test scans")


def test_cases_that_are_left_out_are_counted(written):
    folder = written("isles2024", 64)
    shutil.rmtree(folder / "train/derivatives/sub-stroke0001/ses-01")
    assert check(folder).stdout.startswith(
        "ISLES'24: 2 of 149 cases, 1 of them without all that is read, which are left out; pseudo_dwi: "
    )


def test_a_folder_of_images_within_a_release_is_one_line_with_the_one_to_point_to(written):
    folder = written("isic2017", 400)
    told = check(folder / "ISIC-2017_Training_Data")
    assert told.exit_code == 2
    (line,) = told.stderr.splitlines()
    assert line.endswith(
        f"found a folder within ISIC 2017, without any mask; expected the release's own folder. Point to {folder}."
    )


def test_a_folder_below_that_its_layout_does_not_read_is_told_likewise(written):
    folder = written("msd_spleen", 64)
    fault = fault_of(folder / "Task09_Spleen" / "imagesTr")
    assert fault.found == "a folder within MSD Task09 Spleen"
    assert fault.remedy == f"Point to {folder}."


def test_a_site_alone_is_read_and_its_release_named(written):
    folder = written("atlas", 24)
    told = check(folder / "ATLAS_R1.1" / "Site1")
    assert told.exit_code == 0
    words = f"ATLAS R1.1: 2 of 229 scans; this folder lies within it: point to {folder / 'ATLAS_R1.1'}"
    assert told.stdout.startswith(words)


def test_what_is_still_packed_is_one_line_with_its_command(tmp_path):
    encrypted, zipped = tmp_path / "a", tmp_path / "b"
    write_tree(encrypted, ["ATLAS_R1.1_encrypted.tar.gz"])
    write_tree(zipped, ["ISLES2018_Training.zip"])
    fault = fault_of(encrypted)
    assert fault.found.startswith("ATLAS_R1.1_encrypted.tar.gz, the encrypted archive of ATLAS R1.1")
    assert "openssl aes-256-cbc -md sha256 -d -a" in fault.remedy
    assert fault_of(zipped).remedy == "Unpack it first: unzip ISLES2018_Training.zip."


@pytest.mark.parametrize("layout", [[], ["--layout", "isles2018"]])
def test_a_release_of_another_year_is_called_that(tmp_path, layout):
    path = "SISS2015_Training/1/VSD.Brain.XX.O.MR_T1.70615/VSD.Brain.XX.O.MR_T1.70615.nii"
    fault = fault_of(write_tree(tmp_path, [path]), *layout)
    assert fault.found == "files of ISLES 2015"
    assert fault.remedy.startswith("It is no edition of ISLES 2018")
