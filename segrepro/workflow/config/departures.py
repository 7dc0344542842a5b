"""Where a run departs from its study's file: what config.yaml lays over it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

# These may change without another result of the paper's own experiments.
AROUND_RESULTS = (
    *("title", "citation", "differences", "choices", "claims", "margins", "tables", "figures", "submission"),
    *("seed", "seeds", "repeats", "protocols"),
)
SHOWN = 80  # characters of a value


@dataclass(frozen=True)
class Departure:
    """A key of a study with another value than in its file; before: that value, None where it has no such key."""

    key: tuple[str, ...]
    value: object
    before: object = None

    @property
    def keeps_results(self) -> bool:
        """Whether the study's own experiments give what they would give without it, an added experiment included."""
        added = self.key[0] == "experiments" and len(self.key) == 2 and self.before is None
        return added or self.key[0] in AROUND_RESULTS or self.key[-1] in ("seeds", "gpus")

    def __str__(self) -> str:
        before = "" if self.before is None else f" in place of {_shown(self.before)}"
        return f"`{'.'.join(self.key)}` is {_shown(self.value)}{before}"


def departures(study: dict[str, object], overrides: dict[str, object], above: tuple = ()) -> Iterator[Departure]:
    """What overrides change of a study's content, key by key.

    >>> changes = {"recipe": {"epochs": 3, "batch_size": 8}, "dataset": "mine"}
    >>> [str(one) for one in departures({"recipe": {"epochs": 100, "batch_size": 8}, "dataset": "atlas"}, changes)]
    ['`recipe.epochs` is 3 in place of 100', '`dataset` is "mine" in place of "atlas"']
    """
    for name, value in overrides.items():
        key, before = (*above, str(name)), study.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            yield from departures(before, value, key)
        elif value != before:
            yield Departure(key, value, before)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
