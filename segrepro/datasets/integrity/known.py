"""What a release is known to hold is no fault of a copy of it; what a copy lacks is one."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.facts import CaseFacts
from segrepro.datasets.integrity.fault import Fault
from segrepro.datasets.releases.recognise import FoundSet
from segrepro.datasets.releases.release import Oddity

# Of what any scan may have without harm: training and scores take it as it is.
ALWAYS_NOTES = {"extreme value"}


def known_or_not(faults: Sequence[Fault], found: FoundSet | None) -> tuple[list[Fault], list[Fault]]:
    """The faults that stay, and the notes: what does no harm, or what the release in the folder is known for."""
    oddities = found.release.oddities if found and not found.own else []
    explained = {fault: _known(fault, oddities, faults) for fault in faults}
    notes = [fault.as_known(oddity.source) if oddity else fault for fault, oddity in explained.items() if oddity]
    notes += [fault for fault, oddity in explained.items() if not oddity and fault.kind in ALWAYS_NOTES]
    kept = [fault for fault, oddity in explained.items() if not oddity and fault.kind not in ALWAYS_NOTES]
    return kept, notes


def _known(fault: Fault, oddities: Iterable[Oddity], faults: Sequence[Fault]) -> Oddity | None:
    alike = sum(other.kind == fault.kind for other in faults)
    for oddity in oddities:
        named = not oddity.cases or {fault.case, fault.other} & set(oddity.cases)
        if fault.kind and oddity.kind == fault.kind and named and alike <= (oddity.at_most or alike):
            return oddity
    return None


def slices_against(found: FoundSet, cases: Iterable[CaseFacts]) -> tuple[FoundSet, list[Fault]]:
    """What was found, taken for a set of one's own where most cases have other numbers of slices than the release's,
    and else a fault for each case that has."""
    published = found.published_slices
    pairs = [(one, _count_of(one.case, published)) for one in cases]
    pairs = [(one, count) for one, count in pairs if count is not None]
    wrong = [(one, count) for one, count in pairs if one.slices != count]
    if 2 * len(wrong) > len(pairs):
        return found.as_own(), []
    return found, [
        Fault(
            one.case.id,
            str(next(iter(one.case.images.values()))),
            f"{one.slices} slices",
            f"{count}, as {found.set.title} has",
            "Unpack the release again.",
        )
        for one, count in wrong
    ]


def _count_of(case: Case, published: Mapping[Path, int]) -> int | None:
    return next((published[path] for path in case.images.values() if path in published), None)
