"""From configuration to a plan."""

import sys
from pathlib import Path

import pytest

from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.files import file_sha256
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.pretrained import pretrained_files
from segrepro.workflow.plan.report_settings import table_settings
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS
from tests.raised import raised
from tests.scans import write_slices
from tests.workflow.config.plans import plan


def test_weights_that_no_study_knows():
    with raised(ConfigError, where="config.yaml: pretrained.vgg61", remedy="Did you mean vgg16"):
        plan(pretrained={"vgg61": "/weights/vgg16.pth"})


def test_only_phantoms_with_a_hidden_core_are_drawn_anew_when_its_drawing_changes(monkeypatch):
    def version(**phantom):
        overrides = {"pseudo_dwi": {"datasets": {"isles2018": {"phantom": phantom}}}}
        return plan(studies="pseudo_dwi", overrides=overrides).runs["pseudo_dwi"][0].dataset.version

    before = version(), version(hidden_core=True)
    monkeypatch.setitem(STAGE_VERSIONS, "hidden_phantom", STAGE_VERSIONS["hidden_phantom"] + 1)
    assert version() == before[0]
    assert version(hidden_core=True) != before[1]


def test_a_missing_data_folder_is_one_line():
    with raised(DataError, where="nowhere"):
        plan(data="/nowhere/at/all")


def test_weights_may_be_set_and_a_study_without_the_protocol_may_not_name_it():
    changed = plan(studies="xnet", protocols=["published"], overrides={"xnet": {"published": {"checkpoint": "best"}}})
    assert {run.checkpoint for run in changed.all_runs.values()} == {"best"}
    with raised(ConfigError, found="protocols with published, but no key published"):
        plan(studies="hlenet", overrides={"hlenet": {"protocols": ["clean", "published"]}})


@pytest.mark.parametrize(("weights", "lacking"), [({}, "pretrained.vgg16"), ({"vgg16": __file__}, None)])
def test_an_experiment_that_is_asked_for_says_which_weights_it_lacks(weights, lacking):
    digest = file_sha256(Path(__file__))
    wmh = plan(studies="wmh", experiments=["fcn", "fcn_pretrained"], pretrained=weights, weights_sha256=digest)
    assert table_settings(wmh, "wmh").lacking.get("fcn_pretrained") == lacking
    assert bool(wmh.left_out) == bool(lacking)


def planned(study, chosen, **changes):
    config = {"studies": study, "data": "phantom", "experiments": chosen, "overrides": {study: changes}}
    return make_plan(load_config(config))


def test_a_run_a_seed_with_the_same_folds_and_the_first_as_it_was():
    once, thrice = (planned("xnet", ["unet", "xnet"], seeds=seeds) for seeds in (1, 3))
    names = [run.name for run in thrice.runs["xnet"]]
    assert names == ["unet", "unet-seed1", "unet-seed2", "xnet", "xnet-seed1", "xnet-seed2"]
    assert [run.seed for run in thrice.runs["xnet"]] == [0, 1, 2] * 2
    assert {run.folds_key for run in thrice.runs["xnet"]} == {run.folds_key for run in once.runs["xnet"]}
    first = [run.key for run in thrice.runs["xnet"] if not run.repeat]
    assert first == [run.key for run in once.runs["xnet"]]
    assert len({run.hash for run in thrice.runs["xnet"]}) == 6


def test_a_division_a_repeat_with_a_training_of_its_own_and_the_first_as_it_was():
    once, thrice = (planned("pseudo_dwi", ["unet_l2"], repeats=repeats, seeds=1) for repeats in (1, 3))
    runs = {run.name: run for run in thrice.runs["pseudo_dwi"]}
    names = ["unet_l2", "unet_l2-seed1", "unet_l2-seed2"]
    assert [name for name in runs if name.startswith("unet")] == names
    assert len({runs[name].folds_key for name in names}) == 3
    assert [runs[name].division for name in names] == [0, 1, 2]
    # What a network starts from learned on the same division.
    for name in names:
        assert runs[name].init_from.folds_key == runs[name].folds_key
    assert {run.key for run in once.runs["pseudo_dwi"]} < {run.key for run in thrice.runs["pseudo_dwi"]}
    settings = [thrice.evaluation_settings(runs[name].key) for name in names]
    assert [one.division for one in settings] == [0, 1, 2]
    run = once.runs["pseudo_dwi"][0]
    assert "division" not in once.evaluation_settings(run.key).model_dump_json()


def test_folds_that_are_given_are_not_divided_anew():
    with raised(ConfigError, where="repeats$", found="^folds by official"):
        planned("hlenet", ["unet28"], repeats=2)
    runs = planned("hlenet", ["unet28", "unet28_spleen"], repeats=2, seeds=3).runs["hlenet"]
    assert [run.division for run in runs] == [None, None, None, 0, 1]


def test_an_experiment_may_say_its_own_and_one_that_others_start_from_is_trained_as_often():
    plan = planned("pseudo_dwi", ["unet_l2", "full"], seeds=1, experiments={"unet_l2": {"seeds": 2}})
    runs = {run.name: run for run in plan.runs["pseudo_dwi"]}
    assert sorted(runs) == ["full", "synthesis_l2", "synthesis_l2-seed1", "unet_l2", "unet_l2-seed1"]
    assert runs["unet_l2-seed1"].init_from == runs["synthesis_l2-seed1"]


@pytest.mark.parametrize("study", ["xnet", "pseudo_dwi", "wmh", "scse", "hlenet"])
def test_every_row_that_a_claim_names_is_trained_three_times_at_paper_scale(study):
    plan = make_plan(load_config({"studies": study, "scale": "paper", "data": "phantom", "experiments": "all"}))
    spec, seeds = plan.studies[study], {}
    for run in plan.runs[study]:
        seeds[run.experiment] = max(seeds.get(run.experiment, 0), run.repeat + 1)
    named = {name for claim in spec.claims for name in claim.experiments}
    lacking = plan.lacking[study]
    assert {seeds[name] for name in named if name not in lacking} == {3}
    assert spec.margins
    assert all(claim.table is None or claim.measures for claim in spec.claims)


CHOICES = {
    "similarity": {
        "text": "Silent.",
        "default": "softmax",
        "reason": "As printed.",
        "options": {"dot": {"experiments": {"xnet": {"options": {"similarity": "dot"}}}}},
    },
    "epochs": {"text": "", "default": "many", "reason": "", "options": {"few": {"recipe": {"epochs": 2}}}},
}


def with_choices(choices, experiments, study="xnet", defined=CHOICES):
    overrides = {study: {"choices": defined}}
    config = {"studies": study, "data": "phantom", "experiments": experiments, "choices": choices}
    return make_plan(load_config(config | {"overrides": overrides}))


def test_the_rows_of_claims_run_under_each_option_and_what_it_leaves_alone_does_not():
    without, found = (with_choices(choices, ["unet", "xnet"]).runs["xnet"] for choices in ([], [*CHOICES]))
    assert [run.key for run in found[:2]] == [run.key for run in without]
    assert [run.name for run in found[2:]] == ["xnet-similarity-dot", "unet-epochs-few", "xnet-epochs-few"]
    assert found[2].choices == {"similarity": "dot"}
    assert found[2].settings["choices"] == {"similarity": "dot"}
    assert found[2].resolved.options["similarity"] == "dot"
    one = with_choices("similarity", ["unet", "xnet"]).runs["xnet"]
    assert [run.name for run in one] == ["unet", "xnet", "xnet-similarity-dot"]


def test_an_experiment_that_no_claim_names_has_no_variant():
    found = with_choices("epochs", ["xnet_released"]).runs["xnet"]
    assert [run.name for run in found] == ["xnet_released"]


def test_what_a_touched_run_starts_from_is_made_once_where_it_is_not_touched():
    unet = {"experiments": {"unet_w_l2_h1": {"recipe": {"epochs": 2}}}}
    synthesis = {"experiments": {"synthesis_w_l2_h1": {"recipe": {"epochs": 2}}}}
    defined = {"a": CHOICES["epochs"] | {"options": {"unet": unet, "synthesis": synthesis}}}
    runs = with_choices("a", ["unet_w_l2_h1"], "pseudo_dwi", defined).runs["pseudo_dwi"]
    found = {run.name: run for run in runs}
    named = ["unet_w_l2_h1-a-unet", "synthesis_w_l2_h1-a-synthesis", "unet_w_l2_h1-a-synthesis"]
    assert [*found] == ["synthesis_w_l2_h1", "unet_w_l2_h1", *named]
    assert found["unet_w_l2_h1-a-unet"].init_from == found["synthesis_w_l2_h1"]
    assert found["unet_w_l2_h1-a-synthesis"].init_from == found["synthesis_w_l2_h1-a-synthesis"]


def test_scaling_of_a_channel_that_a_row_does_not_use_leaves_it_alone():
    config = {"studies": "pseudo_dwi", "data": "phantom", "choices": "dwi_scaling"}
    runs = make_plan(load_config(config | {"experiments": ["unet_ce", "slnet_ce", "unet_w_l2_h1", "unet_real_dwi"]}))
    variants = {run.experiment for run in runs.runs["pseudo_dwi"] if run.choices}
    assert variants == {"synthesis_w_l2_h1", "unet_w_l2_h1"}  # no claim names unet_real_dwi


def test_the_text_of_an_own_layout_is_part_of_the_data_sets_version(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    write_slices(tmp_path / "scans", [f"p{number}_1" for number in range(6)])
    dataset = {"layout": "own_visits:find_cases", "title": "Mine"}
    overrides = {"xnet": {"datasets": {"mine": dataset}, "dataset": "mine", "preparation": {"slices": "none"}}}
    config = {"studies": "xnet", "experiments": ["threshold"], "data": {"mine": "scans"}, "overrides": overrides}

    def version(text: str) -> str:
        (tmp_path / "own_visits.py").write_text(text)
        monkeypatch.delitem(sys.modules, "own_visits", raising=False)
        (run,) = make_plan(load_config(config)).all_runs.values()
        return run.dataset.version

    text = "from segrepro.datasets.layouts.slices import *\n"
    assert version(text) == version(text)
    assert version(text) != version(text + "# edited\n")
    with raised(ConfigError, found="no find_cases there"):
        version("find = 1\n")


def test_weights_of_ones_own_belong_to_a_network_of_ones_own_and_to_its_hash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "own_net.py").write_text("Net = None\n")
    (tmp_path / "mine.pt").write_bytes(b"1")
    row = {"network": "own_net:Net", "pretrained": "mine", "recipe": {"initialisation": "default"}}
    config = {"studies": "xnet", "data": "phantom", "experiments": ["own"], "pretrained": {"mine": "mine.pt"}}

    def planned_with(**more):
        return make_plan(load_config(config | {"overrides": {"xnet": {"experiments": {"own": row | more}}}}))

    (run,) = planned_with().all_runs.values()
    assert pretrained_files(load_config(config)) == {run.pretrained_sha256: "mine.pt"}
    (tmp_path / "mine.pt").write_bytes(b"2")
    assert [*planned_with().all_runs] != [run.key]
    with raised(ConfigError, found="pretrained with initialisation"):
        planned_with(recipe={"initialisation": "xavier_uniform"})
    with pytest.raises(ConfigError, match="weights that are given out"):
        planned_with(network="unet")


def test_the_division_by_slices_and_the_last_weights_have_rows_of_their_own_at_one_size_of_training():
    made = make_plan(load_config({"studies": "scse", "scale": "paper", "experiments": "all"}))
    names = [f"scse_ct{part}" for part in ("", "_last", "_slices", "_slices_last")]
    runs = {run.experiment: run for run in made.runs["scse"] if run.protocol == "clean" and not run.repeat}
    found = [(runs[name].folds.by, runs[name].checkpoint) for name in names]
    assert found == [("patient", "best"), ("patient", "last"), ("slice", "best"), ("slice", "last")]
    shares = {(runs[name].folds.count, runs[name].folds.validation_fraction) for name in names}
    assert shares == {(5, 0.2)}
    published = {run.experiment for run in made.runs["scse"] if run.protocol == "published"}
    assert published & set(names) == {"scse_ct"}
