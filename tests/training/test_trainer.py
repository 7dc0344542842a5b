"""The training loop: learns, repeats itself bit by bit, goes on after a kill."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from segrepro.datasets.folds import split_folds, write_folds
from segrepro.images.io import write_image
from segrepro.preprocessing.preparation import Preparation
from segrepro.preprocessing.write_cases import write_batch
from segrepro.training.checkpoint import CURRENT, load_checkpoint, save_checkpoint
from segrepro.training.prefetch import read_ahead
from segrepro.training.recipe import Recipe
from segrepro.training.settings import Settings
from segrepro.training.slices import Slices
from segrepro.training.tasks.base import Task
from segrepro.training.trainer import Trainer
from segrepro.utils.errors import TrainingError
from segrepro.utils.repository import REPOSITORY


def settings(epochs: int, lr: float = 0.003) -> Settings:
    return Settings.model_validate({
        "study": "xnet", "experiment": "xnet", "name": "xnet", "protocol": "clean", "hash": "abc", "fold": 0,
        "dataset": {
            "name": "d", "title": "d", "access": "", "version": "1", "source": "phantom", "labels": {"1": "lesion"},
            "ignore_label": None,
        },
        "loss_options": {}, "task_options": {}, "inputs": [], "target": None, "activation": "sigmoid", "features": [],
        "checkpoint": "best", "init_from": None,
        "preparation": {"size": (32, 32)}, "task": "segmentation", "network": "xnet", "options": {"base_width": 8},
        "loss": "dice_ce",
        "recipe": {
            "optimiser": {"name": "adam", "lr": lr}, "batch_size": 4, "epochs": epochs,
            "schedule": {"name": "plateau", "factor": 0.2, "patience": 2, "threshold": 0.001},
        },
        "seed": 0, "device": "cpu", "threads": 1,
    })  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Eight pictures with a bright square each, prepared and divided."""
    from segrepro.datasets import open_dataset

    folder, generator = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    for part in ("images", "masks"):
        (folder / part).mkdir()
    for case in range(8):
        mask = np.zeros((32, 32), np.uint8)
        row, column = generator.integers(2, 20, 2)
        mask[row : row + 10, column : column + 10] = 255
        image = (generator.normal(60, 10, mask.shape) + mask * 0.6).clip(0, 255).astype(np.uint8)
        write_image(folder / f"images/c{case}.png", image, np.eye(4))
        write_image(folder / f"masks/c{case}.png", mask, np.eye(4))
    cases = open_dataset("slices", folder).cases
    write_batch(cases, Preparation(slices="none", size=(32, 32)), folder / "batch0")
    write_folds(split_folds([(c.id, c.patient) for c in cases], 2, 0, "clean", 0.25), folder / "folds.csv")
    return folder


def start(prepared, output, *choices, **options) -> subprocess.Popen:
    command = [sys.executable, "-m", "workflow_scripts.train_model", "--settings", settings(*choices).model_dump_json()]
    command += ["--start"]
    command += ["--folds", str(prepared / "folds.csv"), "--prepared", str(prepared / "batch0/cases.json")]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([*command, "--output", str(output)], cwd=prepared, env=environment, **options)


def test_a_killed_training_ends_with_the_very_same_weights(prepared, tmp_path):
    assert start(prepared, tmp_path / "whole", 30).wait() == 0
    killed = start(prepared, tmp_path / "killed", 30)
    deadline = time.monotonic() + 120
    while not (tmp_path / "killed/checkpoint" / CURRENT).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed/model.safetensors").exists()
    assert start(prepared, tmp_path / "killed", 30).wait() == 0
    for name in ("model.safetensors", "last.safetensors", "history.csv"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    losses = [float(line.split(",")[3]) for line in (tmp_path / "whole/history.csv").read_text().splitlines()[1:]]
    assert losses[-1] < 0.8 * losses[0]
    assert (
        load_file(tmp_path / "whole/model.safetensors").keys() == load_file(tmp_path / "whole/last.safetensors").keys()
    )


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


def test_every_epoch_shows_each_slice_once_whenever_it_is_resumed():
    volumes = [np.full((5, 2, 2), case, np.float16) for case in range(3)]
    slices = Slices([volumes], [np.zeros((5, 2, 2), np.uint8)] * 3)
    whole = [b.images for b in slices.shuffled(4, seed=1, first_step=0, steps=8)]
    rest = [b.images for b in slices.shuffled(4, seed=1, first_step=3, steps=5)]
    assert all(np.array_equal(a, b) for a, b in zip(whole[3:], rest, strict=True))
    first_epoch = np.concatenate(whole[:4])[:, 0, 0, 0]
    assert np.bincount(first_epoch.astype(int)).tolist() == [5, 5, 5]


def test_an_error_of_the_reading_thread_reaches_the_reader():
    def broken():
        yield 1
        raise ValueError("disk")

    items = read_ahead(broken())
    assert next(items) == 1
    with pytest.raises(ValueError, match="disk"):
        next(items)


def test_weight_decay_is_the_gradient_of_the_summed_squares():
    from segrepro.training.optimisation import Optimisation

    network = torch.nn.Conv2d(1, 1, 3)
    recipe = Recipe(optimiser={"name": "sgd", "lr": 1.0}, epochs=1, batch_size=1, l2_convolutions=0.1)
    before = network.weight.detach().clone()
    Optimisation(network, recipe, torch.device("cpu")).minimise(0 * network.weight.sum() + 0 * network.bias.sum())
    assert torch.allclose(network.weight, before - 0.2 * before)


def test_a_recipe_has_epochs_or_iterations():
    optimiser = {"name": "adam", "lr": 1e-3}
    with pytest.raises(ValueError, match="one of them"):
        Recipe(optimiser=optimiser, batch_size=1)
    recipe = Recipe(optimiser=optimiser, batch_size=1, iterations=100, validate_every=20)
    assert recipe.length(steps_per_epoch=7) == (5, 20)


@pytest.mark.parametrize("lr", [1e6, 1e38])
def test_a_learning_rate_at_which_the_weights_explode_ends_the_job_with_one_line(prepared, tmp_path, lr):
    job = start(prepared, tmp_path / "out", 30, lr, stderr=subprocess.PIPE, text=True)
    said = job.communicate()[1]
    assert (job.returncode, said.count("\n")) == (2, 1), said
    assert f"learning rate {lr:g}" in said
    assert not list(tmp_path.rglob("*.safetensors"))


class Line(Task):
    """A network of one number, whose loss or output turns bad at a step or in a validation."""

    def __init__(self, recipe, bad="", at=0, value=float("inf")):
        super().__init__(torch.nn.Conv2d(1, 1, 1), recipe, torch.device("cpu"))
        self.bad, self.at, self.value, self.calls = bad, at, value, 0

    def output(self, batch):
        return self.tensor(batch.images) * (self.value if self.bad == "output" else 1.0)

    def loss_of(self, output, batch):
        self.calls += 1
        loss = self.network(self.tensor(batch.images)).mean()
        if self.bad == "weights" and self.calls == self.at:
            with torch.no_grad():
                self.network.weight.fill_(self.value)
            return loss.detach().requires_grad_()
        return loss * self.value if self.bad == "loss" and self.calls == self.at else loss

    def scorers(self, case_count):
        return []


def trainer_of(folder, **bad):
    slices = Slices([[np.ones((4, 2, 2), np.float16)]], [np.zeros((4, 2, 2), np.uint8)])
    recipe = Recipe(optimiser={"name": "sgd", "lr": 0.01}, epochs=3, batch_size=2)
    return Trainer(Line(recipe, **bad), slices, slices, recipe, 0, folder / "checkpoint", "hash")


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
@pytest.mark.parametrize(("bad", "step"), [("loss", 4), ("weights", 4), ("output", 2)])
def test_what_is_not_finite_ends_the_training_within_the_round_and_is_never_kept(tmp_path, bad, step, value):
    # Each epoch trains on two batches and validates on two: the sixth loss is that of the second epoch's second step.
    trainer = trainer_of(tmp_path, bad=bad, at=6, value=value)
    with pytest.raises(TrainingError) as caught:
        trainer.run()
    assert caught.value.where == str(tmp_path)
    assert f"step {step}" in caught.value.found
    kept = load_checkpoint(tmp_path / "checkpoint", "hash")
    assert (kept["progress"]["epoch"] if kept else 0) == step // 2 - 1
    assert kept is None or all(torch.isfinite(w).all() for w in kept["task"]["network"].values())


def test_a_checkpoint_of_nan_is_not_gone_on_from(tmp_path):
    trainer = trainer_of(tmp_path)
    with torch.no_grad():
        trainer.task.network.weight.fill_(float("nan"))
    trainer._save()
    with pytest.raises(TrainingError) as caught:
        trainer_of(tmp_path).run()
    assert caught.value.where == str(tmp_path / "checkpoint" / CURRENT)
