"""The sources of a made-up study, as they are read from its results."""

import pytest

from segrepro.report.evidence.study_results import StudyResults
from segrepro.report.page.from_results import read_sources
from tests.report.made_up import MadeUpStudy


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    study = MadeUpStudy(folder)
    study.make_results()
    return read_sources(StudyResults(study.results, folder / "scratch"))
