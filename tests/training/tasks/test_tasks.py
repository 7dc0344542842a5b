"""What holds for every task: it learns, goes on bit by bit from a checkpoint, and validates without learning."""

import copy

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from segrepro.training.checkpoint import load_checkpoint, save_checkpoint
from segrepro.training.tasks import build_task, check_task, check_task_option, list_tasks
from segrepro.training.tasks.base import parts_of
from segrepro.utils.errors import ConfigError, DataError

VARIANTS = [
    ("segmentation", {}),
    ("synthesis", {}),
    ("synthesis", {"frozen_context_encoder": True}),
    ("synthesis", {"loss": "l1"}),
    ("adversarial", {}),
    ("pseudo_dwi", {}),
    ("pseudo_dwi", {"beta": 0.0, "frozen_context_encoder": True}),
    ("two_step", {}),
]
EACH = pytest.mark.parametrize(("name", "options"), VARIANTS)


def flat(state: object) -> list:
    """The leaves of a nested state, tensors as lists of numbers."""
    if isinstance(state, dict):
        return [leaf for key in state for leaf in flat(state[key])]
    if isinstance(state, list | tuple):
        return [leaf for item in state for leaf in flat(item)]
    return [state.tolist()] if isinstance(state, torch.Tensor) else [state]


def go_on(task, draw, first: int, last: int) -> list[float]:
    """Steps `first` to `last` with an epoch's end after every second."""
    losses = []
    for step in range(first, last):
        losses.append(float(task.train_step(draw(seed=step))))
        if step % 2:
            task.optimisation.end_round(task.validate([draw(seed=99)], 2)["loss"])
    return losses


@EACH
def test_a_checkpoint_goes_on_bit_by_bit(name, options, make, draw, tmp_path):
    whole = make(name, **options)
    go_on(whole, draw, 0, 3)
    save_checkpoint(tmp_path, {"run_hash": "a", "task": whole.state_dict()})
    expected = go_on(whole, draw, 3, 6)
    resumed = make(name, seed=7, **options)
    assert flat(resumed.state_dict()) != flat(whole.state_dict())
    resumed.load_state_dict(load_checkpoint(tmp_path, "a")["task"])
    assert go_on(resumed, draw, 3, 6) == expected
    assert flat(resumed.state_dict()) == flat(whole.state_dict())
    assert resumed.optimisation.lr == pytest.approx(0.002 * 0.2)


@EACH
def test_it_learns(name, options, make, draw):
    task, batch = make(name, **options), draw()
    before = task.validate([batch], 2)
    losses = [float(task.train_step(batch)) for _ in range(30)]
    if name == "adversarial":  # its loss depends on a discriminator that learns too
        assert task.validate([batch], 2)["psnr"] > before["psnr"] + 0.5
    else:
        assert np.mean(losses[-5:]) < 0.9 * losses[0]


@EACH
def test_validation_is_the_mean_of_the_plain_losses_and_changes_nothing(name, options, make, draw):
    task, batches = make(name, **options), [draw(seed=1), draw(seed=2)]
    task.train_step(batches[0])
    before = copy.deepcopy(task.state_dict())
    scores = task.validate(iter(batches), 2)
    assert flat(task.state_dict()) == flat(before)
    with torch.no_grad():
        plain = [task.loss_of(task.output(batch), batch).item() for batch in batches]
    assert scores["loss"] == pytest.approx(np.mean(plain), rel=1e-6)
    assert all(isinstance(value, float) for value in scores.values())
    quality = {"ssim", "psnr", "local_ssim", "local_psnr"}
    spread = {"context_spread"} if options.get("loss") != "l1" and name in ("synthesis", "pseudo_dwi") else set()
    expected = {"segmentation": {"dice"}, "two_step": {"dice"}, "pseudo_dwi": {"dice"} | quality}
    assert set(scores) == {"loss"} | expected.get(name, quality) | spread


@pytest.mark.parametrize("name", ["synthesis", "adversarial", "pseudo_dwi"])
def test_quality_is_that_of_whole_cases_whatever_the_batches(name, make, draw):
    """SSIM by scikit-image on each slice, PSNR over each case, means over the two cases."""
    task, batch = make(name), draw(seed=3, n=5)
    scores = task.validate(parts_of(batch, 2), 2)
    with torch.no_grad():
        image = task.network.synthesise(torch.from_numpy(batch.images).float())[:, 0].clamp(0, 1).numpy()
    target, ssim, psnr = batch.targets[:, 0].astype(np.float32), [], []
    for case in (0, 1):
        places = np.flatnonzero(batch.cases == case)
        settings = {"data_range": 1, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        ssim.append(np.mean([structural_similarity(image[i], target[i], **settings) for i in places]))
        psnr.append(-10 * np.log10(np.mean((image[places] - target[places]).astype(float) ** 2)))
    assert scores["ssim"] == pytest.approx(np.mean(ssim), abs=1e-5)
    assert scores["psnr"] == pytest.approx(np.mean(psnr), abs=1e-4)


def test_a_validation_part_without_lesion_is_one_clear_line(make, draw):
    batch = draw()
    empty = batch._replace(labels=np.zeros_like(batch.labels))
    with pytest.raises(DataError, match="no slice with a lesion"):
        make("synthesis").validate([empty], 2)


@pytest.mark.parametrize("name", ["segmentation", "pseudo_dwi", "two_step"])
def test_dice_is_counted_over_whole_cases(name, make, draw):
    task, batch = make(name), draw(seed=3, n=5)
    task.train_step(batch)
    found = task.validate(parts_of(batch, 2), 2)["dice"]
    with torch.no_grad():
        predicted = task.network(torch.from_numpy(batch.images).float())[:, 0].numpy() > 0
    dice = []
    for case in (0, 1):
        mine, theirs = predicted[batch.cases == case], batch.labels[batch.cases == case] > 0
        dice.append(2 * (mine & theirs).sum() / (mine.sum() + theirs.sum()))
    assert found == pytest.approx(np.mean(dice))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_accumulated_gradients_are_those_of_the_whole_batch(size, recipe, draw):
    """A loss that is a mean over images, and a network without batch statistics."""
    results, batch = [], draw(n=5)
    for micro_batch_size in (None, size):
        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Conv2d(6, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(4, 2, 1))
        settings = recipe(micro_batch_size=micro_batch_size, optimiser={"name": "sgd", "lr": 1e-6, "momentum": 0.9})
        task = build_task("segmentation", network, "pixel_sum_ce", settings, torch.device("cpu"))
        losses = [float(task.train_step(batch)) for _ in range(3)]
        results.append((losses, [p.detach() for p in network.parameters()]))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-5)
    for a, b in zip(results[0][1], results[1][1], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)


def test_an_adversarial_recipe_cannot_accumulate(make):
    with pytest.raises(ConfigError, match="micro_batch_size"):
        make("adversarial", changes={"micro_batch_size": 1})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("synthsis", "synthesis", "l1"), ["no task of that name", "Did you mean synthesis?"]),
        (("synthesis", "unet", "l1"), ["the network unet", "expected synthesis"]),
        (("synthesis", "synthesis", "lsgan"), ["the loss lsgan", "w_l2_h1"]),
        (("adversarial", "synthesis", "l2"), ["the loss l2", "l2_lsgan"]),
        (("pseudo_dwi", "pseudo_dwi", "w_l2"), ["the loss w_l2", "wce_hgd"]),
        (("pseudo_dwi", "pseudo_dwi", "wce_hdg"), ["Did you mean wce_hgd?"]),
    ],
)
def test_what_does_not_fit_is_one_line(arguments, words):
    with pytest.raises(ConfigError) as caught:
        check_task(*arguments)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_the_listed_options_are_those_of_the_classes(make):
    for name, info in list_tasks().items():
        for option in info.options:
            value = {"synthesis_loss": "w_l2_h2", "frozen_context_encoder": True}.get(option, 0.5)
            check_task_option(name, option, value)
            make(name, **{option: value})
