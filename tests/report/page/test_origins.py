"""From a number to its origin."""

import json

from segrepro.report.page.origins import cell_origins
from segrepro.report.page.runs import trained_runs
from segrepro.report.spec import ReportedRun, TableSpec
from segrepro.report.tables.table import Table
from tests.report.page.test_runs import CARD
from tests.report.tables.example import SPEC, build


def test_every_reproduced_number_names_the_runs_of_all_seeds_and_its_cases(tmp_path):
    spec = SPEC | {"groups": {"A": {"site": "A", "ml": None}}}
    table = Table.model_validate(build(tmp_path, spec)[0])
    cards = [
        CARD | {"name": name, "experiment": "ours", "fold": 0, "provenance": {"commit": "a"}}
        for name in ("ours", "ours-seed1")
    ]
    reported = [ReportedRun(name=card["name"], experiment="ours", protocol="clean") for card in cards]
    runs = list(trained_runs(cards, reported, {}, {}))
    found = cell_origins([table], {"t": TableSpec.model_validate(spec)}, runs)
    assert list(found) == ["t/ours-A/dice", "t/ours-A/hd_mm"]
    origin = found["t/ours-A/dice"]
    assert (origin.method, origin.runs, origin.unit) == ("ours", ["ours", "ours-seed1"], "case")
    assert origin.group.site == "A"


def test_results_json_leads_from_a_number_to_runs_files_and_command(report):
    study = json.loads((report / "results.json").read_text())["studies"]["xnet"]
    origin = study["origins"]["table2/xnet/dice"]
    (run,) = (run for run in study["runs"] if run["name"] in origin["runs"])
    assert (run["hash"], run["seed"], run["folds"][0]["fold"]) == ("hashxnet", 0, 0)
    (digest,) = run["folds"][0]["files"].values()
    assert study["files"]["xnet/fold0/model.json"] == digest
    assert study["command"] == "snakemake xnet --cores all --resources gpu=1"
    assert "`recipe.epochs` is 9 in place of 100" in run["differing"]
