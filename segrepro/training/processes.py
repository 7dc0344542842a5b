"""One training by several processes, a GPU each, that share out every batch.

The network of each process sees its share of the images. What it gives is gathered, so that losses, scores and whatever
else learns (a discriminator, a context encoder) see the whole batch in every process, be a loss a mean over images or
not. Gradients are averaged, and all processes take the same step. Which slices come when, and how they are changed at
random, depends on seed and step alone: results are those of one process up to rounding, and a training goes on from its
checkpoint with any number of them.

torch's DistributedDataParallel is not taken: it wraps one module whose parameters all learn, always, where recipes have
phases and losses that learn, and it knows nothing of losses over the whole batch.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import torch
from torch import distributed, multiprocessing, nn

from segrepro.networks.blocks import PooledBatchNorm2d, SwitchNorm2d
from segrepro.utils.errors import ConfigError, SegreproError

# Layers whose result depends on which other images they see, or on an image's place among them.
WHOLE_BATCH = (SwitchNorm2d, PooledBatchNorm2d, nn.modules.dropout._DropoutNd)
USER_FAULT = 2  # the exit code of a process that has said what is wrong


def in_processes(work: Callable[..., None], devices: Sequence[torch.device], *arguments: object) -> None:
    """Call `work(device, *arguments)` in a process for each device; in this very process where there is only one.

    work, arguments: what can be pickled. Only the first process says anything, apart from errors. When one fails, all
    end: a fault of the input leaves one line and exit code 2, anything else is a RuntimeError with its traceback.
    """
    if len(devices) == 1:
        work(devices[0], *arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            multiprocessing.spawn(_one_of, (work, devices, Path(folder), arguments), nprocs=len(devices))
        except multiprocessing.ProcessExitedException as error:
            if error.exit_code == USER_FAULT:
                raise SystemExit(USER_FAULT) from None
            raise RuntimeError(str(error)) from None
        except multiprocessing.ProcessRaisedException as error:
            raise RuntimeError(str(error)) from None


def _one_of(
    rank: int, work: Callable[..., None], devices: Sequence[torch.device], folder: Path, arguments: Sequence[object]
) -> None:
    device, on_gpu = devices[rank], devices[rank].type == "cuda"
    if on_gpu:
        torch.cuda.set_device(device)
    if rank:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (until the process ends)
    meeting = {"init_method": f"file://{folder}/meeting", "rank": rank, "world_size": len(devices)}
    distributed.init_process_group("nccl" if on_gpu else "gloo", device_id=device if on_gpu else None, **meeting)
    try:
        work(device, *arguments)
    except SegreproError as error:
        with suppress(FileExistsError):  # what all find out, one says
            (folder / "said").touch(exist_ok=False)
            print(f"segrepro: {error}", file=sys.stderr, flush=True)
        raise SystemExit(USER_FAULT) from None
    distributed.destroy_process_group()


def process_count() -> int:
    """How many processes train together.

    >>> process_count(), is_first()
    (1, True)
    """
    return distributed.get_world_size() if distributed.is_initialized() else 1


def is_first() -> bool:
    """Whether this process is the one that writes files."""
    return not distributed.is_initialized() or distributed.get_rank() == 0


def shared_out(network: nn.Module) -> nn.Module:
    """The network as it sees shares of batches: its batch norms take the statistics of the whole batch.

    Raises ConfigError for a network with a layer whose result would be another one.
    """
    if process_count() == 1:
        return network
    found = next((layer for layer in network.modules() if isinstance(layer, WHOLE_BATCH)), None)
    if found is not None:
        expected = "a network whose batches can be shared out"
        raise ConfigError("gpus", f"{process_count()} beside {type(found).__name__}", expected, "Set gpus: 1 for it.")
    return nn.SyncBatchNorm.convert_sync_batchnorm(network)


def share_of(images: torch.Tensor) -> torch.Tensor:
    """This process's share of images (N, ...); all of them where there are fewer than processes."""
    if process_count() == 1 or len(images) < process_count():
        return images
    return images.tensor_split(process_count())[distributed.get_rank()]


def gathered(output: object, count: int) -> object:
    """What a network gave for the shares of `count` images, together: a tensor, None, or a list or tuple of them.

    The gradient goes back into this process's share alone, times the number of processes, by which
    `average_gradients` divides again.
    """
    if output is None or process_count() == 1 or count < process_count():
        return output
    if isinstance(output, torch.Tensor):
        return _gathered(output, [len(part) for part in torch.empty(count).tensor_split(process_count())])
    parts = [gathered(part, count) for part in output]
    return type(output)(*parts) if hasattr(output, "_fields") else type(output)(parts)


def _gathered(own: torch.Tensor, sizes: list[int]) -> torch.Tensor:
    padded = own.new_zeros(max(sizes), *own.shape[1:])
    padded[: len(own)] = own.detach()
    parts = [torch.empty_like(padded) for _ in sizes]
    distributed.all_gather(parts, padded)
    parts = [part[:size] for part, size in zip(parts, sizes)]
    parts[distributed.get_rank()] = own = own.view_as(own)
    if own.requires_grad:
        own.register_hook(lambda gradient: gradient * len(sizes))
    return torch.cat(parts)


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replace the gradients of parameters by their means over the processes."""
    if process_count() == 1:
        return
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    together = torch.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(together)
    together /= process_count()
    for gradient, mean in zip(gradients, together.split([gradient.numel() for gradient in gradients])):
        gradient.copy_(mean.view(gradient.shape))


def agreed(scores: dict[str, float]) -> dict[str, float]:
    """The first process's scores, in every process: a last bit must not let one stop earlier than the others."""
    told = [scores]
    if process_count() > 1:
        distributed.broadcast_object_list(told)
    return told[0]
