"""A study's cases, for the levels that need scans: where the data sets lie here, or phantoms drawn again."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from segrepro.datasets import Case, open_dataset
from segrepro.datasets.download.fetch import Settings as DatasetSource
from segrepro.datasets.folder_digest import files_elsewhere, folder_digest
from segrepro.datasets.phantoms import write_phantom
from segrepro.report.evidence.study_results import StudyResults
from segrepro.utils.errors import ConfigError, DataError, nearest


class Scans:
    """The cases of a study's data sets, by the data set's name and version.

    data: folder of each data set, by its name. Where none is given it is the folder that the results were made from; a
    phantom that is not there is drawn again. Raises ConfigError for a name that no data set has.
    """

    def __init__(self, results: StudyResults, data: Mapping[str, Path]):
        self.results, self.data = results, data
        names = {source.name for source in results.evidence.datasets.values()}
        for name in data:
            if name not in names:
                raise ConfigError(f"--data {name}", "no such data set", "a data set of the study", nearest(name, names))
        self.of = cache(self._of)

    def _of(self, dataset: str) -> dict[str, Case]:
        source = self.results.evidence.datasets[dataset]
        folder = self._folder(dataset, source)
        opened = open_dataset(source.layout, folder, source.name)
        found = folder_digest(folder, self.results.scratch, files_elsewhere(opened))
        _require_same(folder, found, self.results.evidence.contents.get(dataset, ""))
        return {case.id: case for case in opened.cases}

    def _folder(self, dataset: str, source: DatasetSource) -> Path:
        if given := self.data.get(source.name):
            return given
        if source.folder.is_dir():
            return source.folder
        if source.source != "phantom":
            raise DataError(source.folder, "no such folder", source.title, f"Name it: --data {source.name}=FOLDER.")
        folder = self.results.scratch / "phantoms" / dataset
        if not folder.is_dir():  # a lower level has drawn it
            write_phantom(source.layout, folder, **source.phantom)
        return folder


def _require_same(folder: Path, found: str, contents: str) -> None:
    if contents and found != contents:
        expected = f"{contents}, as the results were made from"
        raise DataError(folder, f"contents of digest {found}", expected, "Name the folder of the same scans: --data.")
