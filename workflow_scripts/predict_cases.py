"""Predict the held-out cases of a fold with the weights that the run's protocol scores."""

from pathlib import Path

import numpy as np

from segrepro.datasets.fold_files import read_folds
from segrepro.inference.case_rows import given_rows, predicted_row, scored_slices, write_rows
from segrepro.inference.given_masks import GivenMasks
from segrepro.inference.given_masks import Settings as MaskSettings
from segrepro.inference.predictor import Predictor
from segrepro.networks.registry import GIVEN_MASKS
from segrepro.preprocessing.prepared_cases import open_prepared
from segrepro.training.model import load_model
from segrepro.training.settings import Settings
from segrepro.utils.devices import choose_algorithms, choose_device
from segrepro.workflow.job import run_job


def main(settings: Settings, model: Path, folds: Path, prepared: list[Path], output: Path) -> list[Path]:
    """Write a mask, an image or both a case beside output, and output: a CSV with case, patient, site, fold, slices
    (those to be scored, empty for all), checkpoint, the files of mask and image (empty without), and the scan and label
    files that they belong to."""
    choose_algorithms(settings.threads)
    cases, table = open_prepared(prepared), read_folds(folds)
    slices, folder = scored_slices(table, settings.fold), output.parent / "predictions"
    rows = []
    if settings.network == GIVEN_MASKS:
        scored = [cases.record(name) for name in dict.fromkeys(table["case"][table["part"] == "test"])]
        given = GivenMasks(MaskSettings.model_validate(settings.options), scored)
        rows = given_rows(given, [cases.record(name) for name in slices.index], settings, folder)
    else:
        models = [load_model(model, settings.checkpoint, trust_code=True)]
        predictor = Predictor(models, choose_device(settings.device))
        for name in slices.index:
            images = np.stack([cases.array(name, channel) for channel in predictor.card.channels], axis=1)
            record = cases.record(name)
            rows.append(predicted_row(record, predictor.predict(images, record), folder))
            print(f"{len(rows)}/{len(slices)} cases", flush=True)
    write_rows(rows, settings, slices, output)
    return [output, folder]


if __name__ == "__main__":
    run_job(main)
