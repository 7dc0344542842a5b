"""What failed is known by its run, and the rest is planned without it."""

from pathlib import Path

from segrepro.report.spec import FailedRow
from segrepro.workflow.config.config import load_config
from segrepro.workflow.monitor.run_files import Job
from segrepro.workflow.monitor.status import Status
from segrepro.workflow.plan import failed_rows
from segrepro.workflow.plan.failed_rows import FAILED, failed_before, failed_now, pass_without, without_failed
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.report_settings import table_settings


def plan(**values):
    return make_plan(load_config({"studies": ["xnet"], "experiments": ["xnet", "unet"]} | values))


def status(folder: Path, *outputs: str) -> Status:
    jobs = [
        Job(id=1, tries=1, rule="train_model", what="", studies=["xnet"], output=output, log="a.log", needed=True)
        for output in outputs
    ]
    (folder / "a.log").write_text("epoch 1\nTraceback\nValueError: no such luck\n\n")
    return Status(folder, 0, "failed", 1, {"failed": jobs}, False)


def test_only_jobs_of_a_run_fail_a_row(tmp_path):
    run = plan().runs["xnet"][0]
    found = failed_now(
        status(tmp_path, f"work/runs/{run.key}/fold0/model.safetensors", "work/datasets/atlas-1/cases.csv"), plan()
    )
    assert found == {run.key: "ValueError: no such luck"}


def test_the_plan_without_a_run_says_why_it_is_not_there():
    whole = plan()
    first, second = whole.runs["xnet"]
    left = without_failed(whole, {first.key: "no such luck"})
    assert left.runs == {"xnet": [second]}
    row = FailedRow(experiment=first.experiment, protocol="clean", reason="no such luck")
    assert table_settings(left, "xnet").failed == [row]
    assert first.key not in left.all_runs
    assert without_failed(whole, {}).runs == whole.runs
    assert without_failed(whole, {first.key: "a", second.key: "b"}).runs == {}


def test_a_row_does_not_fail_with_its_variant():
    choice = {"text": "", "default": "many", "reason": "", "options": {"few": {"recipe": {"epochs": 2}}}}
    whole = plan(choices="all", overrides={"xnet": {"choices": {"epochs": choice}}})
    variant = next(run for run in whole.runs["xnet"] if run.choices)
    left = without_failed(whole, {variant.key: "no such luck"})
    assert (left.failed_rows["xnet"], len(left.runs["xnet"])) == ([], len(whole.runs["xnet"]) - 1)


def test_what_begins_with_a_failed_run_fails_with_it():
    whole = make_plan(load_config({"studies": "pseudo_dwi", "experiments": "all"}))
    later = next(run for run in whole.runs["pseudo_dwi"] if run.init_from)
    rows = without_failed(whole, {later.init_from.key: "NaN"}).failed_rows["pseudo_dwi"]
    assert {row.experiment: row.reason for row in rows} == {
        later.init_from.experiment: "NaN",
        **{
            run.experiment: f"{later.init_from.name}, which it is built on, failed"
            for run in whole.runs["pseudo_dwi"]
            if run.init_from and run.init_from.key == later.init_from.key
        },
    }


def test_what_shares_a_failed_training_is_not_trained_instead():
    wanted = ["unet_ct", "unet_ct_last", "unet_mr"]
    whole = make_plan(load_config({"studies": "scse", "experiments": wanted, "protocols": "clean"}))
    [trained] = [run.key for run in whole.runs["scse"] if run.name == "unet_ct"]
    left = without_failed(whole, {trained: "NaN"})
    assert [run.name for run in left.runs["scse"]] == ["unet_mr"]
    assert {row.experiment: row.reason for row in left.failed_rows["scse"]} == {
        "unet_ct": "NaN",
        "unet_ct_last": "unet_ct, whose training it shares, failed",
    }


def test_the_second_pass_knows_what_failed_and_the_next_command_does_not(tmp_path, monkeypatch, capsys):
    seen = {}
    monkeypatch.setattr(failed_rows.subprocess, "run", lambda command, **options: seen.update(options, command=command))
    monkeypatch.setattr(failed_rows.sys, "argv", ["snakemake", "tables", "--cores", "2"])
    pass_without({"unet-1": "no such luck"}, str(tmp_path))
    assert seen["command"][1:] == ["-m", "snakemake", "tables", "--cores", "2"]
    assert seen["cwd"] == str(tmp_path)
    assert "unet-1 failed: no such luck" in capsys.readouterr().err
    assert failed_before() == {}
    monkeypatch.setenv(FAILED, seen["env"][FAILED])
    assert failed_before() == {"unet-1": "no such luck"}
