"""The settings beside results: another name for other settings, one file at a time."""

import json
import shutil

from segrepro.datasets.phantoms import write_phantom
from segrepro.report.evidence.record import StudySettings
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.result_settings import origin_of, result_settings, settings_file
from workflow_scripts import note_settings

PHANTOM = {"patients": 4, "two_timepoints": 0, "sites": 2, "shape": [20, 24, 18], "spacing_mm": 8.0, "seed": 0}


def plan(**values):
    return make_plan(load_config({"studies": "xnet"} | values))


def test_the_name_follows_what_changes_results():
    names = {
        settings_file(made, "xnet")
        for made in (
            plan(),
            plan(scale="paper"),
            plan(experiments=["xnet"]),
            plan(protocols=["published"]),
            plan(train_threads=2),
            plan(overrides={"xnet": {"recipe": {"epochs": 3}}}),
            plan(overrides={"xnet": {"empty_masks": "wmh"}}),
        )
    }
    assert len(names) == 7
    assert settings_file(plan(), "xnet") == settings_file(plan(studies="all"), "xnet")


def test_scans_may_move(tmp_path):
    write_phantom("atlas", tmp_path / "here", **PHANTOM)
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    here, there = (plan(data=str(tmp_path / name)) for name in ("here", "there"))
    assert settings_file(here, "xnet") == settings_file(there, "xnet")
    assert str(tmp_path) not in result_settings(here, "xnet").model_dump_json()


def test_new_settings_take_the_place_of_former_ones_and_keep_their_order(tmp_path):
    settings = result_settings(plan(), "xnet")
    for name in ("settings-0a.json", "settings-0b.json"):
        note_settings.main(settings, tmp_path / "xnet" / name)
    assert [path.name for path in (tmp_path / "xnet").iterdir()] == ["settings-0b.json"]
    found = json.loads((tmp_path / "xnet/settings-0b.json").read_text())
    assert StudySettings.model_validate(found) == settings
    assert list(found["tables"]["tables"]["table2"]["metrics"]) == list(settings.tables.tables["table2"].metrics)
    assert list(found["tables"]["tables"]["table2"]["metrics"])[:2] == ["dice", "iou"]


def test_what_else_runs_and_where_arrays_are_read_from_is_no_origin_of_a_study():
    alone, among = plan(studies="xnet"), plan(studies="all", copy_to_scratch=True)
    assert origin_of(alone, "xnet") == origin_of(among, "xnet")
