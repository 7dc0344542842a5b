"""Train nnU-Net on one fold, from its newest checkpoint on."""

from pathlib import Path

import pandas as pd
import torch

from segrepro.datasets.fold_files import read_folds
from segrepro.preprocessing.prepared_cases import open_prepared
from segrepro.training.checkpoint import only_process
from segrepro.training.model import CARD, WEIGHTS, save_model, weights_content
from segrepro.training.nnunet import NAME, train_nnunet, unshared
from segrepro.training.nnunet_settings import Options
from segrepro.training.settings import Settings
from segrepro.training.track import tracking
from segrepro.training.train import learned_cases, new_card
from segrepro.utils.devices import choose_device
from segrepro.utils.files import whole_file
from segrepro.workflow.job import run_job


def main(settings: Settings, folds: Path, prepared: list[Path], plan: Path, output: Path) -> list[Path]:
    """Write model.safetensors, last.safetensors (the same, since nnU-Net scores its last weights), model.json and
    history.csv into the folder output, where nnU-Net's own files are in the folder nnunet.

    prepared: what the card says of the cases is from there. plan: what nnU-Net planned, with its data beside it.
    """
    torch.set_num_threads(settings.threads)
    device, cases = choose_device(settings.device), open_prepared(prepared)
    options = Options.model_validate(settings.options)

    def write_history(history: list[dict]) -> None:
        with whole_file(output / "history.csv") as partial:
            pd.DataFrame(history).to_csv(partial, index=False, float_format="%.6g")

    with only_process(output / "nnunet"), tracking(settings) as tracker:
        results = output / "nnunet"
        trained = train_nnunet(
            plan.parent, results, settings.fold, options, settings.seed, device, write_history, tracker
        )
    write_history(trained.state.history)
    content = weights_content(unshared(trained.network))
    weights = dict.fromkeys(WEIGHTS, content)
    seen = learned_cases(cases, read_folds(folds), settings)
    card = new_card(settings, cases, seen, trained.network, trained.state, device, weights, trained.plan)
    save_model(output, weights, card)
    return [output / name for name in (*WEIGHTS.values(), CARD, "history.csv")] + [output / "nnunet" / NAME]


if __name__ == "__main__":
    run_job(main)
