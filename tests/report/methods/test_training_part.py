"""Networks and recipes in words."""

import pytest

from segrepro.report.methods.training_part import (
    ensembling,
    initialisation,
    network,
    recipe_text,
    selection,
    training,
)


@pytest.fixture
def settings(sources):
    return sources.training(sources.methods[2])


def with_recipe(settings, **changes):
    recipe = type(settings.recipe).model_validate(settings.recipe.model_dump() | changes)
    return settings.model_copy(update={"recipe": recipe})


def test_networks_are_named_with_their_parameters(sources):
    assert network(sources) == (
        "Methods: Intensity threshold (no network that learns by gradient), U-Net (network unet_upconv, 15,117,646"
        " parameters at full width, 1,234,567 as run), X-Net (network xnet, 15,117,646 parameters at full width,"
        " 1,234,567 as run)."
    )
    assert initialisation(sources) == "Initial weights: Kaiming normal fan in."


def test_a_recipe_that_all_share_is_said_once(sources):
    assert training(sources) == (
        "Trained by Adam (learning rate 0.006, times 0.5 after 1 epoch without a gain of 0.001), 9 epochs at most,"
        " batches of 4, loss dice_ce (X-Net, section 3), 1e-05 times the squared kernels added to it, stopped after"
        " 2 epochs without a better validation loss, augmentation: flip left right 0.5, float32. Trained once,"
        " from seed 0."
    )


def test_each_schedule_and_length_has_words(settings):
    told = [
        ({"name": "constant"}, "constant"),
        ({"name": "step", "factor": 0.2, "every": 6}, "times 0.2 every 6 epochs"),
        (
            {"name": "plateau", "factor": 0.2, "patience": 2, "threshold": 0.001},
            "times 0.2 after 3 epochs without a gain of 0.001",
        ),
        ({"name": "cosine", "warm_up": 5}, "falling to 0 as half a cosine after 5 epochs of rise"),
        ({"name": "polynomial", "power": 0.9}, "falling to 0 with power 0.9"),
    ]
    for schedule, words in told:
        assert f"learning rate 0.006, {words})" in recipe_text(with_recipe(settings, schedule=schedule))
    phases = [{"length": 100, "lr": 0.1}, {"length": 200, "lr": 0.01}]
    long = {
        "epochs": None,
        "iterations": 300,
        "validate_every": 100,
        "phases": phases,
        "schedule": {"name": "constant"},
    }
    said = recipe_text(with_recipe(settings, **long))
    assert "phases 0.1 for 100, 0.01 for 200), 300 iterations, validated every 100" in said


def test_optimiser_and_gradients_are_whole(settings):
    optimiser = {"name": "sgd", "lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 3e-5}
    said = recipe_text(
        with_recipe(settings, optimiser=optimiser, clip_gradients=12, l2_convolutions=0, augmentation=None)
    )
    assert said.startswith(
        "trained by SGD (learning rate 0.01, Nesterov momentum 0.9, weight decay 3e-05, times 0.5 after"
    )
    assert "gradients shortened to norm 12" in said
    assert "no augmentation" in said
    assert "squared kernels" not in said


def test_the_weights_that_were_scored_are_said(sources):
    assert selection(sources) == "The weights of the epoch with the best loss of the validation part were scored."
    assert ensembling(sources) == "No models were combined."
