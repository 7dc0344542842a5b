"""Train one experiment on one fold, from its newest checkpoint on."""

from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import torch

from segrepro.datasets.fold_files import read_folds
from segrepro.preprocessing.prepared_cases import open_prepared
from segrepro.training.checkpoint import only_process
from segrepro.training.model import CARD, CODE, WEIGHTS, load_model, save_model
from segrepro.training.processes import in_processes, is_first
from segrepro.training.settings import Settings
from segrepro.training.track import tracking
from segrepro.training.train import train
from segrepro.utils.devices import choose_algorithms, choose_devices
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job


def main(
    settings: Settings, folds: Path, prepared: list[Path], start: list[Path], output: Path, gpus: int = 1
) -> list[Path]:
    """Write model.safetensors, last.safetensors, model.json, and history.csv, which grows with each epoch, into the
    folder output.

    prepared: the cases.json of all batches, of features too. start: the weights that it is built upon, or none. gpus:
    how many train it together, where there are any.
    """
    devices, checkpoints = choose_devices(settings.device, max(gpus, 1)), output / "checkpoint"
    with only_process(checkpoints):
        in_processes(train_fold, devices, settings, folds, prepared, start, output, checkpoints)
    code = [output / CODE] if settings.own_code else []
    return [output / name for name in (*WEIGHTS.values(), CARD, "history.csv")] + code


def train_fold(
    device: torch.device,
    settings: Settings,
    folds: Path,
    prepared: list[Path],
    start: list[Path],
    output: Path,
    checkpoints: Path,
) -> None:
    """Train on one device, alone or with other processes, the first of which writes the files."""
    choose_algorithms(settings.threads)

    def write_history(history: list[dict]) -> None:
        if is_first():
            # Six digits, since the last bits of a mean depend on when checkpoints were written.
            with whole_file(output / "history.csv") as partial:
                pd.DataFrame(history).to_csv(partial, index=False, float_format="%.6g")

    with tracking(settings) if is_first() else nullcontext() as tracker:
        first_model, cases = load_model(start[0], trust_code=True) if start else None, open_prepared(prepared)
        trained = train(settings, cases, read_folds(folds), checkpoints, device, first_model, write_history, tracker)
    if is_first():
        write_history(trained.history)
        save_model(output, trained.weights, trained.card, trained.code)


if __name__ == "__main__":
    run_job(main)
