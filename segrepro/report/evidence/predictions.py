"""predictions.zip: what a study's runs wrote of every held-out case, to be scored again by anybody.

<run>/scores.csv, <run>/folds.csv and, for each fold, history.csv, predictions.csv and the masks that it names.
Synthesised images are left out: they are as large as scans.
"""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.datasets.fold_files import read_folds
from segrepro.utils.csv_files import read_csv
from segrepro.utils.errors import DataError
from segrepro.utils.files import whole_file

if TYPE_CHECKING:
    import pandas as pd

PREDICTIONS = "predictions.zip"
SCORES, FOLDS, HISTORY, ROWS = "scores.csv", "folds.csv", "history.csv", "predictions.csv"
PACKED = (".gz", ".png")
# Equal files make equal archives: no entry has the date of its file.
DATE = (1980, 1, 1, 0, 0, 0)
# Columns of a predictions.csv that name files outside of the results.
OUTSIDE = ["images", "labels", "label_ranges", "image"]


@dataclass(frozen=True)
class WrittenRun:
    """The files of a run: of its scores, of its folds, and the folder of each fold."""

    name: str
    scores: Path
    folds: Path
    fold_folders: tuple[Path, ...]


def pack_predictions(runs: Iterable[WrittenRun], output: Path) -> None:
    """Write the archive, complete or not at all; the same files always make the same bytes."""
    with whole_file(output) as partial, zipfile.ZipFile(partial, "w") as archive:
        for run in runs:
            for name, content in _entries(run):
                how = zipfile.ZIP_STORED if name.endswith(PACKED) else zipfile.ZIP_DEFLATED
                archive.writestr(zipfile.ZipInfo(name, DATE), content, how)


def _entries(run: WrittenRun) -> Iterator[tuple[str, bytes]]:
    yield f"{run.name}/{SCORES}", run.scores.read_bytes()
    yield f"{run.name}/{FOLDS}", run.folds.read_bytes()
    for number, folder in enumerate(run.fold_folders):
        place = f"{run.name}/fold{number}"
        yield f"{place}/{HISTORY}", (folder / HISTORY).read_bytes()
        rows = read_csv(folder / ROWS)
        masks = [Path(file) for file in rows["prediction"] if file]
        rows = rows.assign(prediction=[file and f"{place}/{Path(file).name}" for file in rows["prediction"]])
        yield f"{place}/{ROWS}", rows.drop(columns=OUTSIDE, errors="ignore").to_csv(index=False).encode()
        for mask in masks:
            yield f"{place}/{mask.name}", mask.read_bytes()


class Predictions:
    """The archive in a study's folder, unpacked file by file into `folder`.

    Raises DataError when the archive is missing or damaged, or lacks a file that is asked for.
    """

    def __init__(self, archive: Path, folder: Path):
        self.archive, self.folder = archive, folder
        try:
            self._zip = zipfile.ZipFile(archive)
        except FileNotFoundError:
            raise self._damaged("no such file") from None
        except (OSError, zipfile.BadZipFile) as error:
            raise self._damaged(str(error)) from None

    def file(self, name: str) -> Path:
        """A file of the archive, on disk."""
        place = self.folder / name
        if not place.resolve().is_relative_to(self.folder.resolve()):
            raise self._damaged(f"the file {name}, which is to lie outside")
        if place.is_file():
            return place
        try:
            content = self._zip.read(name)
        except (KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise self._damaged(f"no sound {name} ({error})") from None
        with whole_file(place) as partial:
            partial.write_bytes(content)
        return place

    def scores(self, run: str) -> "pd.DataFrame":
        """The scores of a run."""
        return read_csv(self.file(f"{run}/{SCORES}"))

    def folds(self, run: str) -> "pd.DataFrame":
        """The folds of a run."""
        return read_folds(self.file(f"{run}/{FOLDS}"))

    def fold_numbers(self, run: str) -> list[int]:
        """The folds of which a run has predictions."""
        names = [name.split("/") for name in self._zip.namelist()]
        return sorted(int(fold.removeprefix("fold")) for owner, fold, *file in names if owner == run and file == [ROWS])

    def rows(self, run: str, fold: int) -> "pd.DataFrame":
        """predictions.csv of a fold; the masks are named as files of the archive."""
        return read_csv(self.file(f"{run}/fold{fold}/{ROWS}"))

    def _damaged(self, found: str) -> DataError:
        return DataError(self.archive, found, "the whole archive", "Pull or copy the study's folder again.")
