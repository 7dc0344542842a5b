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

    def get(name, shrink):
        folder = tmp_path_factory.mktemp(name) / "copy"
        write_replica(name, folder, shrink=shrink, cases=2)
        return folder

    return get


def test_a_training_only_copy_runs_all_but_the_challenges_division(written):
    folder = written("wmh2017", 30)
    shutil.rmtree(folder / "test")
    told = check(folder)
    assert told.exit_code == 0
    assert "no test scans (the challenge's own division, which scores them, cannot be run" in told.stdout
    assert "wmh: The challenge's own division cannot be run, " in told.stdout


def test_a_copy_without_the_part_that_is_scored_is_a_fault_that_names_the_archives(written):
    folder = written("isic2017", 400)
    for path in folder.glob("*Test*"):
        shutil.rmtree(path)
    told = check(folder)
    assert told.exit_code == 2
    assert "no test pictures (nothing can be scored: unpack ISIC-2017_Test_v2_Data.zip" in told.stdout
    assert [line.split("found ")[1].split(";")[0] for line in told.stderr.splitlines()] == ["no case of the part test"]


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
    assert fault.found.startswith("MSD Task09 Spleen: 2 of 41 training cases")
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
