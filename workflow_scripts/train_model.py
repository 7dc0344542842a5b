"""Train one experiment on one fold, from its newest checkpoint on."""

from pathlib import Path

import pandas as pd

from segrepro.datasets.fold_files import read_folds
from segrepro.preprocessing.prepared_cases import open_prepared
from segrepro.training.checkpoint import only_process
from segrepro.training.model import CARD, CODE, WEIGHTS, load_model, save_model
from segrepro.training.settings import Settings
from segrepro.training.track import tracking
from segrepro.training.train import train
from segrepro.utils.devices import choose_algorithms, choose_device
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job


def main(settings: Settings, folds: Path, prepared: list[Path], start: list[Path], output: Path) -> list[Path]:
    """Write model.safetensors, last.safetensors, model.json, and history.csv, which grows with each epoch, into the
    folder output.

    prepared: the cases.json of all batches, of features too. start: the weights that it is built upon, or none.
    """
    choose_algorithms(settings.threads)
    device = choose_device(settings.device)
    cases, checkpoints = open_prepared(prepared), output / "checkpoint"

    def write_history(history: list[dict]) -> None:
        # Six digits, since the last bits of a mean depend on when checkpoints were written.
        with whole_file(output / "history.csv") as partial:
            pd.DataFrame(history).to_csv(partial, index=False, float_format="%.6g")

    with only_process(checkpoints), tracking(settings) as tracker:
        first_model = load_model(start[0], trust_code=True) if start else None
        trained = train(settings, cases, read_folds(folds), checkpoints, device, first_model, write_history, tracker)
    write_history(trained.history)
    save_model(output, trained.weights, trained.card, trained.code)
    code = [output / CODE] if trained.code else []
    return [output / name for name in (*WEIGHTS.values(), CARD, "history.csv")] + code


if __name__ == "__main__":
    run_job(main)
