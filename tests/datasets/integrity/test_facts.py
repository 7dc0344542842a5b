"""The numbers of a data set as they were found."""

from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.integrity.facts import case_facts, set_facts
from segrepro.images.image import Image


def case(name, **facts):
    return Case(name, facts.pop("patient", name), facts.pop("site", ""), {"t1": Path(f"{name}.nii")}, **facts)


def volume(shape, spacing, axes=(0, 1, 2)):
    """A volume whose axes run along these of the patient."""
    affine = np.zeros((4, 4))
    for axis, (along, side) in enumerate(zip(axes, spacing)):
        affine[along, axis] = side
    affine[3, 3] = 1
    return Image(np.zeros(shape), affine)


def test_slices_are_counted_along_the_body_however_the_volume_is_stored():
    facts = case_facts(case("a"), Path("a.nii"), volume((5, 40, 30), (6.0, 0.5, 0.8), axes=(2, 1, 0)))
    assert (facts.slices, facts.rows, facts.columns) == (5, 40, 30)
    assert (facts.slice_mm, facts.pixel_mm) == (6.0, 0.8)


def test_the_numbers_of_all_cases_are_ranges_and_means():
    cases = [case("a", patient="p", site="x", part="train"), case("b", patient="p", site="y", part="test")]
    scans = [volume((30, 40, 2), (0.8, 0.8, 12.0)), volume((30, 40, 8), (1.0, 1.0, 5.0))]
    facts = set_facts(cases, [case_facts(one, Path("a"), scan) for one, scan in zip(cases, scans)])
    assert (facts.cases, facts.patients, facts.sites, facts.slices) == (2, 1, 2, 10)
    assert facts.slices_a_case.model_dump() == {"low": 2, "high": 8, "mean": 5}
    assert facts.slice_mm.model_dump() == {"low": 5, "high": 12, "mean": 8.5}
    assert facts.division == {"train": 1, "test": 1}
    assert facts.time_points is None


def test_pictures_have_no_slices_and_no_spacing():
    facts = set_facts([case("a")], [case_facts(case("a"), Path("a.png"), Image(np.zeros((30, 40)), np.eye(4)))])
    assert (facts.slices, facts.slice_mm, facts.pixel_mm) == (None, None, None)
    assert (facts.rows.high, facts.columns.high) == (30, 40)
