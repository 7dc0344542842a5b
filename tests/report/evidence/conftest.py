"""Results of a small study, made once, and copies of them to change."""

import shutil

import pytest

from segrepro.report.evidence.study_results import StudyResults
from tests.report.evidence.small_study import make_study


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder of the study's results, beside the work folder that they were made in."""
    return make_study(tmp_path_factory.mktemp("small_study"))


@pytest.fixture
def copied(made, tmp_path):
    """A copy of the results alone."""
    return shutil.copytree(made, tmp_path / "xnet")


@pytest.fixture
def opened(copied, tmp_path):
    """The copy, opened."""
    return StudyResults(copied, tmp_path / "scratch")
