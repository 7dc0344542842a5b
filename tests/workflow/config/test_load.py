"""Studies are loaded whole: every fault with key, value and nearest name."""

import json
from pathlib import Path

import jsonschema
import pytest

from segrepro.utils.errors import ConfigError
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config.load import load_study, study_file, study_names
from segrepro.workflow.config.schemas import schemas
from tests.raised import raised
from tests.workflow.config.plans import plan, unsound


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


def test_all_faults_of_a_study_come_at_once():
    lines = unsound(network_options={"a": 1}, experiments={"xnet": {"options": {"b": 2}}}).splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "overrides.xnet.network_options.a",
        "overrides.xnet.experiments.xnet.options.b",
    ]


def test_conda_environments_pin_what_the_constraints_pin():
    import yaml

    pins = {line.lower() for line in (REPOSITORY / "constraints.txt").read_text().split()}
    for path in (REPOSITORY / "envs").glob("*.yaml"):
        (pip,) = [item["pip"] for item in yaml.safe_load(path.read_text())["dependencies"] if isinstance(item, dict)]
        assert set(pip) <= pins


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


def chosen(choices, **options):
    choice = {"text": "Silent.", "default": "softmax", "reason": "As printed.", "options": options}
    return plan(studies="xnet", choices=choices, overrides={"xnet": {"choices": {"similarity": choice}}})


@pytest.mark.parametrize(
    ("choices", "options", "fields"),
    [
        ("similarty", {"dot": {"seed": 1}}, {"where": "^config.yaml: choices$", "expected": "similarity, weights$"}),
        ("all", {"softmax": {}}, {"where": "config.yaml: .*xnet.choices.similarity$", "found": "default 'softmax'"}),
        ("all", {"dot": {"title": "X"}}, {"where": "choices.similarity.options.dot", "found": "no change"}),
        (
            ["similarity"],
            {"dot": {"experiments": {"xnet": {"options": {"similarity": "dto"}}}}},
            {"where": "^config.yaml: overrides.xnet.choices.similarity.options.dot.experiments.xnet.options.sim"},
        ),
    ],
)
def test_a_fault_of_a_choice_is_said_where_it_stands(choices, options, fields):
    with raised(ConfigError, **fields):
        chosen(choices, **options)


def test_config_lies_over_an_option_and_an_option_over_the_studys_file():
    choice = {"text": "", "default": "30", "reason": "", "options": {"9": {"recipe": {"epochs": 9, "batch_size": 3}}}}
    overrides = {"recipe": {"epochs": 5}, "choices": {"epochs": choice}}
    recipe = load_study("xnet", "paper", overrides, option=("epochs", "9")).recipe
    assert (recipe.epochs, recipe.batch_size) == (5, 3)


@pytest.mark.parametrize("scale", ["demo", "paper"])
@pytest.mark.parametrize("name", study_names())
def test_every_option_of_a_study_touches_a_row_of_a_claim(name, scale):
    config = {"studies": name, "scale": scale, "data": "phantom", "experiments": "all", "choices": "all"}
    planned = plan(**config)
    variants = {tuple(run.choices.items()) for run in planned.runs[name] if run.choices}
    options = {((choice, key),) for choice, spec in planned.studies[name].choices.items() for key in spec.options}
    assert variants == options


def test_the_studies_of_a_folder_are_found_and_none_stands_in_for_one_that_is_shipped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies").mkdir()
    text = (REPOSITORY / "studies/hlenet.yaml").read_text()
    (tmp_path / "studies/mine.yaml").write_text(text)
    (tmp_path / "studies/notes.yaml").write_text("of: another program")
    (tmp_path / "studies/hlenet.yaml").write_text(text)
    assert set(study_names()) == {"mine", *(path.stem for path in REPOSITORY.glob("studies/*.yaml"))}
    assert study_file("mine") == Path("studies/mine.yaml")
    assert load_study("hlenet", "demo").title == load_study("mine", "demo").title
    (tmp_path / "studies/hlenet.yaml").write_text(text + "# changed")
    with raised(ConfigError, where="studies/hlenet.yaml", found="the name of a study that comes with segrepro"):
        load_study("hlenet", "demo")
