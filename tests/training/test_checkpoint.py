"""Checkpoints written by a thread: from a copy, one at a time, not too often, and no error is lost."""

import time

import pytest
import torch

from segrepro.training import checkpoint
from segrepro.training.checkpoint import CheckpointWriter, copied, load_checkpoint


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
