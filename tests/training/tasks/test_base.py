"""What holds for every task: checkpoints, accumulation, validation."""

import copy

import numpy as np
import pytest
import torch

from segrepro.losses.weight_maps import weight_map
from segrepro.training.checkpoint import load_checkpoint, save_checkpoint
from segrepro.training.tasks import build_task
from tests.training.tasks.variants import EACH


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
    context = {"context_spread", "gradient_share_pixels", "gradient_share_context"}
    context = context if options.get("loss") != "l1" and name in ("synthesis", "pseudo_dwi") else set()
    context |= {"gradient_share_segmentation"} if name == "pseudo_dwi" else set()
    expected = {"segmentation": {"dice"}, "two_step": {"dice"}, "pseudo_dwi": {"dice"} | quality}
    assert set(scores) == {"loss"} | expected.get(name, quality) | context


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


@EACH
def test_a_staged_batch_teaches_and_scores_as_one_of_arrays(name, options, make, draw):
    whole, staged = (make(name, **options) for _ in range(2))
    batches = [draw(seed=seed) for seed in range(3)]
    losses = [float(whole.train_step(batch)) for batch in batches]
    assert [float(staged.train_step(staged.staged(batch))) for batch in batches] == losses
    scores = whole.validate(batches, 2)
    assert staged.validate([staged.staged(batch) for batch in batches], 2) == scores
    assert flat(staged.state_dict()) == flat(whole.state_dict())


@EACH
def test_the_weight_map_is_made_where_a_loss_takes_it(name, options, make, draw):
    weights = make(name, **options).staged(draw()).weights
    takes_none = name == "adversarial" or options.get("loss") == "l1"
    assert (weights is None) == takes_none
    if not takes_none:
        assert np.array_equal(weights.numpy(), weight_map(draw().labels))
