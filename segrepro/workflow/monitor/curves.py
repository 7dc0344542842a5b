"""The curves of a training, drawn as text from the history that grows with each of its epochs."""

from collections.abc import Iterator
from pathlib import Path

from segrepro.utils.csv_files import read_rows
from segrepro.utils.errors import DataError

BARS = "▁▂▃▄▅▆▇█"
COLUMNS = 40
DRAWN = ("train_loss", "validation_loss", "validation_dice", "lr")


def read_history(path: Path) -> dict[str, list[float]]:
    """The numbers of a history.csv by column; empty where there is none yet, or it is damaged."""
    try:
        header, *rows = read_rows(path) or [[]]
        return {name: [float(row[place]) for row in rows] for place, name in enumerate(header)} if rows else {}
    except (DataError, ValueError, IndexError):
        return {}


def curve_lines(history: dict[str, list[float]]) -> Iterator[str]:
    """A line a curve: its course from the first epoch to the last, and both their values."""
    shown = {name: history[name] for name in DRAWN if name in history}
    width = max(map(len, shown), default=0)
    for name, values in shown.items():
        ends = f"{values[0]:.4g}" if len(values) == 1 else f"{values[0]:.4g} to {values[-1]:.4g}"
        epochs = f"{len(values)} epoch{'s' if len(values) > 1 else ''}"
        yield f"{name:<{width}}  {sparkline(values)}  {ends}, {epochs}"


def sparkline(values: list[float]) -> str:
    """Values as bars between the lowest and the highest; of many, the last of each even stretch.

    >>> sparkline([0.0, 0.5, 1.0]), sparkline([3.0, 3.0])
    ('▁▅█', '▁▁')
    """
    count = min(len(values), COLUMNS)
    kept = [values[(number + 1) * len(values) // count - 1] for number in range(count)]
    low, high = min(kept), max(kept)
    return "".join(BARS[round((value - low) / ((high - low) or 1) * (len(BARS) - 1))] for value in kept)
