"""The page of a study in a browser."""

import pytest

from tests.report.page.pages import watched


@pytest.fixture
def study_page(report, open_page):
    """The page of a study of volumes and coloured pictures, with one image a case."""
    yield from watched(report, "xnet.html", open_page)
