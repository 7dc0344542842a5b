"""Level 3: random held-out cases predicted again, from their scans, by the stored models."""

import numpy as np

from segrepro.evaluation.case_scores import score_case
from segrepro.images.image import Image
from segrepro.images.io import read_image
from segrepro.images.labels import read_reference
from segrepro.inference.ensemble import load_ensemble, segment
from segrepro.inference.predictor import Predictor
from segrepro.networks.registry import STAND_INS
from segrepro.report.evidence.levels import Asked
from segrepro.report.evidence.scans import Scans
from segrepro.report.evidence.study_results import StudyResults
from segrepro.utils.devices import choose_device
from segrepro.utils.errors import DataError, SegreproError

CASES = 5
# Another machine sums in another order, and a voxel at the border may fall on the other side.
DICE_ROUNDING = 1e-3


def check_weights(results: StudyResults, asked: Asked) -> tuple[list[SegreproError], list[str]]:
    """Cases whose mask by the stored model has another Dice than the stored mask, and what was seen of each."""
    scans, device = Scans(results, asked.data), choose_device(asked.device)
    chosen = _drawn(results, asked.seed)
    faults, notes = [], []
    for run, fold, case, stored in chosen:
        dataset = results.settings.runs[run].training.dataset
        scan = scans.of(f"{dataset.name}-{dataset.version}")[case]
        predictor = Predictor(load_ensemble([results.model(run, fold)]), device)
        mask = segment(scan, predictor).labels
        image, truth = read_reference(scan)
        labels = dataset.label_map
        pairs = [_dice(found, truth, labels, image) for found in (mask, stored.reshape(mask.shape))]
        differing = int(np.count_nonzero(mask != stored.reshape(mask.shape)))
        notes.append(f"{run} fold {fold}, {case}: {differing} of {mask.size} voxels differ")
        for label, now in pairs[0].items():
            then = pairs[1][label]
            if not (abs(now - then) <= DICE_ROUNDING or (np.isnan(now) and np.isnan(then))):
                where = f"{results.model(run, fold)} ({case}, {label})"
                faults.append(DataError(where, f"Dice {now:.4f}", f"{then:.4f}, that of the stored mask"))
    return faults, notes


def _drawn(results: StudyResults, seed: int) -> list[tuple[str, int, str, np.ndarray]]:
    """Run, fold, case and stored mask of some cases. DataError for one that is not of its fold's test part."""
    archive, found = results.predictions, []
    with_model = [run for run, one in results.settings.runs.items() if one.training.network not in STAND_INS]
    for run in with_model:
        for fold in archive.fold_numbers(run):
            found += [(run, fold, row["case"], row["prediction"]) for row in _masks_of(results, run, fold)]
    picks = np.random.default_rng(seed).permutation(len(found))[:CASES]
    return [
        (run, fold, case, read_image(archive.file(file)).array)
        for run, fold, case, file in map(found.__getitem__, picks)
    ]


def _masks_of(results: StudyResults, run: str, fold: int) -> list[dict]:
    folds = results.predictions.folds(run)
    held_out = set(folds[(folds["fold"] == fold) & (folds["part"] == "test")]["case"])
    rows = [row for row in results.predictions.rows(run, fold).to_dict("records") if row["prediction"]]
    for row in rows:
        if row["case"] not in held_out:
            where = f"{results.predictions.archive}: {run}/fold{fold}/predictions.csv"
            raise DataError(where, f"a prediction of {row['case']}", "cases of the fold's test part alone")
    return rows


def _dice(mask: np.ndarray, truth: np.ndarray, labels, image: Image) -> dict[str, float]:
    spacing = image.spacing_mm[: mask.ndim]
    return {name: scores["dice"] for name, scores in score_case(mask, truth, labels, spacing)}
