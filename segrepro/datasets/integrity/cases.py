"""What can be wrong between the cases of a data set."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.fault import Fault

FEW = 5


def beside(case: Case) -> str:
    """A file of the case, to show where it lies."""
    return str(next(iter([*case.images.values(), *case.labels]), ""))


def missing_files(
    cases: Sequence[Case], required: Sequence[str], optional: Sequence[str] = (), withheld: bool | None = None
) -> list[Fault]:
    """Masks without image, images without mask, modalities that are required or, unless optional, that like cases have;
    annotators whose masks like cases have.

    withheld: whether the masks of the test part are not given out; by default if it has none at all.
    """
    if withheld is None:
        withheld = not any(case.labels for case in cases if case.part == "test")
    masked = [case for case in cases if not (case.part == "test" and withheld)]
    faults = [*_without("label", masked, [case for case in masked if not case.labels])]
    faults += _without("image", cases, [case for case in cases if not case.images])
    order = {case.id: place for place, case in enumerate(cases)}
    faults.sort(key=lambda fault: order[fault.case])
    return faults + missing_modalities(cases, required, optional) + _missing_annotations(cases)


def _without(kind: str, cases: Sequence[Case], lacking: Sequence[Case]) -> Iterator[Fault]:
    """A fault for each case that lacks its image or label; of a part of more than a few whose cases all do, one."""
    expected = f"one {kind} a case"
    for part, own in _by_part(lacking).items():
        count = sum(case.part == part for case in cases)
        if len(own) == count > FEW:
            found = f"no {kind} beside any of the {count} cases{f' of the part {part}' if part else ''}, such as this"
            yield Fault(own[0].id, beside(own[0]), found, expected, "Unpack or add them.")
            continue
        for case in own:
            yield Fault(case.id, beside(case), f"no {kind} beside it", expected, "Add it, or remove the case.")


def _by_part(cases: Iterable[Case]) -> dict[str | None, list[Case]]:
    parts = defaultdict(list)
    for case in cases:
        parts[case.part].append(case)
    return parts


def _missing_annotations(cases: Sequence[Case]) -> list[Fault]:
    """Cases that an annotator drew nothing of, who drew others of their part."""
    remedy = "Add it, or remove all of this annotator."
    return [
        Fault(case.id, beside(case), f"no mask of {name}", "one of each case of the part, as of others", remedy)
        for own in _by_part(cases).values()
        for name in sorted({name for case in own for name in case.annotations})
        for case in own
        if name not in case.annotations
    ]


def missing_modalities(cases: Sequence[Case], required: Sequence[str], optional: Sequence[str] = ()) -> list[Fault]:
    """Cases that lack a modality: a required one, or one of a case of their part that has all of theirs and more."""
    kinds = {(case.part, frozenset(case.images)) for case in cases}
    faults = []
    for case in cases:
        modalities = frozenset(case.images)
        if not modalities:
            continue  # listed as a case without image
        wanted = modalities.union(
            required, *(other for part, other in kinds if part == case.part and modalities < other)
        )
        wanted = wanted.difference(optional)
        if lacking := sorted(wanted - modalities):
            found, expected = f"no {', '.join(lacking)} beside it", f"{', '.join(sorted(wanted))} in every such case"
            faults.append(Fault(case.id, beside(case), found, expected, "Add the file, or remove the case."))
    return faults


def name_faults(cases: Sequence[Case]) -> list[Fault]:
    """An id twice, and ids or patients that differ only in upper and lower case."""
    faults = [
        Fault(case, "", f"{count} cases of this id", "one", "Rename or remove all but one.")
        for case, count in Counter(case.id for case in cases).items()
        if count > 1
    ]
    for kind in ("id", "patient"):
        spelt = defaultdict(dict)
        for case in cases:
            spelt[getattr(case, kind).casefold()].setdefault(getattr(case, kind), case)
        for names in spelt.values():
            for name in list(names)[1:]:
                first = next(iter(names))
                found, expected = f"the {kind} {name} beside {first}", f"one way to write the {kind}"
                faults.append(Fault(names[name].id, beside(names[name]), found, expected, "Rename one, or both alike."))
    return _once_a_case(faults)


def _once_a_case(faults: Iterable[Fault]) -> list[Fault]:
    return list({fault.case: fault for fault in reversed(list(faults))}.values())[::-1]


def part_faults(cases: Sequence[Case]) -> list[Fault]:
    """A patient in two of the official parts."""
    parts = defaultdict(dict)
    for case in cases:
        if case.part:
            parts[case.patient].setdefault(case.part, case)
    return [
        _in_two_parts(case, part, next(iter(found))) for found in parts.values() for part, case in [*found.items()][1:]
    ]


def _in_two_parts(case: Case, part: str, first: str) -> Fault:
    found, remedy = f"patient {case.patient} in {part} and {first}", "Remove the case from one of them."
    return Fault(case.id, beside(case), found, "each patient in one part", remedy)


def same_images(digests: Sequence[tuple[str, Path, str]]) -> Iterator[Fault]:
    """Images whose voxels were met before, from (case id, file, digest)."""
    same = defaultdict(list)
    for case, path, digest in digests:
        same[digest].append((case, path))
    for (other, first), *others in same.values():
        for case, path in others:
            found, remedy = (
                f"the same voxels as {first}",
                "Keep one: the other would stand in training and test at once.",
            )
            yield Fault(case, str(path), found, "an image of its own", remedy, "same image", other)


def empty_parts(cases: Sequence[Case], folder: Path, wanted: Sequence[str]) -> list[Fault]:
    """Official parts without any case, of those that are wanted."""
    parts = {case.part for case in cases}
    empty = [part for part in wanted if part not in parts]
    return [
        Fault("", str(folder), f"no case of the part {part}", "some", "Unpack the whole data set.") for part in empty
    ]


def too_few(cases: Sequence[Case], folder: Path, folds: int | None) -> list[Fault]:
    """Fewer patients than folds need."""
    patients = len({case.patient for case in cases})
    # Two folds leave half of the patients to train and to validate on.
    least = 4 if folds == 2 else folds or 0
    if patients >= least:
        return []
    found, expected = f"{patients} patients", f"at least {least} for {folds} folds"
    return [Fault("", str(folder), found, expected, "Add patients or lower the number of folds.")]
