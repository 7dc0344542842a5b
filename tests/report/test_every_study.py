"""The pages and tables of all five studies as the workflow makes them from phantoms, the pages in a real browser.

Every network learns for one epoch, so no number in them means anything.
"""

import json
import re
import shutil
import subprocess

import pytest

from segrepro.datasets.layouts.isles2018 import find_test_cases
from segrepro.report.tables.table import Row
from segrepro.utils.repository import REPOSITORY
from segrepro.utils.yaml_files import read_yaml
from tests.reliability import workflow
from tests.submissions import masks_of

pytestmark = pytest.mark.workflow
STUDIES = sorted(path.stem for path in REPOSITORY.glob("studies/*.yaml"))
# Some of every table and figure.
EXPERIMENTS = ["xnet", "fcn", "unet_mr", "scse_mr", "hlenet", "unet28_spleen", "synthesis_w_l2_h1", "unet_w_l2_h1"]
EXPERIMENTS += ["slnet_ce", "slnet_wce_hgd", "full"]
SHORT = {study: {"recipe": {"epochs": 1}} for study in STUDIES}
PAGE = r"\documentclass[landscape]{{article}}\usepackage{{booktabs,graphicx}}\begin{{document}}{}\end{{document}}"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The results of a run of all studies at demo scale."""
    folder = workflow.new_folder(tmp_path_factory.mktemp("every_study"))
    words = [f"experiments={json.dumps(EXPERIMENTS)}", f"overrides={json.dumps(SHORT)}"]
    code, text = workflow.run(folder, study=words)
    assert code == 0, text
    assert "Nothing to be done" in workflow.run(folder, study=words)[1]
    return folder / "results"


@pytest.fixture(params=STUDIES)
def watched(request, results, open_page):
    """A study's page in the browser; afterwards there must be no fault, and no request that left the folder."""
    found = open_page(results / f"report/{request.param}.html")
    yield found.page
    found.page.close()
    assert found.faults == []
    report = (results / "report").as_uri()
    assert [url for url in found.requests if not url.startswith((report, "data:", "blob:"))] == []


def test_a_table_is_sorted(watched):
    head = watched.locator("table.sortable thead th:has(button):visible, table thead th:has(button):visible").first
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"


def test_a_case_is_opened_moved_through_and_its_masks_toggled(watched):
    assert "Phantoms." in watched.locator(".banner").first.inner_text()
    watched.locator("[data-case]").first.click()
    watched.locator("#viewer-stage canvas[aria-label]").wait_for()
    text = label(watched)
    if watched.locator("#viewer-slice").is_visible():
        watched.keyboard.press("ArrowUp")
        text = changed(watched, text)
    masks = int(re.search(r"with (\d+) masks", text)[1])
    assert masks > 0
    watched.keyboard.press("t")
    assert f"with {masks - 1} masks" in changed(watched, text)
    watched.keyboard.press("t")
    watched.locator(f"#viewer-stage canvas[aria-label*='with {masks} masks']").wait_for()


def test_the_plot_opens_with_points_of_which_one_has_the_focus_by_tab(watched):
    watched.locator("#plot").scroll_into_view_if_needed()  # drawn once it is looked at
    watched.locator("#plot circle").first.wait_for()
    assert watched.locator("#plot circle").count() > 1
    assert watched.locator("#plot circle[tabindex='0']").count() == 1


def test_the_cases_behind_a_number_have_its_mean(watched, results):
    study = watched.evaluate("segrepro.data.study")
    cells = {}
    for table in json.loads((results / study / "tables/tables.json").read_text())["tables"]:
        for row in map(Row.model_validate, table["rows"]):
            cells |= {f"{table['name']}/{row.key}/{name}": cell for name, cell in row.cells.items()}
    found = watched.evaluate(
        """async () => Object.fromEntries(await Promise.all(Object.entries(segrepro.data.origins).map(
        async ([name, origin]) => [name, (await segrepro.casesOf(origin)).map(row => row.value)])))"""
    )
    assert found
    for name, values in found.items():
        counted = [value for value in values if value is not None]
        assert len(counted) == cells[name].n, name
        assert sum(counted) / len(counted) == pytest.approx(cells[name].mean, abs=2e-5, rel=2e-5), name


def label(page) -> str:
    return page.locator("#viewer-stage canvas").get_attribute("aria-label")


def changed(page, before: str) -> str:
    """What the viewer says it shows as soon as that is something else."""
    page.wait_for_function("old => document.querySelector('#viewer-stage canvas').ariaLabel !== old", arg=before)
    return label(page)


def _was_asked_for(row: str | dict) -> bool:
    return (row if isinstance(row, str) else row.get("experiment")) in EXPERIMENTS


@pytest.mark.parametrize("study", STUDIES)
def test_every_table_of_the_study_is_there_and_compiles(results, study, tmp_path):
    folder = results / study / "tables"
    tables = read_yaml(REPOSITORY / f"studies/{study}.yaml")["tables"]
    # Under other settings than the study's no published number stands in a table: without a row that ran it is empty.
    wanted = {name for name, table in tables.items() if any(map(_was_asked_for, table["rows"]))}
    files = sorted(folder.glob("*.tex"))
    assert {path.stem for path in files} == wanted | {"values"}
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex on this machine: the tables were not compiled")
    (tmp_path / "page.tex").write_text(PAGE.format("\n".join(rf"\input{{{path}}}" for path in files)))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("study", STUDIES)
def test_every_figure_that_its_runs_have_is_there(results, study):
    figures = read_yaml(REPOSITORY / f"studies/{study}.yaml")["figures"]
    wanted = {name for name, figure in figures.items() if not set(EXPERIMENTS).isdisjoint(figure["experiments"])}
    for ending in (".png", ".svg"):
        assert {path.stem for path in (results / study / "figures").glob(f"*{ending}")} == wanted


def test_the_package_of_the_pseudo_dwi_study_holds_a_mask_for_every_hidden_scan(results, tmp_path):
    (phantom,) = results.parent.glob("work/phantoms/isles2018-*")
    masks_of(results / "pseudo_dwi/submission.zip", find_test_cases(phantom), tmp_path)
