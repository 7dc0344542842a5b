"""The version of a stage is part of every path that depends on it."""

import pytest

from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS


def keys():
    plan = make_plan(load_config({"studies": "xnet"}))
    return {run.experiment: run.key for run in plan.all_runs.values()}


@pytest.mark.parametrize("stage", ["phantom", "prepare", "folds", "train"])
def test_a_raised_version_gives_every_run_another_folder(stage, monkeypatch):
    before = keys()
    monkeypatch.setitem(STAGE_VERSIONS, stage, STAGE_VERSIONS[stage] + 1)
    assert not {*before.values()} & {*keys().values()}
