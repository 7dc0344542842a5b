"""Level 4: one fold trained again from the scans, and its held-out cases predicted and scored."""

from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.evaluation.case_scores import score_case
from segrepro.images.labels import read_reference
from segrepro.inference.predictor import Predictor
from segrepro.networks.registry import STAND_INS
from segrepro.preprocessing.prepared_cases import PreparedCases
from segrepro.preprocessing.write_cases import write_batch, write_features
from segrepro.report.evidence.levels import Asked
from segrepro.report.evidence.scans import Scans
from segrepro.report.evidence.study_results import StudyResults
from segrepro.training.model import load_model, save_model
from segrepro.training.settings import Settings
from segrepro.training.train import TrainedModel, train
from segrepro.utils.devices import choose_algorithms, choose_device
from segrepro.utils.errors import ConfigError, DataError, SegreproError, nearest

FEW_SEEDS = 2


def check_training(results: StudyResults, asked: Asked) -> tuple[list[SegreproError], list[str]]:
    """Whether fold 0 of a run, trained again, gives the stored weights or, if not, scores no other than by chance."""
    run = _chosen_run(results, asked.run)
    settings, card = results.settings.runs[run].training, next(c for c in results.cards if c["name"] == run)
    choose_algorithms(settings.threads)
    cases = Scans(results, asked.data).of(f"{settings.dataset.name}-{settings.dataset.version}")
    prepared = _prepared(settings, list(cases.values()), results.scratch / "prepared", asked.workers)
    folds, device = results.predictions.folds(run), choose_device(asked.device)
    trained = train(settings, prepared, folds, results.scratch / "checkpoint", device)
    if trained.card.sha256 == card["sha256"]:
        return [], [f"{run}, fold 0: the same weights, byte for byte"]
    test = folds[(folds["fold"] == settings.fold) & (folds["part"] == "test")]["case"]
    now = _mean_dice(trained, settings, prepared, [cases[name] for name in test], results.scratch / "model", device)
    return _judged(results, run, now)


def _chosen_run(results: StudyResults, wanted: str | None) -> str:
    """The run that is asked for, else the one whose training was the quickest; none that another one begins with."""
    possible = {
        card["name"]: card["training_seconds"]
        for card in results.cards
        if _is_trained_alone(results.settings.runs[card["name"]].training) and card["training_seconds"] > 0
    }
    if wanted is None:
        return min(possible, key=possible.get)
    if wanted not in possible:
        raise ConfigError(f"--run {wanted}", "no run that can be trained by itself", "one", nearest(wanted, possible))
    return wanted


def _is_trained_alone(training: Settings) -> bool:
    return training.init_from is None and training.network not in STAND_INS


def _prepared(settings: Settings, cases: list[Case], folder: Path, workers: int) -> PreparedCases:
    records = write_batch(cases, settings.preparation, folder / "images", workers)
    for feature in settings.features:
        write_features(cases, records, feature, folder / feature.feature, workers)
    return PreparedCases([folder / "images", *(folder / feature.feature for feature in settings.features)])


def _mean_dice(
    trained: TrainedModel, settings: Settings, prepared: PreparedCases, cases: list[Case], folder: Path, device
) -> float:
    """The mean over held-out cases and labels, undefined ones left out, as a table of one group has it."""
    save_model(folder, trained.weights, trained.card)
    predictor = Predictor([load_model(folder, settings.checkpoint)], device)
    found = []
    for case in cases:
        images = np.stack([prepared.array(case.id, channel) for channel in predictor.card.channels], axis=1)
        mask = predictor.predict(images, prepared.record(case.id)).mask()
        image, truth = read_reference(case)
        scores = score_case(mask, truth, settings.dataset.label_map, image.spacing_mm[: mask.ndim])
        found += [score["dice"] for _, score in scores]
    return float(np.nanmean(found))


def _judged(results: StudyResults, run: str, now: float) -> tuple[list[SegreproError], list[str]]:
    """The mean Dice of the fold trained again beside the stored ones: inside the interval of the seeds or not."""
    then = {seed: _stored_dice(results, name) for seed, name in _seeds_of(results, run).items()}
    own = results.settings.runs[run].training.seed
    seen = f"{run}, fold 0: Dice {now:.4f}, stored {then[own]:.4f}, difference {now - then[own]:+.4f}; other weights"
    if len(then) < FEW_SEEDS:
        return [], [f"{seen}. One seed was trained: how far two trainings may differ is not known"]
    from scipy.special import stdtrit

    values = np.array([*then.values()])
    # The interval in which one more training lies with a probability of 95 %.
    half = stdtrit(values.size - 1, 0.975) * values.std(ddof=1) * np.sqrt(1 + 1 / values.size)
    low, high = values.mean() - half, values.mean() + half
    notes = [f"{seen}. {values.size} seeds: [{low:.4f}, {high:.4f}]"]
    inside = low <= now <= high
    expected = f"{low:.4f} to {high:.4f}, where one more seed lies in 95 of 100 trainings"
    return ([] if inside else [DataError(f"{run}, fold 0", f"Dice {now:.4f}", expected)]), notes


def _seeds_of(results: StudyResults, run: str) -> dict[int, str]:
    """The runs that differ from one by their seed alone, itself among them."""
    own = results.settings.runs[run].training
    return {
        other.training.seed: name
        for name, other in results.settings.runs.items()
        if all(getattr(other.training, key) == getattr(own, key) for key in ("experiment", "protocol", "choices"))
    }


def _stored_dice(results: StudyResults, run: str) -> float:
    scores = results.predictions.scores(run)
    return float(scores[(scores["fold"] == 0) & (scores["unit"] == "case")]["dice"].mean())
