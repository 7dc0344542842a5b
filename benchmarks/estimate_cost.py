"""What the studies cost at paper scale: the tables of docs/cluster.md.

    python benchmarks/estimate_cost.py

The trainings are counted (c) from the plan, the operations from the networks. Everything in hours is estimated (e): the
operations divided by a rate, but at least a fixed time a pass through a network. Early stopping is not foreseen.
"""

import argparse
import json
import warnings
from dataclasses import dataclass
from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from segrepro.networks import build_network, list_networks
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.runs import Run
from segrepro.workflow.rehearsal.counts import counts_of

# Assumed of one A100, a fifth of its peak: no GPU was measured. float32 means TensorFloat-32 there.
GPU_FLOPS = {"bfloat16": 60e12, "float32": 30e12}
GPU_SECONDS_A_PASS = 0.01
# Measured on one core with AVX-512 and bfloat16, U-Net at batch 8: docs/performance.md.
CPU_FLOPS = {"bfloat16": 179e9, "float32": 80e9}
BACKWARD = 2  # times the forward pass


@dataclass(frozen=True)
class Cost:
    """Of one training. gpu and cpu: hours."""

    flop: float
    gpu: float
    cpu: float


@cache
def forward_flop(network: str, options: str, channels: int, outputs: int, size: tuple[int, int]) -> float:
    """Floating-point operations of one slice through a network that has no weights; options as JSON."""
    with torch.device("meta"):
        built = build_network(network, channels, outputs, **json.loads(options)).train()
        with FlopCounterMode(display=False) as counter:
            built(torch.empty(2, channels, *size))
    return counter.get_total_flops() / 2


def cost(run: Run) -> Cost:
    """Of training one fold."""
    settings, recipe = run.settings, run.resolved.recipe.model_dump()
    labels = len(run.dataset.spec.labels)
    outputs = 1 if labels == 1 and settings["activation"] == "sigmoid" else labels + 1
    channels = len(settings["inputs"] or [""])
    options = json.dumps(settings["options"], sort_keys=True)
    flop = forward_flop(settings["network"], options, channels, outputs, run.resolved.preparation.size)
    counts = counts_of(run, slices_a_case=0)
    shown = counts.train * counts.epochs if recipe["epochs"] else recipe["iterations"] * recipe["batch_size"]
    validated = counts.validation * counts.epochs
    total = flop * ((1 + BACKWARD) * shown + validated)
    at_once = recipe["micro_batch_size"] if isinstance(recipe["micro_batch_size"], int) else recipe["batch_size"]
    passes = (shown + validated) / at_once
    precision = recipe["precision"]
    seconds = max(total / GPU_FLOPS[precision], passes * GPU_SECONDS_A_PASS)
    return Cost(total, seconds / 3600, total / CPU_FLOPS[precision] / 3600)


def row(study: str, experiments: str) -> str:
    """A line of the table."""
    config = load_config(
        {"scale": "paper", "studies": study, "experiments": experiments, "pretrained": {"vgg16": "download"}}
    )
    fitted = {name for name, info in list_networks().items() if info.fitted}
    runs = [run for run in make_plan(config).runs[study] if run.training["network"] not in fitted]
    costs = [(cost(run), len(run.fold_numbers)) for run in runs]
    trainings = sum(folds for _, folds in costs)
    flop, gpu, cpu = (sum(getattr(c, name) * folds for c, folds in costs) for name in ("flop", "gpu", "cpu"))
    longest = max(c.gpu for c, _ in costs)
    hours = " | ".join(f"{two_digits(value)} (e)" for value in (gpu, longest, cpu))
    return f"| `{study}` | {experiments} | {trainings} (c) | {two_digits(flop / 1e18)} (c) | {hours} |"


def two_digits(value: float) -> str:
    """A number with the digits that an estimate is worth.

    >>> two_digits(17582), two_digits(0.0123)
    ('18,000', '0.012')
    """
    return f"{float(f'{value:.2g}'):,.10g}"


def main() -> None:
    """Print the table."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    warnings.filterwarnings("ignore")
    print(
        "| study | experiments | trainings | 10^18 operations | GPU-hours | longest training, h | core-hours on a CPU |"
    )
    print("|---|---|---|---|---|---|---|")
    for study in ("xnet", "pseudo_dwi", "wmh", "scse", "hlenet"):
        for experiments in ("main", "all"):
            print(row(study, experiments), flush=True)


if __name__ == "__main__":
    main()
