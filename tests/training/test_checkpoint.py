"""Checkpoints that are damaged or not finite."""

import pytest
import torch

from segrepro.training.checkpoint import CURRENT, load_checkpoint, save_checkpoint
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
    with pytest.raises(TrainingError) as caught:
        trainer_of(tmp_path).run()
    assert caught.value.where == str(tmp_path / "checkpoint" / CURRENT)
