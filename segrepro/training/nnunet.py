"""nnU-Net v2 on the folds of a run: its own planner, preprocessing, network, augmentation, loss and optimiser.

Isensee et al., nnU-Net: a self-configuring method for deep learning-based biomedical image segmentation, Nature Methods
18, 203-211 (2021). It is called as its own commands call it, but for the budget, after which its training ends.
"""

import json
import os
import random
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from segrepro.datasets.label_map import LabelMap
from segrepro.datasets.nnunet_export import export_nnunet
from segrepro.training.model_card import NnunetPlan
from segrepro.training.nnunet_settings import Options
from segrepro.training.state import TrainingState
from segrepro.training.track import Tracker
from segrepro.utils.devices import peak_gpu_memory_mb
from segrepro.utils.errors import DataError, TrainingError
from segrepro.utils.files import whole_file
from segrepro.utils.memory import peak_memory_mb

if TYPE_CHECKING:
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    from segrepro.datasets.case import Case

NAME, PLANS = "Dataset001_Cases", "nnUNetPlans"
PLANNED = "plans.json"
FINAL, LATEST = "checkpoint_final.pth", "checkpoint_latest.pth"
STATE = "segrepro"  # where a checkpoint of nnU-Net holds ours
SECONDS_BETWEEN_CHECKPOINTS = 300


def point_to(planned: Path, results: Path | None = None) -> None:
    """Tell nnU-Net its folders: raw and preprocessed data in `planned`, and where a fold's model goes."""
    for name in ("raw", "preprocessed"):
        os.environ[f"nnUNet_{name}"] = str((planned / name).absolute())
    os.environ["nnUNet_results"] = str((results or planned).absolute())  # noqa: SIM112


def plan_and_preprocess(
    cases: "list[Case]", folds: Path, labels: LabelMap, configuration: str, folder: Path, workers: int
) -> None:
    """Write cases and folds as nnU-Net wants them into a folder, let it plan and preprocess, and note its plans.

    It looks at all cases, the scored ones too, as it always does. A fold's training and validation cases are ours.
    Raises DataError for cases that nnU-Net cannot have, and where it plans no such configuration.
    """
    from nnunetv2.experiment_planning.plan_and_preprocess_api import extract_fingerprints, plan_experiments, preprocess

    point_to(folder)
    export_nnunet(cases, folds, folder / "raw" / NAME, labels.values, workers, labels.ignored, validated="validation")
    number = int(NAME[7:10])
    extract_fingerprints([number], num_processes=workers, show_progress_bar=False)
    plan_experiments([number])
    plans = _plans(folder)
    if configuration not in plans["configurations"]:
        found = f"no {configuration} in nnU-Net's plans"
        raise DataError(folder, found, ", ".join(plans["configurations"]), "Set another configuration.")
    preprocess([number], configurations=[configuration], num_processes=[workers], show_progress_bar=False)
    splits = (folder / "raw" / NAME / "splits_final.json").read_text()
    (folder / "preprocessed" / NAME / "splits_final.json").write_text(splits)
    (folder / PLANNED).write_text(json.dumps(plans, indent=1) + "\n")


def _plans(folder: Path) -> dict:
    return json.loads((folder / "preprocessed" / NAME / f"{PLANS}.json").read_text())


@dataclass(frozen=True)
class Trained:
    """A network that nnU-Net trained, where its training stands, and how it was planned."""

    network: torch.nn.Module
    state: TrainingState
    plan: NnunetPlan


def train_nnunet(
    planned: Path,
    results: Path,
    fold: int,
    options: Options,
    seed: int,
    device: torch.device,
    on_epoch: Callable[[list[dict]], None] = lambda history: None,
    tracker: Tracker | None = None,
) -> Trained:
    """Train a fold to the end of its budget, from its newest checkpoint on if there is one.

    planned: the folder of `plan_and_preprocess`. results: where nnU-Net keeps the model. The seconds are those of steps
    and validation. Raises TrainingError when the loss is no longer finite.
    """
    point_to(planned, results)
    if device.type == "cpu":
        os.environ.setdefault("nnUNet_n_proc_DA", "0")  # noqa: SIM112  more processes only take the cores
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  nnU-Net draws from it
    torch.manual_seed(seed)
    plans = _plans(planned)
    if options.batch_size:
        plans["configurations"][options.configuration]["batch_size"] = options.batch_size
    training = _Training(plans, planned, fold, options, device, on_epoch, tracker or Tracker())
    training.run()
    return Trained(training.made.network, training.state, _plan_facts(training.made, options))


class _Training:
    """nnU-Net's own trainer, under a budget and with checkpoints that are whole."""

    def __init__(
        self,
        plans: dict,
        planned: Path,
        fold: int,
        options: Options,
        device: torch.device,
        on_epoch: Callable,
        tracker: Tracker,
    ):
        from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

        dataset = json.loads((planned / "preprocessed" / NAME / "dataset.json").read_text())
        self.made: nnUNetTrainer = nnUNetTrainer(
            plans | {"continue_training": False}, options.configuration, fold, dataset, device
        )
        self.made.device = device  # it always takes the first GPU
        self.made.num_epochs = options.epochs or 1
        self.options, self.on_epoch, self.tracker, self.state = options, on_epoch, tracker, TrainingState()
        self.folder = Path(self.made.output_folder)

    def run(self) -> None:
        final, latest = self.folder / FINAL, self.folder / LATEST
        self.made.initialize()
        self._resume(final if final.exists() else latest)
        if final.exists():
            return
        self.made.on_train_start()
        saved = time.perf_counter()
        while not self._over(0):
            self._epoch()
            if time.perf_counter() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                self._save(latest)
                saved = time.perf_counter()
        self._save(final)
        self.made.disable_checkpointing = True  # the last one is there by now
        self.made.on_train_end()

    def _over(self, seconds: float) -> bool:
        if self.options.minutes:
            return self.state.seconds + seconds >= 60 * self.options.minutes
        return self.state.epoch >= self.options.epochs

    def _epoch(self) -> None:
        made, state, started = self.made, self.state, time.perf_counter()
        made.on_epoch_start()
        made.network.train()
        losses = []
        while len(losses) < self.options.steps_per_epoch and not (losses and self._over(time.perf_counter() - started)):
            made.lr_scheduler.step(self._passed(time.perf_counter() - started))
            losses.append(made.train_step(next(made.dataloader_train)))
        rate = made.optimizer.param_groups[0]["lr"]
        made.logger.log("lrs", rate, made.current_epoch)
        made.on_train_epoch_end(losses)
        with torch.no_grad():
            made.on_validation_epoch_start()
            steps = range(max(1, self.options.steps_per_epoch // 5))
            made.on_validation_epoch_end([made.validation_step(next(made.dataloader_val)) for _ in steps])
        made.logger.log("epoch_end_timestamps", time.time(), made.current_epoch)
        state.seconds, state.step = state.seconds + time.perf_counter() - started, state.step + len(losses)
        self._note(rate)

    def _passed(self, seconds: float) -> float:
        """How much of the budget is gone, in nnU-Net's epochs, by which its rate falls."""
        if self.options.minutes:
            return min((self.state.seconds + seconds) / (60 * self.options.minutes), 1.0)
        return self.made.current_epoch

    def _note(self, rate: float) -> None:
        made, state, seen = self.made, self.state, self.made.logger.get_value
        found = {"train_loss": "train_losses", "validation_loss": "val_losses", "validation_dice": "mean_fg_dice"}
        row = {"epoch": state.epoch, "step": state.step, "lr": rate}
        row |= {name: float(seen(theirs, step=-1)) for name, theirs in found.items()}
        if not np.isfinite(row["train_loss"]):
            remedy = "Remove the folder and repeat the command, or change batch_size."
            raise TrainingError(self.folder, f"a training loss of {row['train_loss']:g}", "finite numbers", remedy)
        state.history.append(row)
        state.epoch += 1
        made.current_epoch += 1
        state.peak_memory_mb = max(state.peak_memory_mb, peak_memory_mb())
        state.peak_gpu_memory_mb = max(state.peak_gpu_memory_mb, peak_gpu_memory_mb(made.device))
        print(f"epoch {state.epoch}, step {state.step}, {state.seconds:.0f} s: {row}", flush=True)
        self.on_epoch(state.history)
        self.tracker.epoch(row, state.seconds)

    def _save(self, path: Path) -> None:
        """Write a checkpoint; among what nnU-Net keeps in it for itself is how far the training is."""
        self.made.my_init_kwargs = self.made.my_init_kwargs | {STATE: deepcopy(vars(self.state))}
        self.made.current_epoch -= 1  # nnU-Net counts the epoch after it has saved
        with whole_file(path) as partial:
            self.made.save_checkpoint(str(partial))
        self.made.current_epoch += 1

    def _resume(self, path: Path) -> None:
        if not path.exists():
            return
        self.made.load_checkpoint(str(path))
        self.state = TrainingState(**self.made.my_init_kwargs[STATE])
        print(f"going on at epoch {self.state.epoch + 1}, step {self.state.step}", flush=True)


def _plan_facts(made: "nnUNetTrainer", options: Options) -> NnunetPlan:
    chosen = made.configuration_manager
    return NnunetPlan(
        version=version("nnunetv2"),
        configuration=options.configuration,
        budget=options.budget,
        batch_size=chosen.batch_size,
        patch_size=list(chosen.patch_size),
        spacing_mm=list(chosen.spacing),
        normalization=list(chosen.normalization_schemes),
        network=chosen.network_arch_class_name.rpartition(".")[2],
    )


def unshared(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A network's weights, each once: nnU-Net's decoders list those of the encoder again."""
    seen: set[int] = set()
    return {
        name: tensor
        for name, tensor in network.state_dict().items()
        if tensor.data_ptr() not in seen and not seen.add(tensor.data_ptr())
    }
