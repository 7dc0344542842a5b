"""The scans that a command line names: files, folders, DICOM series, patterns, or one case's images by modality."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segrepro.datasets.case import Case, file_stem
from segrepro.images.dicom import is_slice
from segrepro.images.image import PICTURES, VOLUMES, belongs_to_a_header
from segrepro.inference.compatibility import require_modalities
from segrepro.training.model import read_card
from segrepro.utils.errors import ConfigError, DataError, raise_together
from segrepro.utils.folders import walk_files

# What stands beside scans and holds none, by the end of its name.
NO_IMAGES = (
    *(".json", ".txt", ".csv", ".tsv", ".bval", ".bvec", ".md", ".rst", ".pdf", ".xml", ".html", ".yaml", ".yml"),
    *(".log", ".xlsx", ".docx", "readme", "license", "changes", "thumbs.db", "desktop.ini", "dicomdir"),
)
SHOWN = 2  # names of files that an error says


@dataclass(frozen=True)
class Inputs:
    """The cases that a command line names.

    passed_over: files beside them that hold no image. unread: what is wrong with the files that may hold one and cannot
    be read, a fault for each kind of file in a folder.
    """

    cases: list[Case]
    passed_over: list[Path] = field(default_factory=list)
    unread: list[DataError] = field(default_factory=list)


def own_cases(model: Path, scans: Sequence[Path], images: Sequence[str]) -> Inputs:
    """The cases that a command line names: a scan each, or one whose images are given as "modality=path".

    A case's id is the name of its mask: that of the scan without its ending, below a folder that was given with the
    folders between. Raises DataError when they are not the images that the model takes, or not there.
    """
    card = read_card(model)
    if images:
        given = _paths_by_modality(images)
        require_modalities(card, list(given))
        ordered = {modality: given[modality] for modality in card.modalities}
    if bool(scans) == bool(images):
        raise ConfigError("predict", "scans and images" if scans else "no scan", "scans, or --image", "Give one.")
    if images:
        return Inputs([Case(_stem(next(iter(ordered.values()))), "", "", ordered)])
    require_modalities(card, card.modalities[:1])
    found = find_scans(scans)
    cases = [Case(name, "", "", {card.modalities[0]: path}) for name, path in sorted(found.scans.items())]
    return Inputs(cases, found.passed_over, found.unread)


def _paths_by_modality(images: Sequence[str]) -> dict[str, Path]:
    given: dict[str, Path] = {}
    for modality, path in map(_modality_and_path, images):
        if modality in given:
            raise ConfigError(
                "--image", f"{modality} twice: {given[modality]}, {path}", "one file a modality", "Leave one out."
            )
        given[modality] = path
    return given


def _modality_and_path(text: str) -> tuple[str, Path]:
    modality, separator, path = text.partition("=")
    if not separator:
        raise ConfigError("--image", text, "MODALITY=PATH", "Name the image's modality, for example flair=scan.nii.gz.")
    return modality, Path(path)


@dataclass(frozen=True)
class FoundScans:
    """What lies at some paths: scans by name, and files as `Inputs` has them."""

    scans: dict[str, Path]
    passed_over: list[Path]
    unread: list[DataError]


def find_scans(paths: Sequence[str | Path]) -> FoundScans:
    """The scans at some paths, by the names of their masks as `own_cases` says.

    paths: volumes and pictures of any kind that is read, DICOM folders, folders with any of these at any depth, and
    patterns such as `scans/*.nii.gz` that the shell has not resolved. Raises DataError when one of them yields nothing.
    """
    found = FoundScans({}, [], [])
    for path in paths:
        others: list[Path] = []
        refused: list[DataError] = []
        scans = list(_scans_at(str(path), others, refused))
        unread = _unread([other for other in others if not _holds_no_image(other)]) + refused
        if not scans:
            raise_together(unread)
            expected = f"a file ({', '.join(VOLUMES + PICTURES)}), a DICOM folder, or a folder or pattern of these"
            raise DataError(path, "no scan", expected, "Check the path.")
        for name, scan in scans:
            if found.scans.get(name, scan) != scan:
                raise DataError(scan, f"a second scan called {name}", "different names", "Segment them in two calls.")
            found.scans[name] = scan
        found.unread.extend(unread)
        found.passed_over.extend(filter(_holds_no_image, others))
    return found


def _scans_at(path: str, others: list[Path], refused: list[DataError]) -> Iterator[tuple[str, Path]]:
    """Scans by name; others: gets the files in folders that are none; refused: what cannot be read at all."""
    import glob

    for match in [path] if os.path.exists(path) else sorted(glob.glob(path, recursive=True)):
        if os.path.isdir(match):
            yield from _scans_in(Path(match), others, refused)
        else:
            yield _stem(Path(match)), Path(match)


def _files_in(folder: Path, refused: list[DataError]) -> Iterator[Path]:
    try:
        yield from walk_files(folder)
    except DataError as error:
        refused.append(error)


def _scans_in(folder: Path, others: list[Path], refused: list[DataError]) -> Iterator[tuple[str, Path]]:
    """Images below a folder, and the folders below it (or itself) that hold a DICOM series."""
    series, strange = set(), []
    for path in _files_in(folder, refused):
        if belongs_to_a_header(path):
            continue
        if path.name.lower().endswith(VOLUMES + PICTURES):
            yield (path.relative_to(folder).parent / _stem(path)).as_posix(), path
        elif path.parent not in series and _is_dicom(path):
            series.add(path.parent)
            inside = path.parent.relative_to(folder).as_posix()
            yield _stem(folder) if inside == "." else inside, path.parent
        else:
            strange.append(path)
    # What lies in a series' folder is looked at when the series is read.
    others.extend(path for path in strange if path.parent not in series)


def _stem(path: Path) -> str:
    """The name of a file without its ending; all of a folder's."""
    if path.is_dir():
        return Path(os.path.abspath(path)).name
    return file_stem(path) or path.name


def _holds_no_image(path: Path) -> bool:
    return path.name.lower().endswith(NO_IMAGES)


def _unread(files: Sequence[Path]) -> list[DataError]:
    """A fault for each folder and ending."""
    kinds = defaultdict(list)
    for path in files:
        kinds[path.parent, path.suffix.lower()].append(path)
    expected = f"{', '.join(VOLUMES + PICTURES)} or DICOM slices"
    return [_not_read(paths, expected) for paths in kinds.values()]


def _not_read(paths: list[Path], expected: str) -> DataError:
    remedy = "Convert to NIfTI what is a scan."
    if len(paths) == 1:
        return DataError(paths[0], "a file of a kind that is not read", expected, remedy)
    names = ", ".join(path.name for path in paths[:SHOWN]) + (", ..." if len(paths) > SHOWN else "")
    return DataError(paths[0].parent, f"{len(paths)} files of a kind that is not read ({names})", expected, remedy)


def _is_dicom(path: Path) -> bool:
    return path.is_file() and not _holds_no_image(path) and is_slice(path)
