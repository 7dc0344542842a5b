"""What a run costs, as its models' cards have it: time, memory, and hours of a GPU."""

from collections.abc import Sequence

from segrepro.utils.validation import Strict

SECONDS_AN_HOUR = 3600
CPU = "cpu"


class Cost(Strict):
    """What the training of all folds of a run, or of several runs, took.

    runs: how many. seconds: their sum. devices: what they ran on. peak_memory_mb, peak_gpu_memory_mb: of the fold that
    took most, the second None without a GPU; both None where the card is from before they were measured. gpu_hours: of
    the folds that ran on a GPU.
    """

    runs: int = 1
    seconds: float
    devices: list[str]
    peak_memory_mb: int | None
    peak_gpu_memory_mb: int | None
    gpu_hours: float


def fold_cost(card: dict[str, object]) -> dict[str, object]:
    """A row of costs.csv, from a model's card.

    >>> fold_cost({"name": "xnet", "fold": 0, "training_seconds": 7200.0, "device": "NVIDIA H200"})["gpu_hours"]
    2.0
    """
    kept = {key: card[key] for key in ("name", "fold", "training_seconds", "device")}
    memory = {key: card.get(key) for key in ("peak_memory_mb", "peak_gpu_memory_mb")}
    return kept | memory | {"gpu_hours": round(_gpu_seconds(card) / SECONDS_AN_HOUR, 4)}


def run_cost(cards: Sequence[dict]) -> Cost:
    """What a run cost; cards: those of its folds."""
    return Cost(
        seconds=round(sum(card["training_seconds"] for card in cards), 1),
        devices=sorted({card["device"] for card in cards}),
        peak_memory_mb=_largest(cards, "peak_memory_mb"),
        peak_gpu_memory_mb=_largest(cards, "peak_gpu_memory_mb"),
        gpu_hours=round(sum(map(_gpu_seconds, cards)) / SECONDS_AN_HOUR, 4),
    )


def summed_cost(costs: Sequence[Cost]) -> Cost:
    """What several runs cost together, such as those of a method from all its seeds.

    >>> once = Cost(seconds=10.0, devices=["cpu"], peak_memory_mb=900, peak_gpu_memory_mb=None, gpu_hours=0.0)
    >>> both = summed_cost([once, once.model_copy(update={"seconds": 14.0, "peak_memory_mb": 950})])
    >>> both.runs, both.seconds, both.peak_memory_mb
    (2, 24.0, 950)
    """
    peaks = {key: _largest([dict(one) for one in costs], key) for key in ("peak_memory_mb", "peak_gpu_memory_mb")}
    return Cost(
        runs=sum(one.runs for one in costs),
        seconds=round(sum(one.seconds for one in costs), 1),
        devices=sorted({device for one in costs for device in one.devices}),
        gpu_hours=round(sum(one.gpu_hours for one in costs), 4),
        **peaks,
    )


def cost_facts(cost: Cost | None) -> list[float | str | None]:
    """Mean seconds of a run, devices, seconds and GPU-hours of all runs, and the peak memory of host and GPU in GB.

    None for what is not known.
    """
    if cost is None:
        return [None] * 6
    memory = (cost.peak_memory_mb, cost.peak_gpu_memory_mb)
    one, hours = round(cost.seconds / cost.runs, 1), cost.gpu_hours or None
    return [one, ", ".join(cost.devices), cost.seconds, hours, *(mb and round(mb / 1024, 1) for mb in memory)]


def _gpu_seconds(card: dict) -> float:
    return 0.0 if card["device"] == CPU else card["training_seconds"]


def _largest(cards: Sequence[dict], key: str) -> int | None:
    return max((card[key] for card in cards if card.get(key) is not None), default=None)
