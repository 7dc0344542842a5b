"""Curves of a training in TensorBoard and MLflow."""

import json

import numpy as np
import pytest

from segrepro.training import track
from segrepro.training.settings import Settings, Trained
from segrepro.training.track import TRACK, missing_tracker, tracking
from tests.models import card_of

ROW = {"epoch": 0, "step": 7, "lr": 0.01, "train_loss": 0.5, "validation_loss": 0.4, "validation_dice": 0.3}


def settings() -> Settings:
    card = card_of().model_dump(mode="json")
    more = {"task_options": {}, "loss_options": {}, "inputs": None, "init_from": None, "device": "cpu", "threads": 1}
    return Settings.model_validate({key: value for key, value in card.items() if key in Trained.model_fields} | more)


def tracked(monkeypatch, folder, kind, *rows):
    monkeypatch.setenv(TRACK, json.dumps({"kind": kind, "folder": str(folder)}))
    with tracking(settings()) as tracker:
        for row in rows:
            tracker.epoch(row, 12.5, lambda: np.full((4, 12, 3), 7, np.uint8))


def test_nothing_is_written_where_nothing_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.delenv(TRACK, raising=False)
    monkeypatch.chdir(tmp_path)
    with tracking(settings()) as tracker:
        tracker.epoch(ROW, 1.0)
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_one_line_with_the_remedy(monkeypatch):
    monkeypatch.setattr(track, "find_spec", lambda name: None)
    (fault,) = missing_tracker("mlflow")
    assert (fault.where, fault.found) == ("track", "no package mlflow")
    assert "pip install 'segrepro[track]'" in fault.remedy
    assert missing_tracker(None) == []


def test_tensorboard_has_curves_seconds_settings_and_a_picture(monkeypatch, tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed: pip install segrepro[track]")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tracked(monkeypatch, tmp_path, "tensorboard", ROW, ROW | {"epoch": 1, "train_loss": 0.25})
    (folder,) = (tmp_path / "tensorboard/xnet").iterdir()
    assert folder.name == "xnet-0123456789-fold0"
    seen = EventAccumulator(str(folder)).Reload()
    assert [(one.step, one.value) for one in seen.Scalars("train_loss")] == [(0, 0.5), (1, 0.25)]
    assert {*seen.Tags()["scalars"]} == {*ROW, "seconds"} - {"epoch"}
    assert seen.Images("validation")[0].width == 12
    text = seen.Tensors("settings/text_summary")[0].tensor_proto.string_val[0].decode()
    assert "| recipe.optimiser.lr | 0.001 |" in text
    assert "| hash | 0123456789 |" in text


def test_mlflow_keeps_all_on_this_machine_and_finds_a_killed_run_again(monkeypatch, tmp_path):
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed: pip install segrepro[track]")
    tracked(monkeypatch, tmp_path, "mlflow", ROW)
    tracked(monkeypatch, tmp_path, "mlflow", ROW | {"epoch": 1, "train_loss": 0.25})
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    study = client.get_experiment_by_name("xnet")
    (run,) = client.search_runs([study.experiment_id])
    found = client.get_metric_history(run.info.run_id, "train_loss")
    assert [(one.step, one.value) for one in found] == [(0, 0.5), (1, 0.25)]
    assert run.data.params["recipe.optimiser.lr"] == "0.001"
    assert run.data.tags["hash"] == "0123456789-fold0"
    assert run.data.metrics["seconds"] == 12.5
    assert run.info.status == "FINISHED"
    assert list((tmp_path / "mlflow").rglob("*.png"))
