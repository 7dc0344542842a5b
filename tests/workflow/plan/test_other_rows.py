"""Runs of nnU-Net, runs that are made of trained ones, and runs that share a training."""

import pytest

from segrepro.utils.errors import ConfigError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.failed_rows import without_failed
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.other_rows import (
    combined_runs,
    member_models,
    nnunet_plan,
    nnunet_sets,
    nnunet_settings,
    shared_trainings,
)

ROWS = {
    "nnunet": {"trainer": "nnunet", "epochs": 2, "steps_per_epoch": 5},
    "both": {"from": ["unet", "xnet"], "tta": True, "postprocess": "largest_component"},
}


def planned(*chosen: str, **changes):
    study = {"experiments": ROWS} | changes
    config = {"studies": "xnet", "data": "phantom", "experiments": list(chosen), "overrides": {"xnet": study}}
    return make_plan(load_config(config))


def test_nnunet_plans_once_for_cases_folds_and_configuration():
    more = {"nnunet": ROWS["nnunet"], "longer": {"trainer": "nnunet", "minutes": 3}}
    plan = planned("nnunet", "longer", experiments=more)
    ((key, run),) = nnunet_sets(plan).items()
    assert {nnunet_plan(plan, name) for name in plan.all_runs} == {f"work/nnunet/{key}/plans.json"}
    assert nnunet_settings(plan, key).model_dump() == {
        "dataset": run.dataset.folder.model_dump(), "labels": {"values": {1: "lesion"}, "ignored": None},
        "modalities": None, "configuration": "2d",
    } | {"modalities": nnunet_settings(plan, key).modalities}  # fmt: skip
    other = planned("nnunet", experiments={"nnunet": ROWS["nnunet"] | {"configuration": "3d_fullres"}})
    assert key not in nnunet_sets(other)


def test_nnunet_is_trained_anew_by_nothing_but_its_own_settings_and_cases():
    def key(**changes):
        return next(iter(planned("nnunet", **changes).all_runs))

    assert key() == key(recipe={"epochs": 7}, preparation={"size": [32, 32]}, seeds=3)
    assert key() != key(folds={"seed": 5})
    assert key() != key(experiments={"nnunet": ROWS["nnunet"] | {"epochs": 3}})


def test_nnunet_is_trained_once_unless_its_row_says_otherwise():
    assert len(planned("nnunet", seeds=3).all_runs) == 1
    assert len(planned("nnunet", experiments={"nnunet": ROWS["nnunet"] | {"seeds": 2}}).all_runs) == 2


def test_a_row_made_of_others_brings_them_and_is_made_as_often_as_they_are_trained():
    plan = planned("both", seeds=2)
    assert sorted(run.name for run in plan.all_runs.values()) == [
        "both", "both-seed1", "unet", "unet-seed1", "xnet", "xnet-seed1",
    ]  # fmt: skip
    runs = {run.name: run for run in plan.all_runs.values()}
    assert combined_runs(plan) == [runs["both"].key, runs["both-seed1"].key]
    assert member_models(plan, runs["both-seed1"].key, 1) == [
        f"work/runs/{runs[name].key}/fold1/model.safetensors" for name in ("unet-seed1", "xnet-seed1")
    ]


def test_it_trains_nothing_twice_and_is_made_anew_with_its_members():
    alone = {run.key for run in planned("unet", "xnet").all_runs.values()}
    assert alone < {*planned("both").all_runs}
    changed = planned("both", recipe={"epochs": 7})
    assert {*planned("both").all_runs}.isdisjoint(changed.all_runs)


def test_without_a_member_there_is_no_row():
    plan = planned("both", "threshold")
    (failed,) = [key for key, run in plan.all_runs.items() if run.name == "unet"]
    left = without_failed(plan, {failed: "no memory"})
    assert sorted(run.name for run in left.all_runs.values()) == ["threshold", "xnet"]
    assert {row.experiment: row.reason for row in left.failed_rows["xnet"]} == {
        "unet": "no memory",
        "both": "unet, which it is built on, failed",
    }


def test_the_papers_protocol_has_no_part_to_choose_post_processing_by():
    config = {"studies": "xnet", "data": "phantom", "experiments": ["both"], "protocols": ["published"]}
    with pytest.raises(ConfigError, match="postprocess under protocol published"):
        make_plan(load_config(config | {"overrides": {"xnet": {"experiments": ROWS}}}))


def test_rows_that_score_other_weights_of_one_training_train_nothing():
    plan = make_plan(load_config({"studies": "scse", "data": "phantom", "experiments": ["unet_ct", "unet_ct_last"]}))
    assert {plan.all_runs[key].name: one.name for key, one in shared_trainings(plan).items()} == {
        "unet_ct_last": "unet_ct"
    }
    more = {"unet_ct_last": {"recipe": {"epochs": 9}}}
    config = {"studies": "scse", "data": "phantom", "experiments": ["unet_ct", "unet_ct_last"]}
    assert shared_trainings(make_plan(load_config(config | {"overrides": {"scse": {"experiments": more}}}))) == {}


@pytest.mark.parametrize("study", ["hlenet", "pseudo_dwi", "scse", "wmh", "xnet"])
def test_the_choice_of_other_weights_trains_nothing_in_any_study(study):
    config = {"studies": study, "data": "phantom"}
    plan = make_plan(load_config(config | {"choices": "weights"}))
    more = {*plan.all_runs} - {*make_plan(load_config(config)).all_runs}
    assert more == {*shared_trainings(plan)}
    assert more
    assert {plan.all_runs[key].checkpoint for key in more} == {"last"}
    assert {plan.all_runs[key].choices["weights"] for key in more} == {"last"}


def test_nnunet_scores_its_last_weights_so_that_the_choice_leaves_it_alone():
    claims = [{"text": "A", "table": "table1", "better": "nnunet", "than": ["unet"], "measures": ["dice"]}]
    study = {"experiments": {"nnunet": ROWS["nnunet"]}, "claims": claims}
    config = {"studies": "xnet", "data": "phantom", "experiments": ["nnunet", "unet"], "overrides": {"xnet": study}}
    plan = make_plan(load_config(config | {"choices": "weights"}))
    assert sorted(run.name for run in plan.all_runs.values()) == ["nnunet", "unet", "unet-weights-last"]
