"""`segrepro describe`: what an owner may tell."""

import pytest
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.replicas import write_replica


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def isles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("isles") / "set"
    settings = {"patients": 4, "test_patients": 1, "size": 32, "slices": [2, 2], "frames": [43, 43], "two_scans": 0.0}
    write_phantom("isles2018", folder, **settings, seed=0)
    for path in [path for path in folder.rglob("*MR_DWI*") if path.is_file()]:
        path.unlink()
    return folder


def test_nothing_names_a_file_or_a_case_not_even_a_line_beside(tmp_path):
    folder = tmp_path / "Mustermann"
    write_replica("isles2018", folder, shrink=32, cases=2)
    result = run("describe", folder)
    assert result.exit_code == 0
    assert "release: ISLES 2018, re-upload of July 2018: 2 of 94 training cases; 2 of 62 test cases\n" in result.stdout
    assert result.stderr == ""
    assert "Mustermann" not in result.output


def test_describe_tells_the_headers_and_no_patient(isles):
    result = run("describe", isles)
    assert result.exit_code == 0, result.output
    assert "ctp: 4 files" in result.stdout
    assert "TRAINING/case_#/SMIR.Brain.XX.O.CT_MTT.#/SMIR.Brain.XX.O.CT_MTT.#.nii" in result.stdout
    assert "Train_" not in result.stdout
