"""Small batches with a DWI, and every task on a network of width 2."""

import numpy as np
import pytest
import torch

from segrepro.networks import build_network
from segrepro.networks.initialise import initialise
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch
from segrepro.training.tasks import build_task

GROUPS = {"fo": 2, "fl": 1, "frames": 3}
SIZE = 32


@pytest.fixture
def recipe():
    """The paper's optimiser and schedule, shortened."""

    def make(**changes):
        settings = {
            "optimiser": {"name": "rmsprop", "lr": 0.002}, "schedule": {"name": "step", "every": 2, "factor": 0.2},
            "epochs": 4, "batch_size": 3, "initialisation": "xavier_uniform",
        }  # fmt: skip
        return Recipe.model_validate(settings | changes)

    return make


@pytest.fixture
def draw():
    """A batch of n slices of two cases; the lesion is brighter in the DWI. The last slice has none."""

    def make(seed: int = 0, n: int = 3, channels: int = 6) -> Batch:
        generator = np.random.default_rng(seed)
        images = generator.random((n, channels, SIZE, SIZE)).astype(np.float16)
        labels = np.zeros((n, SIZE, SIZE), np.uint8)
        labels[: n - 1, 8:18, 10:16] = 1
        targets = (0.5 * generator.random((n, 1, SIZE, SIZE)) + 0.4 * labels[:, None]).astype(np.float16)
        return Batch(images, labels, np.arange(n) * 2 // n, targets)

    return make


def make_network(name: str, **options) -> torch.nn.Module:
    out_channels = 1
    network = build_network(name, sum(GROUPS.values()), out_channels, base_width=2, groups=GROUPS, **options)
    return initialise(network, "xavier_uniform")


@pytest.fixture
def make(recipe):
    """A task by name, seeded: its network has all groups of channels."""

    def build(name: str, seed: int = 0, loss: str | None = None, changes: dict | None = None, **options):
        torch.manual_seed(seed)
        defaults = {"synthesis": "w_l2_h1", "adversarial": "l2_lsgan"}
        loss = loss or defaults.get(name, "wce_hgd")
        if name == "two_step":
            options["synthesis"] = make_network("synthesis").state_dict()
        network = make_network("synthesis" if name in defaults else "pseudo_dwi")
        return build_task(name, network, loss, recipe(**(changes or {})), torch.device("cpu"), **options)

    return build


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
