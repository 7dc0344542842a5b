"""Which release lies in a folder, and how much of it: told from the names of its files alone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from segrepro.datasets.releases import releases
from segrepro.datasets.releases.release import Part, Release, ReleasedSet
from segrepro.utils.folders import walk_files

# A folder's own name and those above it count as well: whoever points to Train_Sets/CT has a part of CHAOS.
NAMES_ABOVE = 6
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
        told = [str(part) for part in self.parts.values() if part.files or part.part.missing or not part.part.optional]
        whole = self.complete and not any(part.part.missing for part in self.parts.values() if not part.files)
        return f"{self.set.title}: {'complete: ' if whole else ''}{'; '.join(told)}"


def recognise(folder: str | Path, layout: str | None = None) -> list[FoundSet]:
    """The sets of the release in a folder that has most of its cases there, one a layout, or those of one layout.

    Empty where no release is known that has such paths.
    """
    folder = Path(folder)
    return recognise_names(folder, [path.relative_to(folder).as_posix() for path in walk_files(folder)], layout)


def recognise_names(folder: Path, paths: Iterable[str], layout: str | None) -> list[FoundSet]:
    """As `recognise`, from the paths of the files below a folder."""
    prefix = names_above(folder)
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


def names_above(folder: Path) -> str:
    """The names of a folder and of those above it that count, as the beginning of its files' paths."""
    return "/".join(part for part in folder.absolute().parts[-NAMES_ABOVE:] if part != "/") + "/"


def root_above(folder: Path, within: str) -> Path | None:
    """The folder that so many of its names lie in; None for none.

    >>> root_above(Path("/data/CHAOS/Train_Sets/CT"), "Train_Sets/CT/").as_posix()
    '/data/CHAOS'
    """
    depth = len(Path(within).parts)
    return folder.absolute().parents[depth - 1] if depth else None


def _fit(found: FoundSet) -> tuple[int, bool]:
    return sum(len(part.files) for part in found.parts.values() if not part.foreign), found.complete


def _find(name: str, one: ReleasedSet, folder: Path, prefix: str, paths: list[str]) -> FoundSet | None:
    parts, root = {}, folder
    for key, part in one.parts.items():
        pattern, files = _pattern(part.files), {}
        for path in paths:
            if match := pattern.fullmatch(path):
                files.setdefault(match["id"], folder / path.removeprefix(prefix))
                root = root_above(folder, prefix[match.start("release") :]) or root
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
