"""The training loop: epochs of steps, validation, best and last weights, checkpoints, resume."""

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn

import numpy as np
import torch

from segrepro.training.checkpoint import CURRENT, CheckpointWriter, load_checkpoint
from segrepro.training.prefetch import ReadAhead
from segrepro.training.processes import agreed, is_first
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch, Draw, Slices
from segrepro.training.state import TrainingState
from segrepro.training.tasks.base import Task
from segrepro.utils.devices import peak_gpu_memory_mb
from segrepro.utils.errors import TrainingError
from segrepro.utils.memory import peak_memory_mb

# Gets a row of scores for each epoch so far.
OnEpoch = Callable[[list[dict]], None]
SECONDS_BETWEEN_CHECKPOINTS = 300
SECONDS_BETWEEN_LINES = 30


class Trainer:
    """One run from wherever its newest checkpoint left it to its end.

    train, validation: the slices to learn from and those that steer the learning rate and pick the best epoch.
    folder: where checkpoints go; run_hash: what they must belong to. on_epoch: what is called
    at the end of each epoch, with its checkpoint written.
    """

    def __init__(
        self,
        task: Task,
        train: Slices,
        validation: Slices,
        recipe: Recipe,
        seed: int,
        folder: Path,
        run_hash: str,
        on_epoch: OnEpoch = lambda history: None,
    ):
        self.task, self.train, self.validation, self.recipe = task, train, validation, recipe
        self.seed, self.folder, self.run_hash, self.on_epoch = seed, folder, run_hash, on_epoch
        self.epochs, self.steps = recipe.length(train.steps_per_epoch(recipe.batch_size))
        self.progress, self.checkpoints, self.reading = TrainingState(), CheckpointWriter(folder), ReadAhead()

    def run(self) -> TrainingState:
        """Train to the end of the recipe; the final weights are in the task, the best in the result.

        Raises TrainingError, at the end of the epoch at the latest and before a checkpoint is written, when a loss, a
        weight or an output of the validation is NaN or infinite.
        """
        self._resume()
        try:
            while not self._ended():
                self._train_round()
                self._end_round()
        finally:
            self.checkpoints.wait()
        return self.progress

    def _ended(self) -> bool:
        return self.progress.epoch >= self.epochs or self._stopped_early()

    def _train_round(self) -> None:
        at = self.progress
        end = (at.epoch + 1) * self.steps
        batches = self._staged(
            self.train, self.train.shuffled(self.recipe.batch_size, self.seed, at.step, end - at.step)
        )
        saved = said = started = time.perf_counter()
        first_step, losses = at.step, torch.zeros((), dtype=torch.float64, device=self.task.device)
        while at.step < end:
            asked = time.perf_counter()
            batch = next(batches)
            at.waited += time.perf_counter() - asked
            losses += self._step(batch)
            at.step += 1
            now = time.perf_counter()
            if now - said > SECONDS_BETWEEN_LINES:
                said = now
                self._say(f"step {at.step - at.epoch * self.steps}/{self.steps}", started, first_step)
            if now - saved > SECONDS_BETWEEN_CHECKPOINTS and at.step < end:
                saved = now
                at.loss_sum, losses = at.loss_sum + float(losses), torch.zeros_like(losses)
                self._require_finite_training()
                self._save()
        batches.close()
        at.loss_sum += float(losses)
        self._require_finite_training()
        at.seconds += time.perf_counter() - started
        self._say(f"loss {at.loss_sum / self.steps:.4f}", started, first_step)

    def _staged(self, slices: Slices, draws: Iterable[Draw]) -> Iterator[Batch]:
        """The batches of draws, read and brought to the device by threads while those before are worked on."""
        return self.reading.read(lambda draw: self.task.staged(slices.drawn(draw)), draws)

    def _step(self, batch: Batch) -> torch.Tensor:
        try:
            return self.task.train_step(batch)
        except RuntimeError as error:
            if "without overflow" not in str(error):  # how torch refuses a step that float32 cannot hold
                raise
            self._diverged("a step of the optimiser that is beyond float32")

    def _end_round(self) -> None:
        at, started = self.progress, time.perf_counter()
        batches = self._staged(self.validation, self.validation.each_once(self.recipe.batch_size))
        scores = agreed(self.task.validate(batches, len(self.validation.labels)))
        if not math.isfinite(scores["loss"]):
            self._diverged("NaN or infinity in the validation's outputs or loss")
        if self.recipe.monitor == "loss_with_l2":
            scores["loss_with_l2"] = scores["loss"] + self.task.optimisation.l2_term()
        score = self.recipe.badness(scores)
        if not math.isfinite(score):
            self._diverged(f"a validation {self.recipe.monitor} of {score:g}, which picks the best epoch,")
        row = {
            "epoch": at.epoch,
            "step": at.step,
            "lr": self.task.optimisation.lr,
            "train_loss": at.loss_sum / self.steps,
        }
        at.history.append(row | {f"validation_{name}": value for name, value in scores.items()})
        if score < at.best_score:
            at.best_score, at.best_epoch = score, at.epoch
            at.best_weights = {k: v.detach().cpu().clone() for k, v in self.task.network.state_dict().items()}
        self.task.optimisation.end_round(score)
        at.epoch, at.loss_sum = at.epoch + 1, 0.0
        at.seconds += time.perf_counter() - started
        shown = ", ".join(f"{name} {value:.4f}" for name, value in scores.items())
        print(f"  validation {shown}; best epoch {at.best_epoch + 1}", flush=True)
        if self.checkpoints.is_due or self._ended():
            self._save()
        self.on_epoch(at.history)

    def _require_finite_training(self) -> None:
        """Look at the sum of losses, to which the steps only add, and at the weights: nothing waits at every step."""
        if not math.isfinite(self.progress.loss_sum):
            self._diverged(f"a training loss of {self.progress.loss_sum:g}")
        if not self.task.weights_are_finite():
            self._diverged("weights that are NaN or infinite")

    def _diverged(self, what: str) -> NoReturn:
        at, half = self.progress, self.recipe.precision != "float32"
        found = f"{what} at step {at.step} (epoch {at.epoch + 1}), learning rate {self.task.optimisation.lr:g}"
        remedy = "Lower the learning rate (recipe.optimiser.lr or recipe.phases), or recipe.clip_gradients"
        remedy += f", or set recipe.precision to float32 in place of {self.recipe.precision}." if half else "."
        raise TrainingError(self.folder.parent, found, "finite numbers", remedy)

    def _stopped_early(self) -> bool:
        patience, at = self.recipe.early_stopping, self.progress
        return patience is not None and at.epoch - 1 - at.best_epoch >= patience

    def _say(self, what: str, started: float, first_step: int) -> None:
        at, seconds = self.progress, time.perf_counter() - started
        step_ms = 1000 * seconds / max(at.step - first_step, 1)
        share = 100 * at.waited / max(at.seconds + seconds, 1e-9)
        print(
            f"epoch {at.epoch + 1}/{self.epochs} {what}; {step_ms:.1f} ms a step, {share:.0f} % waiting for data",
            flush=True,
        )

    def _save(self) -> None:
        if not is_first():
            return
        at = self.progress
        at.peak_memory_mb = max(at.peak_memory_mb, peak_memory_mb())
        at.peak_gpu_memory_mb = max(at.peak_gpu_memory_mb, peak_gpu_memory_mb(self.task.device))
        state = {"run_hash": self.run_hash, "task": self.task.state_dict(), "progress": vars(self.progress)}
        self.checkpoints.save(state | {"generators": _generators(self.task.device)})

    def _resume(self) -> None:
        state = load_checkpoint(self.folder, self.run_hash)
        if state is None:
            return
        self.task.load_state_dict(state["task"])
        self.progress = TrainingState(**state["progress"])
        if not (self.task.weights_are_finite() and math.isfinite(self.progress.loss_sum)):
            found = f"NaN or infinity at step {self.progress.step}"
            remedy = "Remove the folder and repeat the command: the training begins anew."
            raise TrainingError(self.folder / CURRENT, found, "a checkpoint of finite numbers", remedy)
        _restore_generators(state["generators"], self.task.device)
        print(f"going on at epoch {self.progress.epoch + 1}, step {self.progress.step}", flush=True)


def _generators(device: torch.device) -> dict:
    """The states of the random generators that a training on this device draws from, in types that load without pickle.

    Of several GPUs only its own counts: the training may go on where others are, or fewer.
    """
    kind, keys, *rest = np.random.get_state()
    cuda = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    numpy = [kind, keys.tolist(), *rest]
    return {"torch": torch.get_rng_state(), "cuda": cuda, "python": random.getstate(), "numpy": numpy}


def _restore_generators(states: dict, device: torch.device) -> None:
    torch.set_rng_state(states["torch"])
    if states["cuda"] and device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"][0], device)
    version, keys, gauss = states["python"]
    random.setstate((version, tuple(keys), gauss))
    kind, keys, *rest = states["numpy"]
    np.random.set_state((kind, np.array(keys, np.uint32), *rest))
