"""The report from results alone is the report of the run."""

import json
import shutil

from segrepro.report.page.from_results import report_from_results
from tests.report.made_up import MadeUpStudy


def test_the_report_needs_nothing_but_the_results(tmp_path):
    (tmp_path / "run").mkdir()
    study = MadeUpStudy(tmp_path / "run")
    study.write()
    kept = shutil.copytree(study.results, tmp_path / "kept/xnet")
    shutil.rmtree(tmp_path / "run/work")
    report_from_results([kept], tmp_path / "page/index.html")
    first, again = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (study.report, tmp_path / "page")
    )
    assert again == first
    assert {"index.html", "xnet.html", "results.json"} <= {path.as_posix() for path in again}
    assert any(path.parts[:2] == ("cases", "xnet") for path in again)


def test_another_config_of_a_study_is_said(tmp_path, capsys):
    (tmp_path / "run").mkdir()
    study = MadeUpStudy(tmp_path / "run")
    study.make_results()
    other = shutil.copytree(study.results, tmp_path / "other")
    content = json.loads((other / "evidence.json").read_text())
    content |= {"study": "other", "config": content["config"] | {"scale": "paper"}}
    (other / "evidence.json").write_text(json.dumps(content))
    report_from_results([study.results, other], tmp_path / "page/index.html")
    assert "other was made with another scale than xnet" in capsys.readouterr().out
    shown = json.loads((tmp_path / "page/results.json").read_text())["config"]
    assert (shown["scale"], shown["studies"]) == ("demo", ["xnet", "other"])
