"""What a plan says of its runs and of what it leaves out."""

from pathlib import Path

from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan


def plan(**values):
    return make_plan(load_config(values))


def test_a_run_that_starts_from_another_needs_its_weights():
    made = plan(studies="pseudo_dwi", experiments=["unet_l2"])
    second = next(run for run in made.all_runs.values() if run.experiment == "unet_l2")
    assert second.init_from.experiment == "synthesis_l2"
    assert second.init_from.key in made.all_runs


def test_what_is_asked_for_but_cannot_run_is_said():
    made = plan(studies="wmh", experiments=["fcn", "fcn_pretrained"])
    assert [line for line in made.left_out if "fcn_pretrained" in line]
    assert {run.experiment for run in made.runs["wmh"]} == {"fcn"}


def test_settings_of_a_job_are_those_of_the_run():
    made = plan(studies="xnet")
    run = next(run for run in made.all_runs.values() if run.experiment == "xnet")
    settings = made.run_settings(run.key, 0)
    assert (settings.network, settings.study, settings.fold) == ("xnet", "xnet", 0)
    assert settings.recipe.epochs == run.resolved.recipe.epochs


def test_what_changed_is_made_anew_for_the_studies_that_need_it():
    plan = make_plan(load_config({"studies": ["scse", "xnet"]}))
    one = plan.runs["xnet"][1]
    trained, scans = Path(f"work/runs/{one.key}/fold0/model.safetensors"), Path(plan.source_file(one))
    of_scse = Path(plan.source_file(plan.runs["scse"][0]))
    assert scans == Path(f"work/datasets/{one.dataset.key}/source.json")
    assert plan.needed([trained, scans, of_scse], "xnet") == [str(trained), str(scans)]
    assert plan.needed([trained, of_scse]) == [str(trained), str(of_scse)]
    assert plan.needed([trained], "scse") == []
