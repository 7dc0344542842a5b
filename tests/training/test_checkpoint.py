"""Checkpoints that are damaged or not finite."""

import time

import pytest
import torch

from segrepro.training import checkpoint
from segrepro.training.checkpoint import CURRENT, CheckpointWriter, copied, load_checkpoint, save_checkpoint
from segrepro.utils.errors import TrainingError
from tests.training.trainers import trainer_of


def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path, capsys):
    for step in (1, 2):
        save_checkpoint(tmp_path, {"run_hash": "a", "step": step})
    assert load_checkpoint(tmp_path, "a")["step"] == 2
    content = bytearray((tmp_path / CURRENT).read_bytes())
    content[100] ^= 1
    (tmp_path / CURRENT).write_bytes(content)
    assert load_checkpoint(tmp_path, "a")["step"] == 1
    assert "damaged" in capsys.readouterr().out
    assert load_checkpoint(tmp_path, "b") is None


def test_a_checkpoint_of_nan_is_not_gone_on_from(tmp_path):
    trainer = trainer_of(tmp_path)
    with torch.no_grad():
        trainer.task.network.weight.fill_(float("nan"))
    trainer._save()
    trainer.checkpoints.wait()
    with pytest.raises(TrainingError) as caught:
        trainer_of(tmp_path).run()
    assert caught.value.where == str(tmp_path / "checkpoint" / CURRENT)


def test_what_is_written_is_the_state_when_it_was_asked_for(tmp_path, monkeypatch):
    write = checkpoint.save_checkpoint
    monkeypatch.setattr(checkpoint, "save_checkpoint", lambda *all: (time.sleep(0.2), write(*all)))
    state = {"run_hash": "a", "weights": {"w": torch.ones(3)}, "history": [{"loss": 1.0}]}
    writer = CheckpointWriter(tmp_path)
    writer.save(state)
    state["weights"]["w"].zero_()
    state["history"].append({"loss": 2.0})
    writer.wait()
    found = load_checkpoint(tmp_path, "a")
    assert found["weights"]["w"].tolist() == [1, 1, 1]
    assert found["history"] == [{"loss": 1.0}]


def test_a_write_that_failed_is_told_by_the_next_call(tmp_path):
    (tmp_path / "file").touch()
    writer = CheckpointWriter(tmp_path / "file")
    writer.save({"run_hash": "a"})
    with pytest.raises(OSError, match="file"):
        writer.wait()
    writer.wait()


def test_checkpoints_take_a_small_share_of_the_time(tmp_path, monkeypatch):
    now = 100.0
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now)
    writer = CheckpointWriter(tmp_path)
    assert writer.is_due
    writer._last, writer._seconds = 100.0, 2.0
    now = 139.0
    assert not writer.is_due
    now = 140.0
    assert writer.is_due


def test_a_copy_shares_no_tensor_with_the_state():
    state = {"a": [torch.zeros(2), (1, torch.ones(1))], "b": None, "c": "text"}
    copy = copied(state)
    assert copy["a"][1] == (1, torch.ones(1))
    state["a"][0][0] = 5
    assert copy["a"][0].tolist() == [0, 0]
    assert (copy["b"], copy["c"]) == (None, "text")
