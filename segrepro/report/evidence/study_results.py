"""A study's folder of results, opened: evidence, settings, models' cards and the archive of predictions."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from segrepro.datasets.download.archives import unpack
from segrepro.report.evidence.predictions import PREDICTIONS, Predictions
from segrepro.report.evidence.record import EVIDENCE, Evidence, StudySettings, read_counts, read_evidence, read_settings
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

    @cached_property
    def counts(self) -> dict[str, int]:
        """The parameters at full width of the experiments without a run, by experiment."""
        return read_counts(self.folder).at_full_width

    def folds(self, run: str) -> list[int]:
        """The folds of a run that left a model."""
        return sorted(int(path.name.removeprefix("fold")) for path in (self.folder / run).glob("fold[0-9]*"))


def find_studies(folders: list[Path], scratch: Path) -> list[Path]:
    """The folders of studies: those given, those in a given folder of results, those in an archive of either.

    scratch: where archives are unpacked. Raises DataError for what is none of these, and as `unpack`.
    """
    found = []
    for given in folders:
        inside = _studies_in(_unpacked(given, scratch) if given.is_file() else given)
        if not inside:
            remedy = "Name results/<study>, or make it: snakemake <study>."
            raise DataError(given, f"no {EVIDENCE} in it or in a folder of it", "a study's results", remedy)
        found += inside
    return list(dict.fromkeys(found))


def _studies_in(folder: Path) -> list[Path]:
    if (folder / EVIDENCE).exists():
        return [folder]
    return sorted(path.parent for path in folder.glob(f"*/{EVIDENCE}"))


def _unpacked(archive: Path, scratch: Path) -> Path:
    """The folder of what an archive holds; the one folder in it, if that is all, as `zip -r a.zip results` packs it."""
    folder = scratch / archive.name
    folder.mkdir(parents=True, exist_ok=True)
    unpack(archive, folder)
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() and not (inside[0] / EVIDENCE).exists() else folder


def _card(path: Path) -> dict:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(
            path, f"no card of a model ({error})", "JSON", "Pull or copy the study's folder again."
        ) from None
