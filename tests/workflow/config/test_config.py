"""Configuration and studies: what is accepted, and how faults are said."""

import json
import os
import subprocess
import sys

import jsonschema
import numpy as np
import pytest

from segrepro.datasets.phantoms import phantom_names, phantom_settings
from segrepro.evaluation.metrics import segmentation_metrics
from segrepro.report.figures import figure_kinds, figure_options
from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.repository import REPOSITORY
from segrepro.utils.validation import Strict
from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import load_study, study_names
from segrepro.workflow.config.schemas import schemas
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS

ATLAS_WITH_RIM = {
    "title": "ATLAS with a rim",
    "layout": "atlas",
    "access": "mine",
    "ignore_label": 2,
    "phantom": {"patients": 24},
}
ENVIRONMENT = os.environ | {"PYTHONPATH": str(REPOSITORY)}


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
        (
            {"overrides": {"xnet": {"recipe": {"epoch": 3}}}},
            ["config.yaml: overrides.xnet.recipe:", "'epoch'", "epochs"],
        ),
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


def unsound(**study):
    """The message on the X-Net study with these changes."""
    with pytest.raises(ConfigError) as caught:
        plan(studies="xnet", overrides={"xnet": study})
    return str(caught.value)


@pytest.mark.parametrize(
    ("study", "key", "words"),
    [
        ({"network_options": {"base_with": 4}}, "network_options.base_with", "Did you mean base_width?"),
        ({"network_options": {"base_width": "wide"}}, "network_options.base_width", "'wide'"),
        ({"experiments": {"xnet": {"options": {"base_with": 4}}}}, "experiments.xnet.options.base_with", "base_width"),
        (
            {"experiments": {"xnet": {"options": {"similarity": "cosine"}}}},
            "experiments.xnet.options.similarity",
            "softmax or dot",
        ),
        (
            {"experiments": {"xnet": {"loss_options": {"ignore": 3}}}},
            "experiments.xnet.loss_options.ignore",
            "no option",
        ),
        ({"experiments": {"xnet": {"network": "no_such:Net"}}}, "experiments.xnet.network", "a module no_such"),
        (
            {"experiments": {"xnet": {"network": "segrepro.networks.unet:UNets"}}},
            "experiments.xnet.network",
            "Did you mean UNet?",
        ),
        ({"datasets": {"atlas": {"phantom": {"patiens": 4}}}}, "datasets.atlas.phantom", "Did you mean patients?"),
        ({"datasets": {"atlas": {"phantom": {"patients": "few"}}}}, "datasets.atlas.phantom.patients", "'few'"),
        (
            {"datasets": {"atlas": {"features": {"r": {"kind": "area_opening", "settings": {"area": 3}}}}}},
            "datasets.atlas.features.r.settings",
            "Did you mean area_px?",
        ),
        ({"experiments": {"xnet": {"inputs": ["t1", "flare"]}}}, "experiments.xnet.inputs.1", "'flare'"),
        ({"experiments": {"xnet": {"target": "dwi"}}}, "experiments.xnet.target", "'dwi'"),
        ({"experiments": {"xnet": {"pretrained": "vgg19"}}}, "experiments.xnet.pretrained", "Did you mean vgg16?"),
        ({"experiments": {"xnet": {"pretrained": "vgg16"}}}, "experiments.xnet.pretrained", "expected vgg_fcn"),
        ({"figures": {"fig4": {"options": {"foo": 3}}}}, "figures.fig4.options", "'foo'"),
        ({"recipe": {"initialisation": "xavier"}}, "recipe.initialisation", "Did you mean xavier_uniform?"),
        ({"tables": {"table1": {"metrics": {"dcie": "Dice"}}}}, "tables.table1.metrics.dcie", "Did you mean dice?"),
        ({"tables": {"table1": {"proposed": "xnat"}}}, "tables.table1.proposed", "Did you mean xnet?"),
        (
            {"tables": {"table1": {"rows": [{"label": "X", "published_as": "X-Nett"}]}}},
            "tables.table1.rows.0.published_as",
            "a method in published/xnet_table1_fsm_ablation.csv. Did you mean",
        ),
        (
            {"tables": {"table1": {"rows": [{"label": "X", "experiment": "xnat"}]}}},
            "tables.table1.rows.0.experiment",
            "Did you mean xnet?",
        ),
        (
            {"datasets": {"atlas": {"preparation": {"sizes": [4, 4]}}}},
            "datasets.atlas.preparation",
            "Did you mean size?",
        ),
        ({"empty_masks": "xnat"}, "empty_masks", "Did you mean xnet?"),
        ({"empty_masks": {"dcie": {"both_empty": 1}}}, "empty_masks", "Did you mean dice?"),
        ({"empty_masks": {"dice": {"both_emty": 1}}}, "empty_masks", "Did you mean both_empty?"),
        ({"empty_masks": {"dice": {"both_empty": "one"}}}, "empty_masks", "'one'"),
        ({"preparation": {"sizes": [4, 4]}}, "preparation", "Did you mean size?"),
    ],
)
def test_what_a_study_speaks_of_must_be_there(study, key, words):
    message = unsound(**study)
    assert message.startswith(f"config.yaml: overrides.xnet.{key}: "), message
    assert words in message
    assert "\n" not in message


def test_rules_for_empty_masks_by_measure_reach_the_scores():
    import yaml

    text = (REPOSITORY / "docs/configuration.md").read_text().split("### Empty masks")[1]
    made = plan(studies="xnet", **yaml.safe_load(text.split("```yaml")[1].split("```")[0]))
    (settings,) = {json.dumps(made.evaluation_settings(run).empty) for run in made.all_runs}
    empty, whole = np.zeros((4, 4), bool), np.ones((4, 4), bool)
    assert segmentation_metrics(empty, empty, (1, 1), empty=json.loads(settings))["dice"] == 1
    scores = segmentation_metrics(empty, whole, (1, 1), empty=json.loads(settings))
    assert scores["dice"] == 0
    assert np.isnan(scores["hd95_mm"])


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"loss": "dice_ce"}, "the loss dice_ce; expected pixel_sum_ce with loss_options: {ignore_index: 255}"),
        ({"loss": "pixel_sum_ce"}, "the loss pixel_sum_ce"),
        ({"loss": "pixel_sum_ce", "loss_options": {"ignore_index": 255}}, None),
    ],
)
def test_what_is_not_learned_is_left_out_of_the_loss(spec, words):
    two = {"datasets": {"b": ATLAS_WITH_RIM}, "experiments": {"unet_fsm": {"dataset": "b"} | spec}}
    if words is None:
        assert plan(studies="xnet", overrides={"xnet": two})
    else:
        message = unsound(**two)
        assert message.startswith("config.yaml: overrides.xnet.experiments.unet_fsm: "), message
        assert words in message
        assert "\n" not in message


def test_all_faults_of_a_study_come_at_once():
    lines = unsound(network_options={"a": 1}, experiments={"xnet": {"options": {"b": 2}}}).splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "overrides.xnet.network_options.a",
        "overrides.xnet.experiments.xnet.options.b",
    ]


def test_planning_looks_at_a_network_of_ones_own_without_torch(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("import torch\n\nclass Net(torch.nn.Module):\n    pass\n")
    (tmp_path / "broken.py").write_text("class Net(:\n")
    monkeypatch.chdir(tmp_path)
    code = (
        "import sys; from tests.workflow.config.test_config import plan\n"
        "for name in ('mine:Net', 'mine:Nett', 'broken:Net'):\n"
        "    try: plan(studies='xnet', overrides={'xnet': {'experiments': {'xnet': {'network': name}}}})\n"
        "    except Exception as error: print(error)\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    assert [words in line for words, line in zip(("Did you mean Net?", "broken.py"), done.stdout.splitlines())] == [
        True
    ] * 2


def test_weights_that_no_study_knows():
    with pytest.raises(ConfigError, match="config.yaml: pretrained.vgg61: .* Did you mean vgg16"):
        plan(pretrained={"vgg61": "/weights/vgg16.pth"})


def test_only_phantoms_with_a_hidden_core_are_drawn_anew_when_its_drawing_changes(monkeypatch):
    def version(**phantom):
        overrides = {"pseudo_dwi": {"datasets": {"isles2018": {"phantom": phantom}}}}
        return plan(studies="pseudo_dwi", overrides=overrides).runs["pseudo_dwi"][0].dataset.version

    before = version(), version(hidden_core=True)
    monkeypatch.setitem(STAGE_VERSIONS, "hidden_phantom", STAGE_VERSIONS["hidden_phantom"] + 1)
    assert version() == before[0]
    assert version(hidden_core=True) != before[1]


def test_every_kind_of_figure_and_phantom_says_what_it_takes():
    for kind in figure_kinds():
        assert issubclass(figure_options(kind), Strict)
    for layout in phantom_names():
        assert {"patients", "seed"} <= {*phantom_settings(layout).model_fields}


def test_one_experiment_and_one_protocol_need_no_list():
    one = plan(experiments="xnet", protocols="published")
    assert one.runs == plan(experiments=["xnet"], protocols=["published"]).runs


def test_a_fault_names_the_file_it_stands_in():
    layers = [
        ("config.yaml", {"scale": "demo", "studies": "xnet"}),
        ("mine.yaml", {"overrides": {"xnte": {}}}),
        ("--config", {"scale": "dmeo"}),
    ]
    values = {key: value for _, content in layers for key, value in content.items()}
    with pytest.raises(ConfigError, match="^--config: scale: found 'dmeo'"):
        load_config(values, layers)
    with pytest.raises(ConfigError, match="^mine.yaml: overrides.xnte: .* Did you mean xnet"):
        make_plan(load_config(values | {"scale": "demo"}, layers))


def test_a_missing_data_folder_is_one_line():
    with pytest.raises(DataError, match="nowhere"):
        plan(data="/nowhere/at/all")


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
    names = {run.name for run in plan(protocols=["clean", "published"]).runs["xnet"]}
    assert {"xnet", "xnet-published"} <= names


def test_the_scored_weights_are_those_that_each_paper_scores():
    found = plan(protocols=["clean", "published"], experiments="all")
    weights = {name: {(run.protocol, run.checkpoint) for run in runs} for name, runs in found.runs.items()}
    both, clean = {("clean", "best"), ("published", "last")}, {("clean", "best")}
    assert weights == {"hlenet": clean, "pseudo_dwi": clean, "scse": both, "wmh": both, "xnet": both}
    assert [line for line in found.left_out if "protocol" in line] == [
        f"{name}: runs with protocol clean only: its paper has no other" for name in ("hlenet", "pseudo_dwi")
    ]
    assert {name: bool(study.published_protocol) for name, study in found.report_settings.studies.items()} == {
        name: runs == both for name, runs in weights.items()
    }


def test_weights_may_be_set_and_a_study_without_the_protocol_may_not_name_it():
    changed = plan(studies="xnet", protocols=["published"], overrides={"xnet": {"published": {"checkpoint": "best"}}})
    assert {run.checkpoint for run in changed.all_runs.values()} == {"best"}
    with pytest.raises(ConfigError, match="protocols with published, but no key published"):
        plan(studies="hlenet", overrides={"hlenet": {"protocols": ["clean", "published"]}})


def test_conda_environments_pin_what_the_constraints_pin():
    import yaml

    pins = {line.lower() for line in (REPOSITORY / "constraints.txt").read_text().split()}
    for path in (REPOSITORY / "envs").glob("*.yaml"):
        (pip,) = [item["pip"] for item in yaml.safe_load(path.read_text())["dependencies"] if isinstance(item, dict)]
        assert set(pip) <= pins


@pytest.mark.parametrize(("weights", "lacking"), [({}, "pretrained.vgg16"), ({"vgg16": __file__}, None)])
def test_an_experiment_that_is_asked_for_says_which_weights_it_lacks(weights, lacking):
    wmh = plan(studies="wmh", experiments=["fcn", "fcn_pretrained"], pretrained=weights)
    assert wmh.table_settings("wmh").lacking.get("fcn_pretrained") == lacking
    assert bool(wmh.left_out) == bool(lacking)


def by_schema(name, content):
    """The faults of a configuration by its published schema."""
    return [
        error.message for error in jsonschema.Draft202012Validator(json.loads(schemas()[name])).iter_errors(content)
    ]


@pytest.mark.parametrize("name", study_names())
def test_every_study_fits_the_published_schema(name):
    study = load_study(name, "demo").model_dump(mode="json")
    assert by_schema("study.schema.json", study) == []
    assert by_schema("study.schema.json", study | {"name": "X"})


def test_the_workflow_holds_config_and_studies_against_the_schemas():
    text = (REPOSITORY / "rules/common.smk").read_text()
    assert all(f"../schemas/{name}" in text for name in schemas())


@pytest.mark.parametrize("key", ["work", "results", "data"])
def test_home_and_variables_are_meant_where_no_shell_expands_them(key, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("SCRATCH", "/scratch/me")
    for written, meant in (("~/a", "/home/me/a"), ("$SCRATCH/a", "/scratch/me/a"), ("${SCRATCH}/a", "/scratch/me/a")):
        assert getattr(load_config({key: written}), key) == meant
    assert load_config({"data": {"atlas": "~/a", "isles2018": "phantom"}}).data["atlas"] == "/home/me/a"
    assert getattr(load_config({key: "a~b/c"}), key) == "a~b/c"


@pytest.mark.parametrize("key", ["work", "results", "data"])
@pytest.mark.parametrize("written", ["$NOT_SET/a", "${NOT_SET}/a", "$EMPTY/a", "~no_such_user/a"])
def test_a_variable_that_is_not_set_or_a_home_of_nobody_is_refused(key, written, monkeypatch):
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(ConfigError) as caught:
        load_config({key: written})
    assert caught.value.where == f"config.yaml: {key}"
