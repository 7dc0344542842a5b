"""Patients drawn by the seed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from pydantic import Field

from segrepro.utils.errors import DataError
from segrepro.utils.validation import Strict

Seeds = tuple[int, int]


def draw_patients(patients: list[str], fraction: float, seed: Seeds, leave: int = 1) -> list[str]:
    """A share of the patients, at least one; at least `leave` are left."""
    count = min(max(1, round(fraction * len(patients))), len(patients) - leave)
    return np.random.default_rng(seed).permutation(patients)[:count].tolist()


def draw_validation(
    patients: list[str], fraction: float, seed: Seeds, site_of: Mapping[str, str] | None = None
) -> list[str]:
    """A share of the patients or, with site_of, of those of each site, where at least one is left; at least one in all.

    >>> sites = {"a": "1", "b": "1", "c": "2", "d": "2", "e": "2"}
    >>> drawn = draw_validation(list(sites), 0.4, (0, 0), sites)
    >>> sorted(sites[patient] for patient in drawn)
    ['1', '2']
    """
    sites: dict[str, list[str]] = {}
    for patient in patients:
        sites.setdefault(site_of[patient] if site_of else "", []).append(patient)
    drawn = [draw_patients(members, fraction, seed) for _, members in sorted(sites.items()) if len(members) > 1]
    return [patient for found in drawn for patient in found] or draw_patients(patients, fraction, seed)


class CasesOfSize(Strict):
    """So many cases with learned labels of ml[0] to less than ml[1] in all."""

    ml: tuple[float, float]
    cases: int = Field(ge=1)


def draw_cases(pairs: list[tuple[str, str]], wanted: int, seed: Seeds) -> list[str]:
    """Patients in the seed's order who have `wanted` cases together, passing over as few as possible; some are left."""
    return _drawn([(patient, 0) for _, patient in pairs], (wanted,), seed)


def draw_sizes(cases: Iterable[tuple[str, float]], sizes: Sequence[CasesOfSize], seed: Seeds) -> list[str]:
    """As `draw_cases`, so many cases of each size; cases: patient and volume in ml of each."""
    groups = [(patient, _group(ml, sizes)) for patient, ml in cases]
    return _drawn(groups, tuple(size.cases for size in sizes), seed)


def _group(ml: float, sizes: Sequence[CasesOfSize]) -> int | None:
    return next((group for group, size in enumerate(sizes) if size.ml[0] <= ml < size.ml[1]), None)


def _drawn(cases: Sequence[tuple[str, int | None]], wanted: tuple[int, ...], seed: Seeds) -> list[str]:
    """cases: patient and group of each; a patient with a case of no group is not drawn. wanted: cases of each group."""
    held = {patient: Counter(group for who, group in cases if who == patient) for patient, _ in cases}
    # For each number of cases that can be had of the groups, the first patients found to have them.
    found: dict[tuple[int, ...], list[str]] = {(0,) * len(wanted): []}
    for patient in np.random.default_rng(seed).permutation(list(held)).tolist():
        for counts in sorted(found, reverse=True):
            more = tuple(count + held[patient][group] for group, count in enumerate(counts))
            if None not in held[patient] and all(count <= most for count, most in zip(more, wanted)):
                found.setdefault(more, [*found[counts], patient])
        if wanted in found:
            break
    if wanted not in found or sum(wanted) == len(cases):
        each, there = [one.total() for one in held.values()], Counter(group for _, group in cases)
        of_sizes = f", {_listed(there[group] for group in range(len(wanted)))} of the sizes" if wanted[1:] else ""
        raise DataError(
            "folds",
            f"{len(cases)} cases of {len(held)} patients with {min(each)} to {max(each)} each{of_sizes}",
            f"whole patients with {_listed(wanted)} cases, and others",
            "Change folds.test_cases, folds.test_sizes or folds.validation_cases.",
        )
    return found[wanted]


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
