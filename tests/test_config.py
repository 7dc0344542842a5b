"""Configuration and studies: what is accepted, and how faults are said."""

import pytest

from segrepro.config import REPOSITORY, load_config, schemas
from segrepro.errors import ConfigError, DataError
from segrepro.planning import make_plan
from segrepro.studies import load_study, study_names


def plan(**values):
    return make_plan(load_config(values))


@pytest.mark.parametrize("scale", ["demo", "paper"])
@pytest.mark.parametrize("name", study_names())
def test_every_study_is_sound_at_both_scales(name, scale):
    assert load_study(name, scale).experiments


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"scael": "demo"}, ["'scael'", "Did you mean scale?"]),
        ({"scale": "dmeo"}, ["scale", "'dmeo'", "Did you mean demo?"]),
        ({"studies": "xnte"}, ["studies", "'xnte'", "Did you mean xnet?"]),
        ({"experiments": ["xnot"]}, ["experiments", "'xnot'", "Did you mean xnet?"]),
        ({"data": {"atals": "phantom"}}, ["data", "'atals'", "Did you mean atlas?"]),
        ({"overrides": {"xnet": {"recipe": {"epoch": 3}}}}, ["studies/xnet.yaml", "recipe", "'epoch'", "epochs"]),
        ({"overrides": {"xnet": {"experiments": {"a": {"network": "xnett"}}}}}, ["experiments.a.network", "xnet"]),
        ({"overrides": {"xnet": {"experiments": {"a": {"network": "unet", "loss": "dice_cee"}}}}}, ["loss", "dice_ce"]),
        ({"overrides": {"xnet": {"figures": {"fig4": {"experiments": ["xnex"]}}}}}, ["'xnex'", "Did you mean xnet?"]),
        ({"overrides": {"xnet": {"recipe": {"batch_size": "many"}}}}, ["recipe.batch_size", "'many'", "integer"]),
    ],
)
def test_a_fault_names_key_value_and_nearest_name(values, words):
    with pytest.raises(ConfigError) as caught:
        plan(**values)
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_data_folder_is_one_line():
    with pytest.raises(DataError, match="nowhere"):
        plan(data="/nowhere/at/all")


def test_the_schemas_in_the_repository_are_those_of_the_models():
    for name, text in schemas().items():
        assert (REPOSITORY / "schemas" / name).read_text() == text


def test_a_recipe_changes_its_own_run_and_no_other():
    before = plan().all_runs
    changed = {"xnet": {"experiments": {"unet": {"recipe": {"batch_size": 5}}}}}
    after = plan(overrides=changed).all_runs
    gone, new = set(before) - set(after), set(after) - set(before)
    assert [key.rsplit("-", 1)[0] for key in gone] == [key.rsplit("-", 1)[0] for key in new] == ["unet"]


def test_each_experiment_is_trained_once_though_it_stands_in_two_tables():
    runs = plan(experiments="all").runs["xnet"]
    assert len({run.name for run in runs}) == len(runs) == len(load_study("xnet", "demo").experiments)


def test_both_protocols_are_runs_of_their_own():
    names = {run.name for run in plan(protocols=["clean", "printed"]).runs["xnet"]}
    assert {"xnet", "xnet-printed"} <= names


def test_the_scored_weights_are_those_that_each_paper_scores():
    found = plan(protocols=["clean", "printed"], experiments="all")
    weights = {name: {(run.protocol, run.weights) for run in runs} for name, runs in found.runs.items()}
    both, clean = {("clean", "best"), ("printed", "last")}, {("clean", "best")}
    assert weights == {"hlenet": clean, "pseudo_dwi": clean, "scse": both, "wmh": both, "xnet": both}
    assert [line for line in found.left_out if "protocol" in line] == [
        f"{name}: runs with protocol clean only: its paper has no other" for name in ("hlenet", "pseudo_dwi")
    ]
    assert {name: bool(study["printed"]) for name, study in found.report_settings["studies"].items()} == {
        name: runs == both for name, runs in weights.items()
    }


def test_weights_may_be_set_and_a_study_without_the_protocol_may_not_name_it():
    changed = plan(studies="xnet", protocols=["printed"], overrides={"xnet": {"printed": {"weights": "best"}}})
    assert {run.weights for run in changed.all_runs.values()} == {"best"}
    with pytest.raises(ConfigError, match="protocols with printed, but no key printed"):
        plan(studies="hlenet", overrides={"hlenet": {"protocols": ["clean", "printed"]}})


def test_conda_environments_pin_what_the_constraints_pin():
    import yaml

    pins = {line.lower() for line in (REPOSITORY / "constraints.txt").read_text().split()}
    for path in (REPOSITORY / "envs").glob("*.yaml"):
        (pip,) = [item["pip"] for item in yaml.safe_load(path.read_text())["dependencies"] if isinstance(item, dict)]
        assert set(pip) <= pins


@pytest.mark.parametrize(("weights", "lacking"), [({}, "weights.vgg16"), ({"vgg16": __file__}, None)])
def test_an_experiment_that_is_asked_for_says_which_weights_it_lacks(weights, lacking):
    wmh = plan(studies="wmh", experiments=["fcn", "fcn_pretrained"], weights=weights)
    assert wmh.study_settings("wmh")["lacking"].get("fcn_pretrained") == lacking
    assert bool(wmh.left_out) == bool(lacking)
