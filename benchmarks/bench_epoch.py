"""One epoch on the same 2D slices with the same network and batch: segrepro, nnU-Net v2's trainer, a MONAI loop.

    python benchmarks/bench_epoch.py [--width N] [--train N] [--validation N] [--rounds N]

An epoch shows each training slice once (nnU-Net draws as many at random), then scores the validation slices and writes
what the tool writes after an epoch. Each has its own augmentation, loss and optimiser. No process of its own for
the data; one thread; a time is the median process CPU time over rounds in which the contenders take turns, the
first of them left out.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import nnunet_peer  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from measuring import in_turns, machine, ratio, table  # noqa: E402
from slices import AUGMENTATION, SIZE, discs  # noqa: E402

from segrepro.networks import build_network, count_parameters
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Slices
from segrepro.training.tasks import build_task
from segrepro.training.trainer import Trainer

BATCH, DEPTH, RATE = 8, 8, 1e-3
CPU = torch.device("cpu")


def network(options: argparse.Namespace) -> Callable:
    """Builds the same network, from the same weights, for each contender."""

    def build(in_channels: int, out_channels: int) -> torch.nn.Module:
        torch.manual_seed(0)
        made = build_network("unet", in_channels, out_channels, base_width=options.width)
        for module in made.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = 0.1  # Keras' 0.01 needs hundreds of steps to forget where it started
        return made

    return build


def segrepro(options: argparse.Namespace, folder: Path, names: dict[str, list[str]], precision: str) -> Callable:
    """The product's loop, an epoch a call: validation and checkpoint included."""
    opened = {
        part: Slices(
            *([np.load(folder / f"{n}.{role}.npy", mmap_mode="r") for n in names[part]] for role in ("0", "label"))
        )
        for part in names
    }
    for slices in opened.values():
        slices.images = [slices.images]
    opened["train"].augmentation = AUGMENTATION
    recipe = Recipe(optimiser={"name": "adam", "lr": RATE}, epochs=1, batch_size=BATCH, precision=precision)
    task = build_task(
        "segmentation", network(options)(1, 2), "weighted_ce_dice", recipe, CPU, {"class_weights": [0.5, 0.5]}
    )
    trainer = Trainer(task, opened["train"], opened["validation"], recipe, 0, folder / precision, "benchmark")

    def epoch() -> float:
        trainer.epochs = trainer.progress.epoch + 1
        return trainer.run().history[-1]["validation_dice"]

    return epoch


def nnunet(options: argparse.Namespace, folder: Path, names: dict[str, list[str]]) -> Callable:
    cases = {
        name: tuple(np.load(folder / f"{name}.{role}.npy") for role in ("0", "label"))
        for part in names.values()
        for name in part
    }
    cases = {name: (images[None], labels) for name, (images, labels) in cases.items()}
    nnunet_peer.write_dataset(folder, cases, names["validation"])
    steps = (options.train // BATCH, options.validation // BATCH)
    made = nnunet_peer.trainer(network(options), BATCH, *steps)
    return lambda: nnunet_peer.epoch(made)


def monai(options: argparse.Namespace, folder: Path, names: dict[str, list[str]]) -> Callable:
    """The loop of MONAI's tutorials: everything cached in memory, random transforms a slice at a time."""
    from monai.data import CacheDataset, DataLoader
    from monai.losses import DiceCELoss
    from monai.metrics import DiceMetric
    from monai.transforms import Compose, EnsureTyped, RandAffined, RandFlipd

    keys, still = ("image", "mask"), EnsureTyped(("image", "mask"), dtype=torch.float32)
    zoom, turn = AUGMENTATION.scale[1] - 1, np.radians(AUGMENTATION.rotation_degrees)
    moving = [
        RandFlipd(keys, prob=0.5, spatial_axis=1),
        RandAffined(keys, prob=1, rotate_range=turn, scale_range=(zoom,) * 2, mode=("bilinear", "nearest")),
    ]
    loaders = {}
    for part, transforms in {"train": [still, *moving], "validation": [still]}.items():
        pairs = [[np.load(folder / f"{n}.{role}.npy") for role in ("0", "label")] for n in names[part]]
        items = [{"image": i[z][None], "mask": m[z][None]} for i, m in pairs for z in range(len(i))]
        dataset = CacheDataset(items, Compose(transforms), progress=False)
        loaders[part] = DataLoader(dataset, batch_size=BATCH, shuffle=part == "train")
    net, loss_of = network(options)(1, 2), DiceCELoss(to_onehot_y=True, softmax=True)
    optimiser, metric, best = torch.optim.Adam(net.parameters(), RATE), DiceMetric(include_background=False), [-1.0]

    def epoch() -> float:
        net.train()
        for batch in loaders["train"]:
            optimiser.zero_grad()
            loss = loss_of(net(batch["image"]), batch["mask"])
            loss.backward()
            optimiser.step()
            loss.item()
        net.eval()
        with torch.no_grad():
            for batch in loaders["validation"]:
                metric(net(batch["image"]).argmax(1, keepdim=True), batch["mask"])
        score = float(metric.aggregate())
        metric.reset()
        if score > best[0]:
            best[0] = score
            torch.save(net.state_dict(), folder / "monai.pt")
        return score

    return epoch


def write_slices(folder: Path, options: argparse.Namespace) -> dict[str, list[str]]:
    names = {"train": options.train // DEPTH, "validation": options.validation // DEPTH}
    names = {part: [f"{part}{number}" for number in range(count)] for part, count in names.items()}
    for seed, name in enumerate(name for part in names.values() for name in part):
        images, labels = discs(DEPTH, seed)
        np.save(folder / f"{name}.0.npy", images)
        np.save(folder / f"{name}.label.npy", labels)
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--train", type=int, default=32)
    parser.add_argument("--validation", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(machine("torch", "nnunetv2", "monai", "batchgeneratorsv2", "numpy"), flush=True)
    dice, silent = {}, StringIO()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nnunet_peer.point_to(folder)
        names = write_slices(folder, options)
        with redirect_stdout(silent):
            epochs = {
                "segrepro, bfloat16": segrepro(options, folder, names, "bfloat16"),
                "segrepro, float32": segrepro(options, folder, names, "float32"),
                "nnU-Net v2's trainer": nnunet(options, folder, names),
                "MONAI, CacheDataset + DataLoader": monai(options, folder, names),
            }
            calls = {n: lambda n=n, epoch=epoch: dice.setdefault(n, []).append(epoch()) for n, epoch in epochs.items()}
            in_turns(calls, 1)
            times = in_turns(calls, options.rounds)
    parameters = count_parameters(network(options)(1, 2))[0] / 1e6
    rows = []
    for n, taken in times.items():
        against = [f"{ratio(times, n, ours):.2f}x" for ours in list(times)[:2]]
        rows.append([n, f"{statistics.median(taken):.1f} s", *against, f"{dice[n][-1]:.3f}"])
    what = f"unet of {parameters:.1f} M, {options.train} + {options.validation} slices of {SIZE[0]} x {SIZE[1]}"
    table([what, "CPU an epoch", "to bfloat16", "to float32", "validation Dice at the end"], rows)


if __name__ == "__main__":
    main()
