"""What can be wrong between the cases of a data set."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.fault import Fault


def beside(case: Case) -> str:
    """A file of the case, to show where it lies."""
    return str(next(iter([*case.images.values(), *case.labels]), ""))


def missing_files(cases: Sequence[Case], required: Sequence[str], optional: Sequence[str] = ()) -> list[Fault]:
    """Masks without image, images without mask, modalities that are required or, unless optional, that like cases have.

    A published test part may have no masks at all; a part of it may not.
    """
    withheld = not any(case.labels for case in cases if case.part == "test")
    faults = []
    for case in cases:
        if not case.images:
            faults.append(_missing(case, "image"))
        if not case.labels and not (case.part == "test" and withheld):
            faults.append(_missing(case, "label"))
    return faults + missing_modalities(cases, required, optional)


def _missing(case: Case, kind: str) -> Fault:
    return Fault(case.id, beside(case), f"no {kind} beside it", f"one {kind} a case", "Add it, or remove the case.")


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


def empty_parts(cases: Sequence[Case], folder: Path) -> list[Fault]:
    """Official parts without any case, where the set is divided by them."""
    parts = {case.part for case in cases}
    empty = [part for part in ("train", "test") if part not in parts]
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
