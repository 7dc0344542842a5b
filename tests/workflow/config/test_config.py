"""Configuration and studies: what is accepted, and how faults are said."""

import os
from pathlib import Path

import pytest

from segrepro.datasets.phantoms import phantom_names, phantom_settings
from segrepro.report.figures import figure_kinds, figure_options
from segrepro.utils.errors import ConfigError
from segrepro.utils.validation import Strict
from segrepro.workflow.config.config import config_layers, load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.raised import raised
from tests.workflow.config.plans import plan


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
    with raised(ConfigError, where="--config: scale", found="'dmeo'"):
        load_config(values, layers)
    with raised(ConfigError, where="^mine.yaml: overrides.xnte$", remedy="Did you mean xnet"):
        make_plan(load_config(values | {"scale": "demo"}, layers))


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


def test_layers_are_the_files_that_are_there_and_the_command_line_last(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("scale: paper\n")
    other = tmp_path / "sub" / "mine.yaml"
    other.parent.mkdir()
    other.write_text("studies: xnet\n")
    found = config_layers(["config.yaml", other, "absent.yaml"], {"scale": "demo"})
    assert found == [
        ("config.yaml", {"scale": "paper"}),
        (os.path.join("sub", "mine.yaml"), {"studies": "xnet"}),
        ("--config", {"scale": "demo"}),
    ]
