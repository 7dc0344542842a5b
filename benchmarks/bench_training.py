"""A training step of segrepro, end to end from prepared arrays, beside bare loops; losses are compared first.

    python benchmarks/bench_training.py [--network NAME] [--width N] [--batch N] [--precisions NAME ...] [--rounds N]
        [--threads N]

End to end is the product's own loop: slices from memory maps on disk, augmentation, conversion, loss, optimiser,
progress lines. Bare is forward, backward and optimiser on one batch that stays in memory. A time is the median
CPU time of a step over rounds in which the contenders take turns; the CPU time of the thread that reads ahead counts.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ.get("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
from measuring import in_turns, machine, ratio, table  # noqa: E402
from slices import SIZE, open_slices, write_cases  # noqa: E402

from segrepro.losses import build_loss
from segrepro.networks import build_network
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Batch, Slices
from segrepro.training.tasks import build_task
from segrepro.training.trainer import Trainer

LOSS, STEPS = "dice_ce", 2
CPU = torch.device("cpu")


class EndlessTrainer(Trainer):
    """The product's loop without validation and checkpoints, which a bare loop does not have either."""

    def _end_round(self) -> None:
        self.progress.epoch, self.progress.loss_sum = self.progress.epoch + 1, 0.0

    def one_round(self) -> None:
        """The next `STEPS` steps, progress line included."""
        with redirect_stdout(StringIO()):
            self._train_round()
            self._end_round()


def new_network(options: argparse.Namespace) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_network(options.network, 1, 1, base_width=options.width)


def end_to_end(options: argparse.Namespace, slices: Slices, precision: str) -> EndlessTrainer:
    recipe = Recipe(
        optimiser={"name": "adam", "lr": 1e-4},
        iterations=10**6,
        validate_every=STEPS,
        batch_size=options.batch,
        precision=precision,
    )
    task = build_task("segmentation", new_network(options), LOSS, recipe, CPU)
    return EndlessTrainer(task, slices, slices, recipe, 0, Path("unused"), "unused")


def bare(options: argparse.Namespace, batch: Batch, precision: str, memory_format: torch.memory_format) -> Callable:
    """One step on a batch that stays in memory; returns its loss."""
    network, loss_of = new_network(options).to(memory_format=memory_format).train(), build_loss(LOSS)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
    images = torch.from_numpy(batch.images).float().contiguous(memory_format=memory_format)
    labels = torch.from_numpy(batch.labels)[:, None].float()

    def step() -> float:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
            logits = network(images)
        loss = loss_of(logits.float(), labels)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def several(step: Callable) -> Callable:
    return lambda: [step() for _ in range(STEPS)]


def contenders(options: argparse.Namespace, folder: Path) -> dict[str, Callable]:
    """A call of STEPS steps each, warmed up; prints the loss of the first step of each on the same batch."""
    batch, calls = open_slices(folder, None).batch(range(options.batch)), {}
    for precision in options.precisions:
        training = end_to_end(options, open_slices(folder), precision)
        print(f"  first loss, segrepro, {precision}: {float(training.task.train_step(batch)):.6f}", flush=True)
        calls[f"segrepro, {precision}, end to end"] = training.one_round
    loops = {
        "bare, bfloat16, channels-last": ("bfloat16", torch.channels_last),
        "bare, float32, channels-last": ("float32", torch.channels_last),
        "bare, float32, contiguous": ("float32", torch.contiguous_format),
    }
    for name, how in loops.items():
        if how[0] not in options.precisions:
            continue
        step = bare(options, batch, *how)
        print(f"  first loss, {name}: {step():.6f}", flush=True)
        calls[name] = several(step)
    return calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", default="unet")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--precisions", nargs="*", default=["bfloat16", "float32"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(machine("torch", "numpy", "opencv-python-headless"), f"{options.threads} threads", flush=True)
    with tempfile.TemporaryDirectory() as name:
        write_cases(Path(name), cases=8, slices=32)
        calls = contenders(options, Path(name))
        times = in_turns(calls, options.rounds)
    ours = [name for name in calls if name.startswith("segrepro")]
    rows = []
    for name, taken in times.items():
        seconds = statistics.median(taken) / STEPS
        shares = [f"{ratio(times, name, mine):.2f}x" for mine in ours]
        rows.append([name, f"{seconds:.2f} s", f"{options.batch / seconds:.2f}/s", *shares])
    head = f"{options.network}, width {options.width}, {options.batch} slices of {SIZE[0]} x {SIZE[1]}"
    table([head, "CPU a step", "images", *(f"time against {mine}" for mine in ours)], rows)


if __name__ == "__main__":
    main()
