"""What the cases of a data set have, that experiments may need: modalities, official parts, further annotators."""

from collections.abc import Iterable
from typing import NamedTuple

from segrepro.datasets.case import Case
from segrepro.datasets.releases.release import ReleasedSet


class Held(NamedTuple):
    """modalities: of images. parts: official ones whose cases have labels. annotators: whose masks lie beside."""

    modalities: frozenset[str]
    parts: frozenset[str] = frozenset()
    annotators: frozenset[str] = frozenset()


def held_by(cases: Iterable[Case]) -> Held:
    """What any of these cases has.

    >>> held_by([Case("a", "a", "", {"t1": "a.nii"}, ("b.nii",), "train")])
    Held(modalities=frozenset({'t1'}), parts=frozenset({'train'}), annotators=frozenset())
    """
    cases = list(cases)
    return Held(
        frozenset(modality for case in cases for modality in case.images),
        frozenset(case.part for case in cases if case.part and case.images and case.labels),
        frozenset(annotator for case in cases for annotator in case.annotations),
    )


def held_by_release(one: ReleasedSet) -> Held:
    """What a whole copy of a release has."""
    parts = {name for name, part in one.parts.items() if part.masks}
    return Held(frozenset(one.modalities), frozenset(parts), frozenset(one.annotators))
