"""What lies in a folder where a data set was looked for and no case was found, and what to do about it."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from segrepro.datasets.releases import releases
from segrepro.datasets.releases.recognise import names_above, recognise_names, root_above
from segrepro.datasets.releases.release import Archive, Release
from segrepro.images.image import PICTURES
from segrepro.utils.folders import is_packed, listed, unreadable, walk_files

CCRYPT = ".cpt"
IMAGES = (*PICTURES, ".nii", ".nii.gz", ".dcm")


def misfit(folder: str | Path, layout: str | None = None) -> tuple[str, str] | None:
    """What was found (the folder may be a file), and the remedy; None where nothing of it is known.

    An archive that is still packed or encrypted, a release of another year, a folder within a release, a set that
    another layout reads, a part of a release that `layout` finds no case in.
    """
    folder = Path(folder)
    if folder.is_file():
        return _packed([folder])
    paths = list(walk_files(folder))
    names = [path.relative_to(folder).as_posix() for path in paths]
    return _packed(paths) or _other_release(names) or _recognised(folder, names, layout) or _within(folder, names)


def _packed(paths: Sequence[Path]) -> tuple[str, str] | None:
    """The archive of a release, else a file that was encrypted, else any archive."""
    known = {archive.name: (release, archive) for release in releases().values() for archive in release.archives}
    if path := next((path for path in paths if path.name in known), None):
        return _known_archive(path, *known[path.name])
    others = [path for path in paths if not path.name.lower().endswith(IMAGES)]
    if path := next((path for path in others if path.suffix.lower() == CCRYPT), None):
        return f"{path.name}, which ccrypt encrypted", f"Decrypt it first, ccdecrypt {path.name}, and unpack it."
    if path := next(filter(_is_encrypted, others), None):
        return f"{path.name}, which OpenSSL encrypted", "Decrypt it as its giver says, and unpack it."
    packed = [path.name for path in others if is_packed(path.name)]
    return (f"no case, but {listed(packed)}", f"Unpack {listed(packed)} first.") if packed else None


def _known_archive(path: Path, release: Release, archive: Archive) -> tuple[str, str]:
    commands, title = "; ".join(archive.unpack), release.title.partition(":")[0]
    if _is_encrypted(path) and "openssl" not in commands:
        return f"{path.name}, the encrypted archive of {title}", "Decrypt it as its giver says, and unpack it."
    kind = "encrypted archive" if "openssl" in commands else "archive"
    remedy = f"Unpack it first: {commands}." if commands else "Unpack it first, as its page says."
    return f"{path.name}, the {kind} of {title}", remedy


def _is_encrypted(path: Path) -> bool:
    """Whether OpenSSL encrypted a file, as bytes or as Base64. Raises DataError for a file that cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(10).startswith((b"Salted__", b"U2FsdGVkX1"))
    except OSError as error:
        raise unreadable(path, "file", error) from None


def _other_release(names: Sequence[str]) -> tuple[str, str] | None:
    for release in releases().values():
        title = release.title.partition(":")[0]
        for pattern, other in release.others.items():
            if any(re.fullmatch(f"(?:.*/)?(?:{pattern})", name) for name in names):
                return f"files of {other}", f"It is no edition of {title}, which is here: {release.page}."
    return None


def _recognised(folder: Path, names: Sequence[str], layout: str | None) -> tuple[str, str] | None:
    found = recognise_names(folder, names, None)
    if not found:
        return None
    if found[0].inside:
        return f"{found[0]}, a folder within it", f"Point to {found[0].root}."
    layouts = [one.set.layout for one in found]
    if layout in layouts:
        told = str(found[layouts.index(layout)])
        return f"{told}; no case that can be trained on", "Unpack the rest of it too."
    remedy = f"It is read by the layout {' or '.join(layouts)}" + (f", not by {layout}." if layout else ".")
    return str(found[0]), remedy


def _within(folder: Path, names: Sequence[str]) -> tuple[str, str] | None:
    """A folder that holds files of a release, none of which is an image that the release is known by."""
    prefix = names_above(folder)
    for release in releases().values():
        matches = (_tree(release.title).fullmatch(prefix + name) for name in names)
        if match := next(filter(None, matches), None):
            title, root = release.title.partition(":")[0], root_above(folder, prefix[match.start("release") :])
            if root:
                return f"a folder within {title}", f"Point to {root}."
            return f"a part of {title}, without what is read of it", "Unpack the rest of it too."
    return None


@cache
def _tree(title: str) -> re.Pattern:
    """What the paths in a release look like, whatever numbers stand in them."""
    tree = next(release.tree for release in releases().values() if release.title == title)
    kinds = ("".join(map(_piece, re.findall(r"\d+|\D+", path))) for path in tree if "/" in path)
    return re.compile(f"(?:.*/)?(?P<release>{'|'.join(kinds) or '(?!)'})")


def _piece(text: str) -> str:
    return r"\d+" if text.isdigit() else re.escape(text)
