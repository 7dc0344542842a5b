"""A study's folder of results, opened: evidence, settings, models' cards and the archive of predictions."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from segrepro.report.evidence.predictions import PREDICTIONS, Predictions
from segrepro.report.evidence.record import EVIDENCE, Evidence, StudySettings, read_evidence, read_settings
from segrepro.training.model import CARD
from segrepro.utils.errors import DataError


@dataclass(frozen=True)
class StudyResults:
    """The results of one study. scratch: a folder for what is unpacked and made again."""

    folder: Path
    scratch: Path

    @cached_property
    def evidence(self) -> Evidence:
        """What the results were made from."""
        return read_evidence(self.folder)

    @cached_property
    def settings(self) -> StudySettings:
        """What they were made with."""
        return read_settings(self.folder, self.evidence)

    @cached_property
    def predictions(self) -> Predictions:
        """What the runs wrote of every held-out case."""
        return Predictions(self.folder / PREDICTIONS, self.scratch / "predictions")

    def model(self, run: str, fold: int) -> Path:
        """The folder of a fold's model."""
        return self.folder / run / f"fold{fold}"

    @cached_property
    def cards(self) -> list[dict]:
        """The card of every fold of the runs, in their order. Raises DataError when one is missing or damaged."""
        runs = [run.name for run in self.settings.tables.runs]
        return [_card(self.model(run, fold) / CARD) for run in runs for fold in self.folds(run)]

    def folds(self, run: str) -> list[int]:
        """The folds of a run that left a model."""
        return sorted(int(path.name.removeprefix("fold")) for path in (self.folder / run).glob("fold[0-9]*"))


def find_studies(folders: list[Path]) -> list[Path]:
    """The folders of studies: those given, or those in a given folder of results.

    Raises DataError for one that is neither.
    """
    found = []
    for folder in folders:
        inside = (
            [folder] if (folder / EVIDENCE).exists() else sorted(path.parent for path in folder.glob(f"*/{EVIDENCE}"))
        )
        if not inside:
            remedy = "Name results/<study>, or make it: snakemake <study>."
            raise DataError(folder, f"no {EVIDENCE} in it or in a folder of it", "a study's results", remedy)
        found += inside
    return list(dict.fromkeys(found))


def _card(path: Path) -> dict:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(
            path, f"no card of a model ({error})", "JSON", "Pull or copy the study's folder again."
        ) from None
