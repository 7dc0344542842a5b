"""What a GPU is spared, as far as a CPU can show it: bilinear resizing without dozens of kernels, and images at once.

    python benchmarks/bench_at_once.py [--rounds N]

Values are compared first. Resizing: the five side outputs of the WMH paper's FCN, forward and backward; under
determinism a GPU takes torch's decomposition, which is run here on the CPU by its name. Kernels are the operations that
torch hands to the device. Images at once: a step's gradient of that network, narrow,
from 8 images one by one, in fours and together.
"""

import argparse
import statistics
from collections.abc import Callable

import torch
from measuring import in_turns, machine, ratio, table
from torch._decomp import get_decompositions
from torch.nn.functional import interpolate
from torch.utils._python_dispatch import TorchDispatchMode

from segrepro.losses import build_loss
from segrepro.networks import build_network
from segrepro.networks.bilinear import by_products

IMAGES, CHANNELS, SIZE, STAGES = 1, 16, (256, 240), (1, 2, 4, 8, 16)
KERNEL = torch.ops.aten.upsample_bilinear2d.vec
WIDTH, BATCH, SMALL = 32, 8, (128, 112)


class Counted(TorchDispatchMode):
    """Counts operations but views."""

    number = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.number += not function.is_view
        return function(*args, **(kwargs or {}))


def resizings() -> dict[str, Callable]:
    decomposed = get_decompositions([KERNEL])[KERNEL]
    return {
        "torch's own kernel": lambda x: interpolate(x, size=SIZE, mode="bilinear"),
        "two products": lambda x: by_products(x, SIZE, False),
        "torch's decomposition, as under determinism": lambda x: decomposed(x, list(SIZE), False, None),
    }


def sides() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.rand(IMAGES, CHANNELS, SIZE[0] // n, SIZE[1] // n, requires_grad=True) for n in STAGES]


def all_sides(resize: Callable, images: list[torch.Tensor]) -> list[torch.Tensor]:
    return [*torch.autograd.grad(sum(resize(image).square().sum() for image in images), images)]


def gradient(at_once: int, images: torch.Tensor, labels: torch.Tensor) -> list[torch.Tensor]:
    torch.manual_seed(0)
    network, loss = build_network("vgg_fcn", 3, 2, base_width=WIDTH), build_loss("pixel_sum_ce")
    for part, target in zip(images.split(at_once), labels.split(at_once)):
        (loss(network(part), target) * len(part) / len(images)).backward()
    return [p.grad for p in network.parameters()]


def compared(calls: dict[str, Callable], rounds: int, more: dict[str, object]) -> None:
    """A row a contender: how far its gradients are from the first one's, its time, its ratio to the first."""
    results = {name: call() for name, call in calls.items()}
    first = next(iter(results.values()))
    largest = max(float(one.abs().max()) for one in first)
    times = in_turns(calls, rounds)
    rows = []
    for name, spent in times.items():
        far = max(float((a - b).abs().max()) for a, b in zip(first, results[name], strict=True)) / largest
        slower = f"{ratio(times, name, next(iter(times))):.2f}x"
        rows.append([name, f"{far:.1e}", f"{1e3 * statistics.median(spent):.1f} ms", slower, str(more.get(name, ""))])
    table(["contender", "largest difference of gradients", "CPU", "ratio", "kernels"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(machine("torch"), flush=True)
    images, kernels = sides(), {}
    for name, resize in resizings().items():
        all_sides(resize, images)  # weights are made once
        with Counted() as counted:
            all_sides(resize, images)
        kernels[name] = counted.number
    calls = {name: lambda resize=resize: all_sides(resize, images) for name, resize in resizings().items()}
    compared(calls, options.rounds, kernels)
    batch, labels = torch.rand(BATCH, 3, *SMALL), (torch.rand(BATCH, *SMALL) > 0.9).long()
    calls = {f"{n} at once": lambda n=n: gradient(n, batch, labels) for n in (1, 4, BATCH)}
    compared(calls, options.rounds, {})


if __name__ == "__main__":
    main()
