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

from segrepro.datasets.fold_files import write_folds
from segrepro.datasets.folds import split_folds
from segrepro.images.io import write_image
from segrepro.preprocessing.preparation import Preparation
from segrepro.preprocessing.write_cases import write_batch
from segrepro.training import trainer
from segrepro.training.checkpoint import CURRENT, load_checkpoint
from segrepro.training.recipe import Recipe
from segrepro.training.settings import Settings
from segrepro.utils.errors import TrainingError
from segrepro.utils.repository import REPOSITORY
from tests.training.trainers import still_trainer, trainer_of


def settings(epochs: int, lr: float = 0.003) -> Settings:
    return Settings.model_validate({
        "study": "xnet", "experiment": "xnet", "name": "xnet", "protocol": "clean", "hash": "abc", "fold": 0,
        "dataset": {
            "name": "d", "title": "d", "access": "", "version": "1", "source": "phantom", "labels": {"1": "lesion"},
            "ignore_label": None,
        },
        "loss_options": {}, "own_code": {}, "task_options": {}, "inputs": [], "target": None, "activation": "sigmoid",
        "features": [], "checkpoint": "best", "init_from": None,
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


def test_the_history_is_told_at_the_end_of_each_epoch(tmp_path):
    trainer, told = trainer_of(tmp_path), []
    trainer.on_epoch = lambda history: told.append([row["epoch"] for row in history])
    trainer.run()
    assert told == [[0], [0, 1], [0, 1, 2]]


@pytest.mark.parametrize(("monitor", "epochs", "rate"), [("loss", 4, 0.01), ("loss_with_l2", 9, 0.1)])
def test_a_falling_regulariser_hides_a_plateau_of_the_loss(tmp_path, monitor, epochs, rate):
    recipe = Recipe(
        optimiser={"name": "sgd", "lr": 0.1}, epochs=9, batch_size=2, l2_convolutions=0.5, monitor=monitor,
        schedule={"name": "plateau", "factor": 0.1, "patience": 1, "threshold": 1e-6}, early_stopping=3,
    )  # fmt: skip
    trainer = still_trainer(tmp_path, recipe)
    state = trainer.run()
    assert [row["validation_loss"] for row in state.history] == [1.0] * epochs
    assert trainer.task.optimisation.lr == pytest.approx(rate)
    if monitor == "loss_with_l2":
        assert state.history[0]["validation_loss_with_l2"] == pytest.approx(1 + 0.5 * 0.9**2)  # one step: 1 - 0.1 * 1


def test_a_training_goes_on_where_other_gpus_are_or_fewer(monkeypatch):
    given, device = [], torch.device("cuda", 1)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: torch.tensor([device.index]))
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device: given.append((state.tolist(), device.index)))
    states = trainer._generators(device)
    assert len(states["cuda"]) == 1
    trainer._restore_generators(states, torch.device("cuda", 0))
    assert given == [([1], 0)]
    trainer._restore_generators(states, torch.device("cpu"))
    trainer._restore_generators(trainer._generators(torch.device("cpu")), device)
    assert len(given) == 1
