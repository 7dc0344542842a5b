"""Values and files that no run can use: refused before the first job, with one line a fault."""

import math

import pytest

from segrepro.datasets.phantoms import phantom_names, phantom_settings
from segrepro.utils.errors import ConfigError, SegreproError
from segrepro.utils.yaml_files import read_yaml
from segrepro.workflow.config import load as studies
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.raised import raised

PSEUDO_DWI = {"task": "pseudo_dwi", "network": "pseudo_dwi", "loss": "wce_hgd"}
TOO_LONG = "/a/" + "x" * 300
OLD = "title: Ein Netz für Köpfe\n".encode("latin-1")


def unsound(study: str, **changes) -> list[str]:
    """The lines on a study with these changes."""
    with pytest.raises(ConfigError) as caught:
        make_plan(load_config({"studies": study, "overrides": {study: changes}}))
    return str(caught.value).splitlines()


def phantom(**settings) -> dict:
    return {"datasets": {"atlas": {"phantom": settings}}}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"folds": {"published": {"cont": 3}}},
            "folds.published: found the unknown key 'cont'; expected a known key. Did you",
        ),
        ({"folds": {"published": {"count": 5}}}, "folds.published: found count 5 by "),
        (
            {"folds": {"count": 1, "test_fraction": None}},
            "folds: found count 1 by patient with no test_fraction; expected test_fraction or, by patient, test_cases "
            "if count is 1; neither otherwise. Change count, or set what does not fit to null.",
        ),
        (
            {"folds": {"test_cases": 3, "test_fraction": None, "count": 1}},
            "folds: found test_cases 3, validation_cases None; expected both or neither. Give the other too.",
        ),
        ({"folds": {"published": 3}}, "folds.published: found 3; expected a valid dictionary."),
        ({"folds": {"cont": 3}}, "folds: found the unknown key 'cont'; expected a known key. Did you mean count?"),
        (
            {"datasets": {"atlas": {"folds": {"published": {"seed": -1}}}}},
            "datasets.atlas.folds.published.seed: found -1; expected greater than or equal to 0.",
        ),
        (
            {"experiments": {"xnet": {"folds": {"published": {"seed": -1}}}}},
            "experiments.xnet.folds.published.seed: found -1; expected greater than or equal to 0.",
        ),
        ({"folds": {"seed": -1}}, "folds.seed: found -1; expected greater than or equal to 0."),
        ({"seed": -1}, "seed: found -1; expected greater than or equal to 0."),
        ({"seed": 10**30}, f"seed: found {10**30}; expected less than {2**63}."),
        (
            {"datasets": {"atlas": {"labels": {300: "x"}}}},
            "datasets.atlas.labels.300: found 300; expected less than or",
        ),
        (
            {"datasets": {"atlas": {"labels": {-1: "x"}}}},
            "datasets.atlas.labels.-1: found -1; expected greater than or",
        ),
        (
            {"datasets": {"atlas": {"ignore_label": 255}}},
            "datasets.atlas.ignore_label: found 255; expected less than or",
        ),
        ({"recipe": {"optimiser": {"lr": math.inf}}}, "recipe.optimiser.lr: found inf; expected a finite number."),
        (
            {"experiments": {"xnet": {"recipe": {"optimiser": {"lr": math.nan}}}}},
            "experiments.xnet.recipe.optimiser.lr: ",
        ),
        (
            {"tables": {"table1": {"groups": {"big": {"ml": [5, math.inf]}}}}},
            "tables.table1.groups.big.ml.1: found inf",
        ),
        (
            {"empty_masks": {"dice": {"both_empty": math.nan}}},
            "empty_masks.dice.both_empty: found nan; expected a finite",
        ),
        (phantom(patients=-3), "datasets.atlas.phantom.patients: found -3; expected greater than or equal to 1."),
        (phantom(spacing_mm=-1), "datasets.atlas.phantom.spacing_mm: found -1; expected greater than 0."),
        (phantom(spacing_mm=[1, 0, 1]), "datasets.atlas.phantom.spacing_mm.1: found 0; expected greater than 0."),
        (phantom(spacing_mm="wide"), "datasets.atlas.phantom.spacing_mm: found 'wide'; expected a valid "),
        (phantom(shape=[5, 5]), "datasets.atlas.phantom.shape: found [5, 5]; expected at least 3 items."),
        (
            phantom(two_timepoints=2),
            "datasets.atlas.phantom.two_timepoints: found 2; expected less than or equal to 1.",
        ),
        (phantom(lesion_ml=[5, 1]), "datasets.atlas.phantom.lesion_ml: found [5.0, 1.0]; expected the smaller number"),
        (phantom(seed=-1), "datasets.atlas.phantom.seed: found -1; expected greater than or equal to 0."),
        ({"protocols": []}, "protocols: found []; expected at least 1 item."),
        ({"figures": {"fig4": {"experiments": ["xnet", 3]}}}, "figures.fig4.experiments.1: found 3; expected a valid "),
        ({"recipe": {1: 2}}, "recipe: found the unknown key 1; expected a known key. Valid names: "),
    ],
)
def test_a_value_out_of_its_range_is_one_line(changes, line):
    (found,) = unsound("xnet", **changes)
    assert found.startswith(f"config.yaml: overrides.xnet.{line}"), found


@pytest.mark.parametrize("layout", phantom_names())
def test_no_number_of_a_phantom_may_be_negative(layout):
    settings = phantom_settings(layout)
    assert settings(patients=5)
    for name in settings.model_fields.keys() - {"hidden_core"}:
        default = settings.model_fields[name].default
        negative = [-1] * len(default) if isinstance(default, tuple) else -1
        with pytest.raises(ValueError, match=rf"{name}[\s\S]*greater than"):
            settings(**{"patients": 5, name: negative})


def test_a_learned_label_cannot_be_left_out_too():
    first, *_ = unsound("xnet", datasets={"atlas": {"ignore_label": 1}})
    assert first.startswith("config.yaml: overrides.xnet.datasets.atlas.ignore_label: found 1, one of labels; ")


@pytest.mark.parametrize("kind", ["experiments", "tables", "figures", "datasets"])
@pytest.mark.parametrize("name", ["my net", "../x", "netz_ü", ""])
def test_names_that_cannot_stand_in_paths_are_refused(kind, name):
    found, *_ = unsound("xnet", **{kind: {name: {"network": "unet"}}})
    where = f"config.yaml: overrides.xnet.{kind}.{name}"
    assert found == f"{where}: found {name!r}; expected a name of letters, digits, _ and -. Rename it."


def test_names_of_features_too():
    (found,) = unsound("xnet", datasets={"atlas": {"features": {"a b": {"kind": "area_opening"}}}})
    assert "datasets.atlas.features.a b: found 'a b'; expected a name of letters" in found


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"synthesis_loss": "ce"}, "synthesis_loss: found synthesis_loss 'ce'; expected a loss of the task synthesis."),
        ({"synthesis_loss": "w_l2_h3"}, "synthesis_loss: found synthesis_loss 'w_l2_h3'; expected a loss of the task "),
        ({"beta": -1}, "beta: found beta -1; expected a finite number from 0 on."),
        ({"beta": "a"}, "beta: found beta 'a'; expected a finite number from 0 on."),
        ({"alpha": math.inf}, "alpha: found alpha inf; expected a finite number from 0 on."),
        ({"alpha": True}, "alpha: found alpha True; expected a finite number from 0 on."),
        (
            {"frozen_context_encoder": "never"},
            "frozen_context_encoder: found frozen_context_encoder 'never'; expected true",
        ),
        ({"context_norm": "jiont"}, "context_norm: found context_norm 'jiont'; expected how Phi_c normalises. Did you"),
        (
            {"betta": 1},
            "betta: found option betta; expected synthesis_loss, alpha, beta, context_norm, frozen_context_",
        ),
    ],
)
def test_options_of_a_task_have_values_that_it_can_use(options, line):
    (found,) = unsound("pseudo_dwi", experiments={"mine": PSEUDO_DWI | {"task_options": options}})
    assert found.startswith(f"config.yaml: overrides.pseudo_dwi.experiments.mine.task_options.{line}"), found


def test_a_task_without_options_takes_none():
    (found,) = unsound("xnet", experiments={"threshold": {"task_options": {"beta": 1}}})
    assert found.endswith("experiments.threshold.task_options.beta: found option beta; expected no option. Remove it.")


@pytest.mark.parametrize(
    "options", [{"gamma": -1}, {"gamma": math.nan}, {"gamma": "a"}, {"ignore_index": -1}, {"ignore_index": 0.5}]
)
def test_numbers_of_a_loss_are_finite_and_not_negative(options):
    loss = "pixel_sum_ce" if "ignore_index" in options else "w_l2_h1"
    task = {} if "ignore_index" in options else {"task": "synthesis", "network": "synthesis", "target": "dwi"}
    (found,) = unsound(
        "pseudo_dwi", experiments={"mine": {"network": "unet", "loss": loss, "loss_options": options} | task}
    )
    assert "number from 0 on" in found


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([0.1, 0.9, 0.3], "found 3 weights; expected 2, of the background and of each label"),
        ([0.1, -1], "a list of numbers from 0 on, not all 0"),
        ([0, 0], "not all 0"),
        (0.5, "a list of numbers"),
        (["a", 1], "a list of numbers"),
    ],
)
def test_weights_of_classes_are_one_a_class(weights, words):
    mine = {"network": "unet_chaos", "dataset": "chaos_ct", "loss_options": {"class_weights": weights}}
    (found,) = unsound("scse", experiments={"mine": mine})
    assert "experiments.mine.loss_options.class_weights" in found
    assert words in found


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"data": TOO_LONG}, "no such folder"),
        ({"pretrained": {"vgg16": TOO_LONG}}, "config.yaml: pretrained.vgg16: found no file"),
        ({"results": TOO_LONG}, "config.yaml: results: found a name of 300 bytes; expected at most 255. Shorten it."),
        ({"overrides": {3: {}}}, "config.yaml: overrides.3: found 3; expected a valid string."),
        ({1: 2}, "config.yaml: found the unknown key 1; expected a known key."),
        (
            {"overrides": {"xnet": {"seed": "2020-13-45"}}},
            "overrides.xnet.seed: found '2020-13-45'; expected a valid int",
        ),
        ({"data": {"atlas": 3}}, "config.yaml: data.atlas: found 3; expected a valid string."),
    ],
)
def test_what_the_system_cannot_take_is_one_line(values, words):
    with pytest.raises(SegreproError) as caught:
        make_plan(load_config(values))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads the X-Net study with another end than its own changes by scale, from a file of this name."""
    text = (studies.STUDIES / "xnet.yaml").read_bytes().replace(b"\nscales:", b"\nx-scales:")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(studies, "STUDIES", tmp_path / "studies")
    studies.STUDIES.mkdir()

    def loaded(end: bytes, name: str = "xnet") -> studies.Study:
        (studies.STUDIES / f"{name}.yaml").write_bytes(text + end)
        return studies.load_study(name, "demo")

    return loaded


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (b"scales: 3", "studies/xnet.yaml: scales: found 3; expected keys and values."),
        (b"scales: [demo]", "studies/xnet.yaml: scales: found ['demo']; expected keys and values."),
        (b"scales: {demo: 3}", "studies/xnet.yaml: scales.demo: found 3; expected keys and values."),
        (b"scales: {1: {}}", "studies/xnet.yaml: scales: found 1; expected a scale. Valid names: demo, paper."),
        (b"7: x", "studies/xnet.yaml: found the unknown key 7; expected a known key."),
        (b"seed: 1", "studies/xnet.yaml: found the key 'seed' in lines "),
        (OLD, "studies/xnet.yaml: found bytes that are not UTF-8 in line "),
    ],
)
def test_a_study_file_of_another_shape_is_one_line(load, end, words):
    with pytest.raises(ConfigError) as caught:
        load(end)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_study_may_leave_its_changes_by_scale_empty(load):
    assert load(b"scales:\n").tables


def test_the_name_of_a_study_file_must_fit_the_workflow(load):
    with raised(ConfigError, where="studies/My Net.yaml", found="'My Net'", expected="a name of small letters"):
        load(b"", "My Net")


def test_a_key_that_stands_twice_is_refused_with_its_lines(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("scale: demo\nfolds: {count: 2, seed: 1, count: 3}\nstudies: all\nscale: paper\n'scale': demo\n")
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert str(caught.value).splitlines() == [
        f"{path}: found the key 'scale' in lines 1 and 4 and 5; expected each key once in a mapping. Keep one of them.",
        f"{path}: found the key 'count' in lines 2 and 2; expected each key once in a mapping. Keep one of them.",
    ]


def test_merge_keys_may_be_overruled_and_merged_again(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("a: &a {x: 1, y: 2}\nb: &b {<<: *a, y: 3}\nc: {<<: *b, x: 4}\nd: {<<: [*a, *b]}\n")
    found = read_yaml(path)
    assert (found["b"], found["c"], found["d"]) == ({"x": 1, "y": 3}, {"x": 4, "y": 3}, {"x": 1, "y": 2})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (OLD, "found bytes that are not UTF-8 in line 1; expected UTF-8. Save it as UTF-8."),
        (b"a: 1\nday: 2020-13-45\n", "found text that is not YAML; expected YAML."),
        (b"a: [1\n", "found text that is not YAML in line 2; expected YAML."),
        (b"\x00", "found text that is not YAML; expected YAML."),
        (b"", "found NoneType; expected keys and values."),
        (None, "found nothing to read (is a directory); expected a YAML file. Check the name."),
    ],
)
def test_a_file_that_is_no_yaml_is_named(tmp_path, content, words):
    path = tmp_path / "mine.yaml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}: {words}")


def test_a_data_set_that_no_experiment_uses_is_looked_at_too():
    extra = {"title": "Extra", "layout": "atlas", "preparation": {"sizes": [4, 4]}, "folds": {"cont": 3}}
    lines = unsound("xnet", datasets={"extra": extra})
    keys = [line.partition(": found")[0] for line in lines]
    assert sorted(keys) == [f"config.yaml: overrides.xnet.datasets.extra.{key}" for key in ("folds", "preparation")]
