"""Slices per second of a network, plain and by the predictor: agreement first, then times.

    python benchmarks/bench_inference.py [--networks NAME ...] [--rounds N] [--where]

Plain is eager float32 in contiguous memory; former is what predicted held-out cases before: channels-last, float32, 16
slices at once, batch norm as it is. The predictor is timed in both precisions that a recipe may have. Each network is
first trained for a few steps on bright blobs, so that masks mean something. All run on one thread; a time is the median
process CPU time of rounds in which the contenders take turns. --where: in place of that, what float32 leaves to gain:
the share of convolutions in the time of two slices, and their arithmetic at the speed of a product of matrices.
"""

import argparse
import copy
import os
import platform
import statistics
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch
from measuring import in_turns, table
from torch import nn

from segrepro.inference.fuse import fast_network
from segrepro.inference.predictor import Predictor, likeliest
from segrepro.networks import build_network
from segrepro.preprocessing.resize_crop import Crop, NetworkGrid
from segrepro.training.model import Model
from segrepro.training.model_card import ModelCard

SIZE = (224, 192)
CPU = torch.device("cpu")


def blobs(count: int, size: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy slices (count, 1, H, W) float32 with bright discs, and the discs (count, H, W) uint8."""
    rng = np.random.default_rng(seed)
    rows, columns = np.ogrid[: size[0], : size[1]]
    labels = np.zeros((count, *size), np.uint8)
    for label in labels:
        centre, radius = rng.uniform(0.25, 0.75, 2) * size, rng.uniform(0.08, 0.2) * min(size)
        label[(rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < radius**2] = 1
    images = 0.3 + 0.4 * labels + rng.normal(0, 0.15, labels.shape)
    return images[:, None].astype(np.float32), labels


def trained(name: str, size: tuple[int, int], steps: int, **options) -> nn.Module:
    """A network after `steps` steps of two slices of `size`."""
    torch.manual_seed(0)
    network = build_network(name, 1, 1, **options).to(memory_format=torch.channels_last)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.1  # Keras' 0.01 needs hundreds of steps to forget where it started
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for step in range(steps):
        images, labels = (torch.from_numpy(array) for array in blobs(2, size, seed=step))
        logits = network(images.contiguous(memory_format=torch.channels_last))
        loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), labels[:, None].float())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.to(memory_format=torch.contiguous_format).eval()


def dice(prediction: np.ndarray, reference: np.ndarray) -> float:
    """2 |P and R| / (|P| + |R|) of masks of any shape."""
    return float(2 * (prediction & reference).sum() / (prediction.sum() + reference.sum()))


def plain_probabilities(network: nn.Module, images: np.ndarray, at_once: int) -> np.ndarray:
    """What a loop without any of that does."""
    with torch.inference_mode():
        parts = [torch.from_numpy(images[i : i + at_once]) for i in range(0, len(images), at_once)]
        return np.concatenate([network(part).sigmoid().numpy() for part in parts])


def former_probabilities(network: nn.Module, images: np.ndarray) -> np.ndarray:
    """What predicted the cases of the tables before there was one predictor."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), 16):
            part = torch.from_numpy(images[start : start + 16]).contiguous(memory_format=torch.channels_last)
            parts.append(network(part).sigmoid().contiguous().numpy())
    return np.concatenate(parts)


def predictor_of(name: str, network: nn.Module, precision: str) -> Predictor:
    """The predictor of a network, by a card that says only what it needs."""
    recipe = {"optimiser": {"name": "adam", "lr": 1e-3}, "epochs": 1, "batch_size": 1, "precision": precision}
    facts = {"name": "blobs", "title": "", "access": "", "version": "", "source": "phantom", "labels": {1: "blob"}}
    card = ModelCard.model_validate({
        "study": "", "experiment": name, "name": name, "protocol": "clean", "fold": 0, "network": name, "options": {},
        "task": "segmentation", "activation": "sigmoid", "target": None, "loss": "dice_ce", "recipe": recipe, "seed": 0,
        "features": [], "checkpoint": "best", "hash": "", "preparation": {"size": SIZE}, "in_channels": 1,
        "out_channels": 1, "dataset": facts | {"ignore_label": None}, "roles": ["t1"], "images": ["t1"],
        "pretrained_sha256": None, "training_spacing_mm": {"low": [1, 1, 1], "high": [1, 1, 1]},
        "parameters": {"trainable": 1, "total": 1, "at_full_width": None}, "best_epoch": 1, "epochs": 1,
        "validation": {}, "training_seconds": 0, "waiting_for_data_seconds": 0, "device": "cpu",
        "provenance": {"commit": "", "versions": {}, "machine": {}}, "sha256": {"best": "", "last": ""},
    })  # fmt: skip
    return Predictor([Model(network, card, "best")], CPU)


def grid_of(slices: int) -> NetworkGrid:
    """The grid of slices that lie in their scan as they are."""
    shape = (slices, *SIZE)
    return NetworkGrid(
        case="blobs", source_shape=shape[::-1], affine=np.eye(4).tolist(), orientation="RAS", full_shape=shape,
        resize=None, crop=Crop(start=(0, 0), size=SIZE), spacing_mm=(1, 1, 1), shape=shape,
    )  # fmt: skip


def run_network(name: str, rounds: int, slices: int) -> dict[str, float]:
    """Slices per second of each contender; prints how far their masks are apart."""
    network = trained(name, (112, 96), steps=60)
    images, labels = blobs(slices, SIZE, seed=1000)
    grid, predictors = grid_of(slices), {kind: predictor_of(name, network, kind) for kind in ("float32", "bfloat16")}
    former = copy.deepcopy(network).to(memory_format=torch.channels_last)
    calls = {
        "plain": lambda: plain_probabilities(network, images, 16),
        "former": lambda: former_probabilities(former, images),
        "float32": lambda: predictors["float32"].predict(images, grid).probabilities,
        "bfloat16": lambda: predictors["bfloat16"].predict(images, grid).probabilities,
    }
    scores = {contender: dice(likeliest(call()), labels) for contender, call in calls.items()}
    print(f"  {name}: Dice " + ", ".join(f"{score:.5f} {contender}" for contender, score in scores.items()), flush=True)
    times = {contender: [] for contender in calls}
    for _ in range(rounds):
        for contender, call in calls.items():
            start = time.process_time()
            call()
            times[contender].append(time.process_time() - start)
    return {contender: slices / statistics.median(taken) for contender, taken in times.items()}


def where_time_goes(name: str, rounds: int) -> list[str]:
    """A row: seconds of two slices before and now, frozen by TorchScript, and at the speed of a matrix product."""
    from torch.profiler import ProfilerActivity, profile
    from torch.utils.flop_counter import FlopCounterMode

    torch.manual_seed(0)
    former = build_network(name, 1, 1).eval().to(memory_format=torch.channels_last)
    fast, images = fast_network(former, CPU), torch.rand(2, 1, *SIZE).contiguous(memory_format=torch.channels_last)
    frozen, square = torch.jit.optimize_for_inference(torch.jit.trace(fast, images)), torch.rand(1536, 1536)
    calls = {"former": lambda: former(images), "now": lambda: fast(images), "frozen": lambda: frozen(images)}
    calls["product"] = lambda: square @ square
    with torch.inference_mode():
        for call in [*calls.values()] * 2:  # TorchScript is optimised at the second call
            call()
        times = {key: statistics.median(taken) for key, taken in in_turns(calls, rounds).items()}
        with profile(activities=[ProfilerActivity.CPU]) as profiled:
            fast(images)
        with FlopCounterMode(display=False) as counter:
            fast(images)
    spent = {event.key: event.self_cpu_time_total for event in profiled.key_averages()}
    convolutions = sum(time for key, time in spent.items() if "conv" in key) / sum(spent.values())
    operations, speed = counter.get_total_flops(), 2 * len(square) ** 3 / times["product"]
    seconds = [f"{times[key]:.3f} s" for key in ("former", "now", "frozen")]
    counted = [f"{100 * convolutions:.0f} %", f"{operations / 1e9:.0f}", f"{operations / times['now'] / 1e9:.0f}"]
    least = operations / speed
    return [name, *seconds, *counted, f"{least:.3f} s ({speed / 1e9:.0f}): {times['former'] / least:.1f}x"]


def machine() -> str:
    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    return f"{cpu}, Python {platform.python_version()}, torch {torch.__version__}, one thread"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="*", default=["unet", "xnet"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slices", type=int, default=8)
    parser.add_argument("--where", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(machine())
    if options.where:
        head = ["2 slices, float32", "former", "predictor", "frozen", "convolutions", "Gflop", "Gflop/s"]
        rows = [where_time_goes(name, options.rounds) for name in options.networks]
        table([*head, "at a matrix product's Gflop/s"], rows)
        return
    results = {name: run_network(name, options.rounds, options.slices) for name in options.networks}
    contenders = list(next(iter(results.values())))
    print(
        f"\n| network, {SIZE[0]} x {SIZE[1]} | " + " | ".join(contenders) + " |\n|---" + "|---" * len(contenders) + "|"
    )
    for name, rates in results.items():
        cells = [f"{rate:.2f}/s ({rate / rates['former']:.1f}x)" for rate in rates.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
