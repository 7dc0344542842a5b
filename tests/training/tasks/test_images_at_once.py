"""`micro_batch_size: auto` takes what fits, and changes nothing but rounding."""

import pytest
import torch

from segrepro.networks import build_network
from segrepro.training.tasks import build_task
from segrepro.training.tasks.images_at_once import ImagesAtOnce
from segrepro.utils.errors import ConfigError
from tests.raised import raised

CPU = torch.device("cpu")


def task_of(recipe, network="vgg_fcn", **changes):
    """The network of wmh, narrow, with its own loss."""
    torch.manual_seed(0)
    built = build_network(network, 6, 2, base_width=2)
    settings = recipe(batch_size=20, optimiser={"name": "sgd", "lr": 1e-6, "momentum": 0.9}, **changes)
    return build_task("segmentation", built, "pixel_sum_ce", settings, CPU)


def limited_to(task, most: int) -> list[int]:
    """Let the network run out of memory with more than so many images; the numbers that it was given."""
    seen, forward = [], task.network.forward

    def limited(images):
        seen.append(len(images))
        if len(images) > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(images)

    task.network.forward = limited
    return seen


def test_the_batch_is_halved_until_it_fits_and_the_gradient_stays(recipe, draw):
    batch, whole, parted = draw(n=20), task_of(recipe), task_of(recipe, micro_batch_size="auto")
    parted.at_once.number = 20  # as on a GPU
    seen = limited_to(parted, most=6)
    losses = [float(task.train_step(batch)) for task in (whole, parted)]
    assert seen == [20, 10, 5, 5, 5, 5]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    largest = max(float(p.grad.abs().max()) for p in whole.network.parameters())
    for a, b in zip(whole.network.parameters(), parted.network.parameters(), strict=True):
        assert float((a.grad - b.grad).abs().max()) < 5e-6 * largest
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-8)
    parted.train_step(batch)
    assert seen[6:] == [5, 5, 5, 5]  # what was found out holds


@pytest.mark.parametrize("size", [None, 4])
def test_a_number_that_is_given_stays(recipe, draw, size):
    task = task_of(recipe, micro_batch_size=size)
    limited_to(task, most=3)
    with pytest.raises(torch.OutOfMemoryError):
        task.train_step(draw(n=20))


@pytest.mark.parametrize(("kind", "number"), [("cpu", 1), ("cuda", 20)])
def test_a_cpu_takes_one_image_and_a_gpu_begins_with_all(recipe, kind, number):
    assert ImagesAtOnce(recipe(batch_size=20, micro_batch_size="auto"), torch.device(kind)).number == number


def test_one_image_that_does_not_fit_is_an_error(recipe, draw):
    task = task_of(recipe, micro_batch_size="auto")
    limited_to(task, most=0)
    with pytest.raises(torch.OutOfMemoryError):
        task.train_step(draw(n=2))


def test_batch_norm_is_refused(recipe):
    with raised(ConfigError, where="recipe.micro_batch_size", found="auto beside BatchNorm2d"):
        task_of(recipe, "unet", micro_batch_size="auto")


def test_a_loss_of_all_images_together_is_refused(recipe):
    settings = recipe(micro_batch_size="auto")
    with raised(ConfigError, where="recipe.micro_batch_size", found="auto beside the loss gd"):
        build_task("segmentation", torch.nn.Conv2d(6, 2, 1), "gd", settings, CPU)
