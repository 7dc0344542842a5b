"""From configuration to a plan."""

import pytest

from segrepro.utils.errors import ConfigError, DataError
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS
from tests.raised import raised
from tests.workflow.config.plans import plan


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
    wmh = plan(studies="wmh", experiments=["fcn", "fcn_pretrained"], pretrained=weights)
    assert wmh.table_settings("wmh").lacking.get("fcn_pretrained") == lacking
    assert bool(wmh.left_out) == bool(lacking)
