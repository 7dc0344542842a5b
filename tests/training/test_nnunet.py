"""nnU-Net under a budget: its own trainer stands here as one that counts, since the real one takes minutes."""

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from segrepro.training import nnunet
from segrepro.training.nnunet import FINAL, LATEST, NAME, PLANS, train_nnunet, unshared
from segrepro.training.nnunet_settings import Options
from segrepro.utils.errors import TrainingError


class Counting:
    """What is called of nnU-Net's trainer; its loss is the number of steps so far."""

    seen: list["Counting"] = []
    stop_at, loss = None, None

    def __init__(self, plans, configuration, fold, dataset, device):
        self.plans, self.fold, self.current_epoch, self.steps, self.rates = plans, fold, 0, 0, []
        self.output_folder = f"{nnunet.os.environ['nnUNet_results']}/{NAME}/fold_{fold}"
        self.my_init_kwargs, self.logged = {"configuration": configuration}, {}
        self.logger = SimpleNamespace(
            log=lambda key, value, step: self.logged.update({key: value}),
            get_value=lambda key, step: self.logged[key],
        )
        self.network = torch.nn.Linear(1, 1)
        self.lr_scheduler = SimpleNamespace(step=self.rates.append)
        self.optimizer = SimpleNamespace(param_groups=[{"lr": 0.01}])
        self.dataloader_train = self.dataloader_val = iter(lambda: {}, None)
        batch = plans["configurations"][configuration]["batch_size"]
        facts = {"patch_size": [8, 8], "spacing": [1, 1], "normalization_schemes": ["ZScoreNormalization"]}
        self.configuration_manager = SimpleNamespace(
            batch_size=batch, network_arch_class_name="a.PlainConvUNet", **facts
        )
        Counting.seen.append(self)

    def initialize(self): ...
    def on_train_start(self): ...
    def on_train_end(self): ...
    def on_epoch_start(self): ...
    def on_validation_epoch_start(self): ...

    def train_step(self, batch):
        if self.steps == Counting.stop_at:
            raise KeyboardInterrupt
        self.steps += 1
        return {"loss": self.steps}

    def validation_step(self, batch):
        return {"loss": 0.5}

    def on_train_epoch_end(self, losses):
        self.logged["train_losses"] = Counting.loss or np.mean([one["loss"] for one in losses])

    def on_validation_epoch_end(self, found):
        self.logged |= {"val_losses": 0.5, "mean_fg_dice": 0.25, "validated": len(found)}

    def save_checkpoint(self, path):
        torch.save({"init": self.my_init_kwargs, "epoch": self.current_epoch + 1, "steps": self.steps}, path)

    def load_checkpoint(self, path):
        found = torch.load(path, weights_only=False)
        self.my_init_kwargs, self.current_epoch, self.steps = found["init"], found["epoch"], found["steps"]


@pytest.fixture
def planned(tmp_path, monkeypatch) -> Path:
    module = ModuleType("nnunetv2.training.nnUNetTrainer.nnUNetTrainer")
    module.nnUNetTrainer = Counting
    parts = module.__name__.split(".")
    for count in range(1, len(parts)):
        monkeypatch.setitem(sys.modules, ".".join(parts[:count]), ModuleType(parts[count - 1]))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(nnunet, "version", lambda name: "2.8.1")
    for name, value in (("seen", []), ("stop_at", None), ("loss", None)):
        monkeypatch.setattr(Counting, name, value)
    for name in ("raw", "preprocessed", "results"):
        monkeypatch.setenv(f"nnUNet_{name}", "")
    folder = tmp_path / "planned/preprocessed" / NAME
    folder.mkdir(parents=True)
    (folder / "dataset.json").write_text("{}")
    (folder / f"{PLANS}.json").write_text(json.dumps({"configurations": {"2d": {"batch_size": 29}}}))
    return tmp_path / "planned"


def trained(planned: Path, **options):
    seen = []
    device = torch.device("cpu")
    made = train_nnunet(
        planned, planned.parent / "run", 1, Options(**options), 0, device, lambda rows: seen.append(len(rows))
    )
    return made, seen


def test_the_budget_in_epochs_is_kept_with_a_row_an_epoch(planned):
    made, seen = trained(planned, epochs=3, steps_per_epoch=10, batch_size=4)
    assert (made.state.epoch, made.state.step, seen) == (3, 30, [1, 2, 3])
    assert [row["train_loss"] for row in made.state.history] == [5.5, 15.5, 25.5]
    assert made.state.history[-1] | {"lr": 0} == {
        "epoch": 2, "step": 30, "lr": 0, "train_loss": 25.5, "validation_loss": 0.5, "validation_dice": 0.25,
    }  # fmt: skip
    (trainer,) = Counting.seen
    assert trainer.logged["validated"] == 2
    assert trainer.num_epochs == 3
    assert trainer.rates == [0] * 10 + [1] * 10 + [2] * 10
    assert made.plan.model_dump() == {
        "version": "2.8.1", "configuration": "2d", "budget": "3 epochs", "batch_size": 4, "patch_size": [8, 8],
        "spacing_mm": [1, 1], "normalization": ["ZScoreNormalization"], "network": "PlainConvUNet",
    }  # fmt: skip


def test_the_budget_by_the_clock_ends_within_an_epoch_and_the_rate_falls_with_it(planned, monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr(nnunet.time, "perf_counter", lambda: next(clock))
    made, _ = trained(planned, minutes=1, steps_per_epoch=1000)
    assert made.state.epoch == 1
    assert 0 < made.state.step < 60
    assert 60 <= made.state.seconds < 65
    (trainer,) = Counting.seen
    assert trainer.rates == sorted(trainer.rates)
    assert 0.9 < trainer.rates[-1] <= 1


def test_a_killed_training_goes_on_from_its_checkpoint(planned, monkeypatch):
    monkeypatch.setattr(nnunet, "SECONDS_BETWEEN_CHECKPOINTS", -1)  # after every epoch
    Counting.stop_at = 25
    with pytest.raises(KeyboardInterrupt):
        trained(planned, epochs=3, steps_per_epoch=10)
    folder = planned.parent / "run" / NAME / "fold_1"
    assert [path.name for path in folder.iterdir()] == [LATEST]
    Counting.stop_at = None
    made, seen = trained(planned, epochs=3, steps_per_epoch=10)
    assert (made.state.step, seen) == (30, [3])
    assert [row["train_loss"] for row in made.state.history] == [5.5, 15.5, 25.5]
    again, seen = trained(planned, epochs=3, steps_per_epoch=10)
    assert seen == []
    assert again.state.history == made.state.history
    assert (folder / FINAL).exists()


def test_a_loss_that_is_not_finite_ends_the_training(planned):
    Counting.loss = float("nan")
    with pytest.raises(TrainingError, match="a training loss of nan"):
        trained(planned, epochs=1, steps_per_epoch=1)


def test_weights_that_are_listed_twice_are_kept_once():
    network = torch.nn.Module()
    network.encoder = torch.nn.Linear(2, 3)
    network.decoder = torch.nn.Module()
    network.decoder.encoder = network.encoder
    assert list(unshared(network)) == ["encoder.weight", "encoder.bias"]
