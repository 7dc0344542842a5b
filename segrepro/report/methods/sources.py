"""What the words about a study are made from: its results, opened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from segrepro.networks.registry import STAND_INS, list_networks
from segrepro.report.claims.claim_list import ClaimList
from segrepro.report.evidence.record import Evidence, StudySettings
from segrepro.report.page.runs import TrainedRun, names_of
from segrepro.report.tables.table import Table
from segrepro.training.settings import Settings as TrainingSettings

if TYPE_CHECKING:
    import pandas as pd

Key = TypeVar("Key")
SHORT = 12  # characters of a digest


@dataclass(frozen=True)
class Sources:
    """A study's results. cards: of every fold of its runs; folds: of each run, by its name."""

    evidence: Evidence
    settings: StudySettings
    cards: list[dict]
    runs: list[TrainedRun]
    folds: dict[str, "pd.DataFrame"]
    tables: list[Table]
    claims: ClaimList

    @property
    def phantom(self) -> bool:
        """Whether a data set is synthetic."""
        return any(dataset.source == "phantom" for dataset in self.evidence.facts.datasets)

    @property
    def methods(self) -> list[TrainedRun]:
        """The runs, each from its first seed; without those of the study's choices."""
        shown = [run for run in self.runs if not run.choices]
        return list({run.method: run for run in reversed(shown)}.values())[::-1]

    @property
    def trained(self) -> list[TrainedRun]:
        """The methods whose networks learned by gradient."""
        return [run for run in self.methods if not _fits_itself(self.training(run))]

    def training(self, run: TrainedRun) -> TrainingSettings:
        """How a run was trained."""
        return self.settings.runs[run.name].training

    def card(self, run: TrainedRun) -> dict:
        """The card of one fold of a run."""
        return next(card for card in self.cards if card["name"] == run.name)


def _fits_itself(training: TrainingSettings) -> bool:
    info = list_networks().get(training.network)
    return training.network in STAND_INS or (info is not None and info.fitted)


def alike(runs: Iterable[TrainedRun], key: Callable[[TrainedRun], Key]) -> dict[Key, list[str]]:
    """The names that people call runs by, together where `key` gives the same of them."""
    runs = list(runs)
    names, found = names_of(runs), {}
    for run in runs:
        found.setdefault(key(run), []).append(names[run.name])
    return found


def said_of(found: dict[str, list[str]]) -> str:
    """Texts as sentences, each with the names that it is true of; a text that is true of all stands alone.

    >>> said_of({"by Adam": ["U-Net"], "by SGD": ["FCN", "SegNet"]})
    'U-Net: by Adam. FCN, SegNet: by SGD.'
    >>> said_of({"by Adam": ["U-Net", "X-Net"]})
    'By Adam.'
    """
    if len(found) == 1:
        (text,) = found
        return f"{text[0].upper()}{text[1:]}." if text else ""
    return " ".join(f"{', '.join(names)}: {text}." for text, names in found.items() if text)
