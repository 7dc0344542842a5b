"""Let nnU-Net segment the held-out cases of a fold, and bring its masks home."""

from pathlib import Path

import torch

from segrepro.datasets.fold_files import read_folds
from segrepro.inference.case_rows import given_rows, scored_slices, write_rows
from segrepro.inference.given_masks import GivenMasks
from segrepro.inference.given_masks import Settings as MaskSettings
from segrepro.inference.nnunet import predict_nnunet
from segrepro.preprocessing.prepared_cases import open_prepared
from segrepro.training.nnunet_settings import Options
from segrepro.training.settings import Settings
from segrepro.utils.devices import choose_device
from segrepro.utils.files import folder_beside
from segrepro.workflow.job import run_job


def main(settings: Settings, model: Path, plan: Path, folds: Path, prepared: list[Path], output: Path) -> list[Path]:
    """Write a mask a case beside output, and output, the table that `predict_cases` writes.

    model: the card of the fold. plan: what nnU-Net planned, with the scans that it reads beside it.
    """
    torch.set_num_threads(settings.threads)
    cases, slices = open_prepared(prepared), scored_slices(read_folds(folds), settings.fold)
    options, results = Options.model_validate(settings.options), model.parent / "nnunet"
    records, folder = [cases.record(name) for name in slices.index], output.parent / "predictions"
    with folder_beside(folder) as made:
        device = choose_device(settings.device)
        predict_nnunet(plan.parent, results, settings.fold, options, list(slices.index), device, made)
        rows = given_rows(GivenMasks(MaskSettings(folder=str(made)), records), records, settings, folder)
    write_rows(rows, settings, slices, output)
    return [output, folder]


if __name__ == "__main__":
    run_job(main)
