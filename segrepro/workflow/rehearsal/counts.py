"""How much there is to do at paper scale: slices, steps and trainings of a run, counted from the plan."""

from dataclasses import dataclass
from typing import Literal

from segrepro.datasets.folds import PartSlices
from segrepro.datasets.releases import releases
from segrepro.datasets.releases.release import Facts
from segrepro.workflow.plan.runs import DatasetPlan, Run


@dataclass(frozen=True)
class Counts:
    """Of one fold of a run: slices that train, validate and are predicted, epochs, optimiser steps, cases predicted."""

    train: float
    validation: float
    test_cases: float
    epochs: int
    steps: int


def counts_of(run: Run, slices_a_case: float) -> Counts:
    """What a fold of a run has to do. slices_a_case: of a set of one's own; a release's number is known."""
    cases, slices = size_of(run.dataset, slices_a_case)
    shares, kept, recipe = _shares(run, cases), run.folds.keep_slices, run.resolved.recipe
    if isinstance(kept, PartSlices):
        train, validation = kept.train, kept.validation
    else:
        train, validation, _ = ((kept or slices) * share for share in shares)
    epochs, steps = recipe.length(max(1, -(-int(train) // recipe.batch_size)))
    return Counts(train, validation, cases * shares[2], epochs, epochs * steps)


def size_of(dataset: DatasetPlan, slices_a_case: float) -> tuple[int, float]:
    """Cases and slices of a data set: those of the release that it stands for, or those that were found."""
    facts = _facts(dataset)
    cases = (facts and facts.cases) or dataset.case_count
    return cases, (facts and facts.slices) or cases * slices_a_case


def _facts(dataset: DatasetPlan) -> Facts | None:
    """What is known of the release that a data set stands for; None for a folder of the user's."""
    release = releases().get(dataset.spec.release) if dataset.source != "folder" else None
    found = release.sets if release else []
    return next((one.facts for one in found if one.layout == dataset.spec.layout), None)


def _shares(run: Run, cases: int) -> tuple[float, float, float]:
    """Which part of the slices trains, validates and is predicted."""
    folds, facts = run.folds, _facts(run.dataset)
    if folds.by == "official" and facts and facts.division:
        parts: tuple[Literal["train", "validation", "test"], ...] = ("train", "validation", "test")
        return tuple(facts.division.get(part, 0) / sum(facts.division.values()) for part in parts)
    if folds.test_cases is not None:
        test, validation = folds.test_cases / cases, folds.validation_cases / cases
    else:
        test = folds.test_fraction or 1 / folds.count
        validation = (1 - test) * folds.validation_fraction
    if run.protocol == "published":
        return 1 - test, test, test
    return 1 - test - validation, validation, test
