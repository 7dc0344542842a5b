"""Write a data set and its folds as nnU-Net wants them, and let it plan and preprocess."""

from dataclasses import replace
from pathlib import Path

from segrepro.datasets import open_dataset
from segrepro.datasets.fold_files import read_folds
from segrepro.datasets.source import as_fetched
from segrepro.training.nnunet import plan_and_preprocess
from segrepro.training.nnunet_settings import PlanSettings
from segrepro.utils.files import whole_folder
from segrepro.workflow.job import run_job


def main(settings: PlanSettings, folds: Path, source: Path, workers: int, output: Path) -> list[Path]:
    """Write output, nnU-Net's plans, and beside it the folders raw and preprocessed; folds: of the run, all of them."""
    divided = set(read_folds(folds)["case"])
    cases = [
        case for case in open_dataset(settings.dataset.layout, settings.dataset.folder).cases if case.id in divided
    ]
    if settings.modalities:
        cases = [replace(case, images={name: case.images[name] for name in settings.modalities}) for case in cases]
    with whole_folder(output.parent) as folder, as_fetched(source):
        plan_and_preprocess(cases, folds, settings.labels, settings.configuration, folder, workers)
    return [output, output.parent]


if __name__ == "__main__":
    run_job(main)
