"""Which release lies in a folder, and how much of it: told from the names of its files alone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from segrepro.datasets.releases import releases
from segrepro.datasets.releases.release import Part, Release, ReleasedSet
from segrepro.utils.folders import unreadable, walk_files

# A folder's own name and those above it count as well: whoever points to Train_Sets/CT has a part of CHAOS.
NAMES_ABOVE = 4
SHOWN = 5


@dataclass(frozen=True)
class FoundPart:
    """A part of a release in a folder. files: of each case found, one by its id."""

    part: Part
    files: dict[str, Path]

    @cached_property
    def missing(self) -> list[str]:
        """Cases of the release that are not there, as far as their ids are known."""
        return [case for case in self.part.ids if case not in self.files]

    @property
    def complete(self) -> bool:
        """Whether it holds what the release holds."""
        return len(self.files) == self.part.cases and not self.missing

    @property
    def foreign(self) -> bool:
        """Whether it holds cases that the release does not."""
        return len(self.files) > self.part.cases or bool(self.part.ids and self.files.keys() - set(self.part.ids))

    def __str__(self) -> str:
        if not self.files:
            return f"no {self.part.title}" + (f" ({self.part.missing})" if self.part.missing else "")
        count = f"{len(self.files)} of {self.part.cases} {self.part.title}"
        return f"{count}: {_listed(self.missing)} missing" if self.missing else count


@dataclass(frozen=True)
class FoundSet:
    """A set of a release in a folder.

    own: whether it is a set of one's own in the release's layout. root: the folder that the release's paths begin in.
    """

    name: str
    set: ReleasedSet
    parts: dict[str, FoundPart]
    folder: Path
    root: Path
    own: bool

    @property
    def release(self) -> Release:
        """The release that it belongs to."""
        return releases()[self.name]

    @property
    def complete(self) -> bool:
        """Whether all of it is there; parts that studies do without may be missing as a whole."""
        parts = self.parts.values()
        return not self.own and all(part.complete or (part.part.optional and not part.files) for part in parts)

    @property
    def inside(self) -> bool:
        """Whether the folder lies within the release, not at its root, and is no set of one's own."""
        return not self.own and self.root != self.folder.absolute() and self.root in self.folder.absolute().parents

    @property
    def count(self) -> int:
        """How many cases were found."""
        return sum(len(part.files) for part in self.parts.values())

    @cached_property
    def published_slices(self) -> dict[Path, int]:
        """How many slices a case should have, where that is known, by its image and by the folder that this lies in."""
        known = [(part.files, part.part.slices_by_id) for part in self.parts.values()]
        counts = {path: slices[case] for files, slices in known for case, path in files.items() if case in slices}
        return {path.parent: count for path, count in counts.items()} | counts

    def as_own(self) -> "FoundSet":
        """The same, taken for a set of one's own."""
        return replace(self, own=True)

    def __str__(self) -> str:
        if self.own:
            return f"a set of one's own in the layout of {self.set.title}: {self.count} cases"
        told = [str(part) for part in self.parts.values() if part.files or part.part.missing]
        whole = self.complete and not any(part.part.missing for part in self.parts.values() if not part.files)
        return f"{self.set.title}: {'complete: ' if whole else ''}{'; '.join(told)}"


def recognise(folder: str | Path, layout: str | None = None) -> list[FoundSet]:
    """The sets of the release in a folder that has most of its cases there, one a layout, or those of one layout.

    Empty where no release is known that has such paths.
    """
    folder = Path(folder)
    return _recognise(folder, [path.relative_to(folder).as_posix() for path in walk_files(folder)], layout)


def _recognise(folder: Path, paths: Iterable[str], layout: str | None) -> list[FoundSet]:
    above = folder.absolute().parts[-NAMES_ABOVE:]
    prefix = "/".join(part for part in above if part != "/") + "/"
    named = [prefix + path for path in paths]
    found: dict[str | None, FoundSet] = {}
    for name, release in releases().items():
        for one in release.sets:
            if layout and one.layout != layout:
                continue
            candidate = _find(name, one, folder, prefix, named)
            rival = found.get(one.layout or one.title)
            if candidate and (not rival or _fit(candidate) > _fit(rival)):
                found[one.layout or one.title] = candidate
    return list(found.values())


def _fit(found: FoundSet) -> tuple[int, bool]:
    return sum(len(part.files) for part in found.parts.values() if not part.foreign), found.complete


def _find(name: str, one: ReleasedSet, folder: Path, prefix: str, paths: list[str]) -> FoundSet | None:
    parts, root = {}, folder
    for key, part in one.parts.items():
        pattern, files = _pattern(part.files), {}
        for path in paths:
            if match := pattern.fullmatch(path):
                files.setdefault(match["id"], folder / path.removeprefix(prefix))
                outside = (
                    len(Path(prefix[match.start("release") :]).parts) if match.start("release") < len(prefix) else 0
                )
                root = folder.absolute().parents[outside - 1] if outside else root
        parts[key] = FoundPart(part, files)
    found = FoundSet(name, one, parts, folder, root, own=any(part.foreign for part in parts.values()))
    return found if found.count else None


@cache
def _pattern(files: str) -> re.Pattern:
    return re.compile(f"(?:.*/)?(?P<release>{files})")


def _listed(names: list[str]) -> str:
    """Names in words, with the verb they ask for."""
    if len(names) > SHOWN:
        return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more are"
    return f"{', '.join(names[:-1])} and {names[-1]} are" if len(names) > 1 else f"{names[0]} is"


def misfit(folder: str | Path) -> tuple[str, str] | None:
    """What else lies in a folder (or is a file) where no case was found, and what to do; None for nothing known.

    An archive that is still packed or encrypted, a release of another year, a set that another layout reads.
    """
    folder = Path(folder)
    if folder.is_file():
        return _packed([folder])
    paths = list(walk_files(folder))
    names = [path.relative_to(folder).as_posix() for path in paths]
    return _packed(paths) or _other_release(names) or _other_layout(folder, names)


def _packed(paths: list[Path]) -> tuple[str, str] | None:
    for path in paths:
        for release in releases().values():
            for archive in release.archives:
                if path.name == archive.name:
                    remedy = "; ".join(archive.unpack) or "Unpack it as its page says"
                    kind = "encrypted archive" if is_encrypted(path) or "openssl" in remedy else "archive"
                    return f"{path.name}, the {kind} of {release.title}", f"Unpack it first: {remedy}."
    encrypted = next(filter(is_encrypted, paths[:SHOWN]), None)
    remedy = "Decrypt it as its giver says, and unpack it."
    return (f"{encrypted.name}, which OpenSSL encrypted", remedy) if encrypted else None


def is_encrypted(path: Path) -> bool:
    """Whether OpenSSL encrypted a file, as bytes or as Base64. Raises DataError for a file that cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(10).startswith((b"Salted__", b"U2FsdGVkX1"))
    except OSError as error:
        raise unreadable(path, "file", error) from None


def _other_release(names: list[str]) -> tuple[str, str] | None:
    for release in releases().values():
        for pattern, title in release.others.items():
            if any(re.fullmatch(f"(?:.*/)?(?:{pattern})", name) for name in names):
                return (
                    f"files of {title}",
                    f"It is no edition of {release.title}: take that one. Its page: {release.page}.",
                )
    return None


def _other_layout(folder: Path, names: list[str]) -> tuple[str, str] | None:
    found = _recognise(folder, names, None)
    if not found or not found[0].set.layout:
        return (found[0].set.title, "segrepro has no layout of it.") if found else None
    if found[0].inside:
        return f"{found[0]}, a folder within it", f"Point to {found[0].root}."
    layouts = " or ".join(one.set.layout for one in found)
    return str(found[0]), f"Use the layout {layouts}, which reads it."
