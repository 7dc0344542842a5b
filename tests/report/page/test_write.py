"""The files of the report."""

import json
import re

from segrepro.report.page.write import ASSETS
from tests.report.made_up import HOSTILE, MadeUpStudy


def test_texts_from_files_stay_texts(study_page, report):
    assert study_page.locator("#claims .claim .text").inner_text() == HOSTILE.replace("`", "")
    assert study_page.locator("#differences li code").first.text_content() == "code"
    assert HOSTILE not in (report / "xnet.html").read_text()


def test_results_json_holds_everything_and_is_strict(report):
    def refuse(word):
        raise AssertionError(word)

    content = json.loads((report / "results.json").read_text(), parse_constant=refuse)
    study = content["studies"]["xnet"]
    assert {"tables", "scores", "runs", "cases", "datasets", "claims", "differences"} <= set(study)
    assert study["datasets"][0]["checksum"] == "0123abcd"
    assert (report / study["scores"]).exists()
    assert study["runs"][0]["cost"]["seconds"] == 12.3
    assert content["provenance"]["commit"]


def test_the_folder_holds_all_that_its_pages_name(report):
    for page in report.glob("*.html"):
        for name in re.findall(r'(?:src|href)="(?!data:)([^"#]+)', page.read_text()):
            assert (report / name).exists(), name
    assert {*ASSETS} == {path.name for path in (report / "assets").iterdir()}
    assert not list(report.rglob(".partial*"))


def test_tables_and_figures_that_a_study_no_longer_has_go(tmp_path):
    study = MadeUpStudy(tmp_path)
    former = [study.report / "tables/xnet/former.csv", study.report / "figures/xnet/former.png"]
    for path in former:
        path.parent.mkdir(parents=True)
        path.touch()
    study.write()
    assert not [path for path in former if path.exists()]
    assert (study.report / "tables/xnet/table2.csv").exists()
    assert (study.report / "figures/xnet/fig4.png").exists()
