"""What two processes do for `test_processes.py`, which imports it by name."""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.distributed.nn.functional import all_reduce

from segrepro.networks import build_network
from segrepro.networks.initialise import initialise
from segrepro.training.processes import agreed, is_first, shared_out
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch
from segrepro.training.tasks import build_task
from segrepro.utils.errors import DataError, SegreproError

SIZE, GROUPS = 32, {"fo": 2, "fl": 1, "frames": 3}
# By task: the network, its loss, and what else the recipe says. A loss over the whole batch is no mean over images;
# a context encoder, with batch norm, and a discriminator learn along.
TASKS = {
    "segmentation": ("vgg_fcn", "dice_ce", {"micro_batch_size": 2, "clip_gradients": 0.5}),
    "synthesis": ("synthesis", "w_l2_h1", {}),
    "adversarial": ("synthesis", "l2_lsgan", {}),
}
BATCHES = (5, 4, 1)  # of which two processes have uneven shares, even ones, and none of their own


class WholeBatchNorm(nn.BatchNorm2d):
    """Batch norm by the statistics of all processes: what torch's SyncBatchNorm, for GPUs only, is on a CPU."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        axes, count = (0, 2, 3), all_reduce(torch.tensor(float(x[:, 0].numel())))
        mean = all_reduce(x.sum(axes)) / count
        centred = x - mean[:, None, None]
        variance = all_reduce((centred**2).sum(axes)) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
            self.num_batches_tracked += 1
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return centred * scale[:, None, None] + self.bias[:, None, None]


def converted(network: nn.Module) -> nn.Module:
    """In the place of `SyncBatchNorm.convert_sync_batchnorm`."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.__class__ = WholeBatchNorm
    return network


def batches(order: int = 1) -> list[Batch]:
    """Three batches of images with a bright lesion; order: -1 turns that of their images around."""
    generator, made = np.random.default_rng(0), []
    for count in BATCHES:
        images = generator.random((count, 6, SIZE, SIZE)).astype(np.float16)
        labels = np.zeros((count, SIZE, SIZE), np.uint8)
        labels[:, 8:18, 10:16] = 1
        targets = (0.5 * generator.random((count, 1, SIZE, SIZE)) + 0.4 * labels[:, None]).astype(np.float16)
        made.append(Batch(*(field[::order].copy() for field in (images, labels, np.arange(count), targets))))
    return made


def after_steps(name: str, order: int = 1) -> dict[str, torch.Tensor]:
    """Losses, validation scores and weights, the helper's too, of a task after a step on each batch."""
    torch.manual_seed(0)
    network, loss, changes = TASKS[name]
    options = {} if network == "vgg_fcn" else {"groups": GROUPS}
    built = initialise(build_network(network, 6, 1, base_width=4, **options), "xavier_uniform")
    optimiser = {"name": "sgd", "lr": 0.01, "momentum": 0.9}
    task = build_task(
        name, built, loss, Recipe(optimiser=optimiser, epochs=4, batch_size=5, **changes), torch.device("cpu")
    )
    # Batch norm weighs the variance of a batch that all processes see as if it were of more images.
    trained = batches(order)[: 3 if network == "vgg_fcn" else 2]
    losses = torch.stack([task.train_step(batch) for batch in trained])
    scores = task.validate(batches(order), max(BATCHES))
    weights = {f"network.{key}": value for key, value in task.network.state_dict().items()}
    weights |= {f"helper.{key}": value for key, value in task.helper.state_dict().items()}
    return {"losses": losses, "scores": torch.tensor(list(scores.values()))} | weights


def train_all(device: torch.device, folder: Path) -> None:
    """Leave what each task gives, in each process, and what a network that cannot be shared out does."""
    rank = 0 if is_first() else 1
    kinds = [type(layer).__name__ for layer in shared_out(nn.Sequential(nn.BatchNorm2d(2)))]
    nn.SyncBatchNorm.convert_sync_batchnorm = converted
    found = {name: after_steps(name) for name in TASKS}
    try:
        shared_out(nn.Sequential(nn.Conv2d(1, 1, 1), nn.Dropout(0.1)))
    except SegreproError as error:
        refused = (error.where, error.found)
    told = agreed({"dice": float(rank)})
    torch.save({"found": found, "refused": refused, "kinds": kinds, "told": told}, folder / f"{rank}.pt")


def fail(device: torch.device) -> None:
    """A fault that both find, while one of them says something."""
    print("said")
    raise DataError("scan.nii.gz", "nothing", "a scan")
