"""The trained runs of a report."""

from segrepro.report.page.runs import names_of, trained_runs
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


def test_runs_of_one_label_are_told_apart_by_what_differs():
    runs = [ReportedRun(name="xnet", experiment="xnet", protocol="clean", label="X-Net")]
    (one,) = trained_runs([CARD | {"fold": 0, "provenance": {"commit": "a"}}], runs, {}, {})
    assert names_of([one]) == {"xnet": "X-Net"}
    assert names_of([one, one.model_copy(update={"name": "xnet-seed1", "seed": 1})])["xnet-seed1"] == "X-Net"
    published = one.model_copy(update={"name": "xnet-published", "protocol": "published"})
    assert names_of([one, published]) == {"xnet": "X-Net (clean)", "xnet-published": "X-Net (published)"}
    elsewhere = one.model_copy(update={"name": "xnet_mr", "dataset": "chaos_mr"})
    assert names_of([one, elsewhere]) == {"xnet": "X-Net (atlas)", "xnet_mr": "X-Net (chaos_mr)"}
