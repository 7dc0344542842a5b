"""The scans that a command line names: files, folders, DICOM series, patterns, or one case's images by role."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from segrepro.datasets.case import Case, file_stem, safe_id
from segrepro.images.image import NIFTI, PICTURES
from segrepro.inference.compatibility import require_roles
from segrepro.training.model import read_card
from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.folders import walk_files

DICOM_MARK, DICOM_MARK_AT = b"DICM", 128


def own_cases(model: Path, scans: Sequence[Path], images: Sequence[str]) -> list[Case]:
    """The cases that a command line names: a scan each, or one whose images are given as "role=path".

    Raises DataError when they are not the images that the model takes, or not there.
    """
    card, cases = read_card(model), []
    if images:
        given = _paths_by_role(images)
        require_roles(card, list(given))
        ordered = {role: given[role] for role in card.images}
        cases.append(Case(safe_id(_stem(next(iter(ordered.values())))), "", "", ordered))
    if bool(scans) == bool(images):
        raise ConfigError("predict", "scans and images" if scans else "no scan", "scans, or --image", "Give one.")
    if scans:
        require_roles(card, card.images[:1])
    return cases or [Case(name, "", "", {card.images[0]: path}) for name, path in sorted(find_scans(scans).items())]


def _paths_by_role(images: Sequence[str]) -> dict[str, Path]:
    given: dict[str, Path] = {}
    for role, path in map(_role_and_path, images):
        if role in given:
            raise ConfigError("--image", f"{role} twice: {given[role]}, {path}", "one file a role", "Leave one out.")
        given[role] = path
    return given


def _role_and_path(text: str) -> tuple[str, Path]:
    role, separator, path = text.partition("=")
    if not separator:
        raise ConfigError("--image", text, "ROLE=PATH", "Name the image's role, for example flair=scan.nii.gz.")
    return role, Path(path)


def find_scans(paths: Sequence[str | Path]) -> dict[str, Path]:
    """Scans by a name that is safe in a file's name.

    paths: NIfTI files, pictures, DICOM folders, folders with any of these at any depth, and patterns such as
    `scans/*.nii.gz` that the shell has not resolved. Raises DataError when one of them yields nothing.
    """
    found: dict[str, Path] = {}
    for path in paths:
        scans = dict(_scans_at(str(path)))
        if not scans:
            expected = f"a file ({', '.join(NIFTI + PICTURES)}), a DICOM folder, or a folder or pattern of these"
            raise DataError(path, "no scan", expected, "Check the path.")
        for name, scan in scans.items():
            if found.get(name, scan) != scan:
                raise DataError(scan, f"a second scan called {name}", "different names", "Segment them in two calls.")
            found[name] = scan
    return found


def _scans_at(path: str) -> Iterator[tuple[str, Path]]:
    import glob

    if os.path.isdir(path):
        yield from _scans_in(Path(path))
        return
    for match in [path] if os.path.exists(path) else sorted(glob.glob(path, recursive=True)):
        if os.path.isdir(match):
            yield from _scans_in(Path(match))
        else:
            yield safe_id(_stem(Path(match))), Path(match)


def _scans_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Images below a folder, and the folders below it (or itself) that hold a DICOM series."""
    series = set()
    for path in walk_files(folder):
        if path.name.lower().endswith(NIFTI + PICTURES):
            yield safe_id("-".join([*path.relative_to(folder).parent.parts, _stem(path)])), path
        elif path.parent not in series and _is_dicom(path):
            series.add(path.parent)
            yield safe_id("-".join(path.parent.relative_to(folder.parent).parts) or folder.resolve().name), path.parent


def _stem(path: Path) -> str:
    return file_stem(path) or path.name


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(DICOM_MARK_AT + len(DICOM_MARK))[DICOM_MARK_AT:] == DICOM_MARK
