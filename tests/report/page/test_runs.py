"""The trained runs of a report."""

from segrepro.report.page.runs import trained_runs
from segrepro.report.spec import ReportedRun

CARD = {
    "name": "xnet", "experiment": "xnet", "protocol": "clean", "network": "xnet", "hash": "h", "seed": 1,
    "training_seconds": 2.0, "device": "cpu", "dataset": {"name": "atlas"},
}  # fmt: skip


def test_a_run_has_its_folds_with_their_files():
    cards = [CARD | {"fold": fold, "provenance": {"commit": commit}} for fold, commit in enumerate("ba")]
    files = {"xnet/fold0/model.json": "1", "xnet/fold1/model.json": "2", "xnet-seed1/fold0/model.json": "3"}
    runs = [ReportedRun(name="xnet", experiment="xnet", protocol="clean", label="X-Net")]
    (run,) = trained_runs(cards, runs, files, {"xnet": ["`recipe.epochs` is 3 in place of 100"]})
    assert (run.label, run.dataset, run.commits, run.cost.seconds) == ("X-Net", "atlas", ["a", "b"], 4.0)
    assert [fold.files for fold in run.folds] == [{"xnet/fold0/model.json": "1"}, {"xnet/fold1/model.json": "2"}]
    assert run.differing == ["`recipe.epochs` is 3 in place of 100"]
