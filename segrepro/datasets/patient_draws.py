"""Patients drawn by the seed."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from segrepro.utils.errors import DataError

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


def draw_cases(pairs: list[tuple[str, str]], wanted: int, seed: Seeds) -> list[str]:
    """Patients in the seed's order who have `wanted` cases together, passing over as few as possible; some are left."""
    sizes = Counter(patient for _, patient in pairs)
    # For each number of cases that can be had, the first patients found to have them.
    found: dict[int, list[str]] = {0: []}
    for patient in np.random.default_rng(seed).permutation(list(sizes)).tolist():
        for count in sorted(found, reverse=True):
            if count + sizes[patient] <= wanted:
                found.setdefault(count + sizes[patient], [*found[count], patient])
        if wanted in found:
            break
    if wanted not in found or wanted == len(pairs):
        raise DataError(
            "folds",
            f"{len(pairs)} cases of {len(sizes)} patients with {min(sizes.values())} to {max(sizes.values())} each",
            f"whole patients with {wanted} cases, and others",
            "Change folds.test_cases or folds.validation_cases.",
        )
    return found[wanted]
