"""Level 4: a fold trained again gives the same weights; with other weights, the seeds say how far it may be off."""

import pytest

from segrepro.report.evidence import training
from segrepro.report.evidence.levels import Asked
from segrepro.report.evidence.training import check_training
from segrepro.utils.errors import ConfigError


def test_a_fold_trained_again_has_the_same_weights(opened):
    assert check_training(opened, Asked({})) == ([], ["unet, fold 0: the same weights, byte for byte"])


def test_a_run_that_cannot_be_trained_by_itself_is_named(opened):
    with pytest.raises(ConfigError) as caught:
        check_training(opened, Asked({}, run="threshold"))
    assert caught.value.where == "--run threshold"


def with_seeds(opened, monkeypatch, stored):
    monkeypatch.setattr(
        training, "_seeds_of", lambda results, run: {seed: f"unet{seed}" for seed in range(len(stored))}
    )
    monkeypatch.setattr(training, "_stored_dice", lambda results, run: stored[int(run[-1])])


def test_one_seed_decides_nothing(opened, monkeypatch):
    with_seeds(opened, monkeypatch, [0.5])
    faults, (note,) = training._judged(opened, "unet", 0.4)
    assert faults == []
    assert "difference -0.1000; other weights. One seed was trained" in note


@pytest.mark.parametrize(("now", "inside"), [(0.50, True), (0.45, True), (0.43, False), (0.61, False)])
def test_three_seeds_give_an_interval(opened, monkeypatch, now, inside):
    # Mean 0.52, standard deviation 0.02, Student's t of 2 degrees 4.302653: 0.52 +- 4.302653 * 0.02 * sqrt(4 / 3).
    with_seeds(opened, monkeypatch, [0.50, 0.52, 0.54])
    faults, (note,) = training._judged(opened, "unet", now)
    assert bool(faults) != (inside or 0.4206 <= now <= 0.6194)
    assert "3 seeds: [0.4206, 0.6194]" in note
