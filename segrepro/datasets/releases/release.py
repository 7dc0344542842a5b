"""What is known of a release: who gives it out and how, what lies in it, what is odd about it, what its paper says.

A release holds one or several sets, a set being what one layout reads of it, and each set has parts.
"""

import re
from functools import cached_property
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator

from segrepro.utils.validation import Strict

DIGITS = {"sha256": 64, "sha1": 40, "md5": 32}
PartName = Literal["train", "validation", "test"]
OddKind = Literal["same image", "empty mask", "extreme value"]


def _written_out(listed: object) -> object:
    """Numbers and ranges of numbers as a list of texts.

    >>> _written_out([1, "3-5"])
    ['1', '3', '4', '5']
    """
    found = []
    for item in listed if isinstance(listed, list) else [listed]:
        first, last = re.fullmatch(r"(\d+)-(\d+)", str(item)).groups() if "-" in str(item) else (item, item)
        found += [str(item)] if first == last else [str(number) for number in range(int(first), int(last) + 1)]
    return found


Ids = Annotated[list[str], BeforeValidator(_written_out)]


def _whole_checksum(text: str | None) -> str | None:
    algorithm, _, digits = (text or "").partition(":")
    if text and not (re.fullmatch("[0-9a-f]+", digits) and len(digits) == DIGITS.get(algorithm)):
        raise ValueError(repr(text), f"one of {', '.join(DIGITS)}, a colon and its digits", "Mend it.")
    return text


Checksum = Annotated[str | None, BeforeValidator(_whole_checksum)]


class SourceFile(Strict):
    """A file to download."""

    url: str = Field(pattern=r"^https?://[^\s]+$")
    bytes: int | None = Field(None, ge=1)
    checksum: Checksum = Field(None, description="algorithm:digits; without it pinned at the first download")
    path: str | None = Field(None, description="where in the data set's folder; only for what is no archive")

    @property
    def name(self) -> str:
        """The file's path below the data set's folder, or its name at the source."""
        return self.path or PurePosixPath(unquote(urlsplit(self.url).path)).name


class Dataverse(Strict):
    """A data set on a Dataverse server, which lists its files and their checksums itself.

    only: what the path of a file that the studies read looks like; None for all files.
    """

    server: str = Field(pattern=r"^https?://[^\s]+$")
    doi: str
    only: str | None = None


class Archive(Strict):
    """A file that its owner unpacks by hand. unpack: the commands, in their order."""

    name: str
    bytes: int | None = Field(None, ge=1)
    checksum: Checksum = None
    unpack: list[str] = []


class Oddity(Strict):
    """Something odd that a release is known to hold.

    kind: of fault that it explains, so that this is no fault there; cases: of those, any if none is named; at_most: so
    many of them.
    """

    text: str
    source: str
    kind: OddKind | None = None
    cases: Ids = []
    at_most: int | None = None


class Spread(Strict):
    """Least and greatest value over the cases, and their mean if it is known."""

    low: float
    high: float
    mean: float | None = None


class Facts(Strict):
    """Numbers of a set, as a publisher or a paper states them, or as they were found in a folder.

    pixel_mm: in plane; slice_mm: from slice to slice. types: of voxels on disk, by modality, `mask` being the masks.
    several_masks: cases whose mask lies in several files. division: cases (of `divided`, if these are slices) by part.
    """

    cases: int | None = None
    patients: int | None = None
    sites: int | None = None
    slices: int | None = None
    slices_a_case: Spread | None = None
    rows: Spread | None = None
    columns: Spread | None = None
    pixel_mm: Spread | None = None
    slice_mm: Spread | None = None
    time_points: Spread | None = None
    orientations: list[str] = []
    types: dict[str, list[str]] = {}
    mask_values: list[float] = []
    empty_masks: int | None = None
    several_masks: int | None = None
    division: dict[PartName, int] = {}
    divided: Literal["cases", "slices"] = "cases"


class Part(Strict):
    """A part of a set.

    title: of its cases, in the plural. files: what the end of a path looks like that each case has, the case's id being
    its group `id`. masks: whether they are given out. slices: number of slices to the cases that have so many.
    optional: whether the studies can do without it. missing: what cannot be done without it, and where it is to be had.
    """

    title: str = "cases"
    files: str
    cases: int = Field(ge=1)
    ids: Ids = []
    masks: bool = True
    slices: dict[int, Ids] = {}
    optional: bool = False
    missing: str = ""

    @field_validator("files")
    @classmethod
    def _finds_ids(cls, text: str) -> str:
        if "(?P<id>" not in text:
            raise ValueError(repr(text), "a pattern with the group id", "Add it.")
        return text

    @model_validator(mode="after")
    def _counts_agree(self) -> "Part":
        counted = sum(len(ids) for ids in self.slices.values())
        for what, count in (("ids", len(self.ids)), ("slices", counted)):
            if count not in (0, self.cases):
                raise ValueError(f"{what} of {count} cases", f"{self.cases}, as cases says", "Correct one.")
        return self

    @cached_property
    def slices_by_id(self) -> dict[str, int]:
        """How many slices each case has, where that is known."""
        return {case: count for count, ids in self.slices.items() for case in ids}


class PaperFacts(Strict):
    """What the paper of a study says of the set."""

    study: str
    facts: Facts


class ReleasedSet(Strict):
    """What one layout reads of a release; no layout where segrepro has none.

    modalities: of a case of this edition, as the layout calls them; lacks: those that other editions have, with their
    names on disk. annotators: who drew further masks of some cases, as the layout calls them.
    """

    title: str
    layout: str | None = None
    parts: dict[PartName, Part] = Field(min_length=1)
    modalities: list[str] = []
    lacks: dict[str, str] = {}
    annotators: list[str] = []
    facts: Facts = Facts()
    paper: PaperFacts | None = None

    @property
    def labelled_cases(self) -> int:
        """Cases whose masks are given out."""
        return sum(part.cases for part in self.parts.values() if part.masks)


class Release(Strict):
    """A data set (or weights, which have no sets) as it is published.

    edition_of: the release whose other edition it is; that one is the usual source of their layouts. request: for what
    no program can fetch: what to ask for and what to put into the folder. tree: paths in it, as an example each.
    others: what looks alike and is another release: a pattern of the end of a path, and its name. serve_too: further
    files of weights that do as well, with their SHA-256 digests, or as much of their beginnings as is published.
    """

    title: str
    version: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    edition_of: str | None = None
    page: str = Field(pattern=r"^https?://[^\s]+$")
    licence: str
    terms: str
    size_gb: float | None = Field(None, gt=0, description="about, all files together")
    request: str | None = None
    files: list[SourceFile] = []
    dataverse: Dataverse | None = None
    archives: list[Archive] = []
    tree: list[str] = []
    others: dict[str, str] = {}
    serve_too: dict[str, str] = {}
    oddities: list[Oddity] = []
    sets: list[ReleasedSet] = []

    @model_validator(mode="after")
    def _one_way_in(self) -> "Release":
        if sum(map(bool, (self.request, self.files, self.dataverse))) != 1:
            raise ValueError("none or several", "one of request, files and dataverse", "Keep one.")
        return self

    @property
    def layouts(self) -> list[str]:
        """The layouts that read it."""
        return [one.layout for one in self.sets]

    def set_of(self, layout: str) -> ReleasedSet | None:
        """What a layout reads of it; None where that is nothing."""
        return next((one for one in self.sets if one.layout == layout), None)
