"""One undisturbed run of the smallest study, shared by the tests of this folder."""

import shutil

import pytest

from tests.reliability import workflow

collect_ignore = ["injected"]  # runs inside jobs only


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """A working folder in which the tables were made without any disturbance."""
    folder = workflow.new_folder(tmp_path_factory.mktemp("undisturbed"))
    code, text = workflow.run(folder, "tables")
    assert code == 0, text
    assert len(workflow.made(folder)) > 10
    return folder


@pytest.fixture(scope="session")
def every_rule(tmp_path_factory):
    """A working folder in which every rule that needs no network has done its work."""
    folder = workflow.new_folder(tmp_path_factory.mktemp("every_rule"))
    code, text = workflow.run(folder, study=workflow.EVERY_RULE)
    assert code == 0, text
    return folder


@pytest.fixture
def finished(undisturbed, tmp_path):
    """A copy of that folder, to be disturbed."""
    return shutil.copytree(undisturbed, tmp_path / "finished")
