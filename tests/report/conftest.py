"""A made-up report on disk, and a real browser to open it with."""

import shutil
from types import SimpleNamespace

import pytest

from tests.report.made_up import HOSTILE, MadeUpStudy, MadeUpSynthesis
from tests.report.page.pages import watched

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--no-sandbox", "--disable-background-networking"]


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """The folder of a report on a made-up study whose texts try to break out of the page."""
    study = MadeUpStudy(tmp_path_factory.mktemp("made_up"))
    study.write({"title": f"Made up {HOSTILE}", "claims": [{"text": HOSTILE}], "differences": [HOSTILE]})
    return study.report


@pytest.fixture(scope="session")
def synthesis_report(tmp_path_factory):
    """The folder of a report on a made-up study whose cases have several images, some of them synthesised."""
    study = MadeUpSynthesis(tmp_path_factory.mktemp("synthesis"))
    study.write()
    return study.report


@pytest.fixture(scope="session")
def open_page():
    """open_page(path, **page settings) -> what a browser shows, with `faults` and `requests` it saw."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    started = playwright.sync_playwright().start()
    browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)

    def opened(path, **settings):
        page = browser.new_page(**settings)
        page.set_default_timeout(10_000)
        found = SimpleNamespace(page=page, faults=[], requests=[])
        page.on("console", lambda message: found.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: found.faults.append(str(error)))
        page.on("request", lambda request: found.requests.append(request.url))
        page.goto(path.as_uri())
        return found

    yield opened
    browser.close()
    started.stop()


@pytest.fixture
def study_page(report, open_page):
    """The page of a study of volumes and coloured pictures, with one image a case."""
    yield from watched(report, "xnet.html", open_page)
