"""Data, folds and preparation in words."""

from typing import get_args

import pandas as pd

from segrepro.preprocessing.normalization import Percentiles, Scaling, ZScore
from segrepro.preprocessing.preparation import Preparation
from segrepro.report.methods.data_part import (
    IN_WORDS,
    data,
    inputs,
    partitions,
    preparation,
    prepared_text,
    standing,
    way_text,
)


def test_every_way_to_scale_has_words():
    assert set(IN_WORDS) == set(get_args(Scaling))


def test_phantoms_and_the_demo_are_said_before_anything(sources):
    assert standing(sources).startswith("Rehearsal, not to be printed: all scans are synthetic (phantoms) and networks")


def test_nothing_is_said_of_real_scans_at_full_scale(sources):
    facts = sources.evidence.facts
    real = [dataset.model_copy(update={"source": "folder"}) for dataset in facts.datasets]
    evidence = sources.evidence.model_copy(update={"facts": facts.model_copy(update={"datasets": real})})
    tables = sources.settings.tables.model_copy(update={"scale": "paper"})
    settings = sources.settings.model_copy(update={"tables": tables})
    changed = type(sources)(**vars(sources) | {"evidence": evidence, "settings": settings})
    assert standing(changed) == ""
    assert data(changed) == (
        "ATLAS R1.1: 229 T1 scans of stroke patients, 1 mm MNI, 11 sites. Found: synthetic scans (cases 1)."
    )


def test_data_are_those_found_and_folds_those_that_ran(sources):
    assert data(sources).endswith("in their place synthetic images were drawn (cases 1).")
    assert (
        partitions(sources)
        == (
            "4 cases for training (4 patients), 1 case for validation (1 patient), 3 cases scored (3 patients);"
            " no patient stands in two parts."
        )
        or partitions(sources).count(";") > 1
    )


def test_a_patient_in_two_parts_is_not_hidden(sources):
    rows = [
        (0, "a1", "a", "train", ""),
        (0, "a2", "a", "test", ""),
        (1, "a2", "a", "train", ""),
        (1, "a1", "a", "test", ""),
    ]
    folds = pd.DataFrame(rows, columns=["fold", "case", "patient", "part", "slices"])
    changed = type(sources)(**vars(sources) | {"folds": dict.fromkeys(sources.folds, folds)})
    assert partitions(changed).startswith("2 folds, each 1 case for training (1 patient), 1 case")
    assert "; no case stands in two parts." in partitions(changed)


def test_slices_are_counted_where_cases_are_parted_by_slice(sources):
    rows = [(0, "a", "a", "train", "0 1 2"), (0, "a", "a", "test", "3")]
    folds = pd.DataFrame(rows, columns=["fold", "case", "patient", "part", "slices"])
    changed = type(sources)(**vars(sources) | {"folds": dict.fromkeys(sources.folds, folds)})
    said = "3 slices for training (1 patient), 1 slice scored (1 patient); cases are parted by slice."
    assert partitions(changed).endswith(said)


def test_preparation_is_that_of_the_runs(sources):
    assert preparation(sources).startswith(
        "Volumes were cut into axial slices, cropped to 64 x 48 pixels about the centre;"
    )
    assert inputs(sources) == ""  # the made-up cards name no channels


def test_spacing_size_and_each_channels_scaling_are_said():
    how = Preparation(
        slices="coronal",
        spacing_mm=(None, 1, 1),
        size=(96, 96),
        normalization={"ct": {"name": "window", "low": -160, "high": 240}, "default": "p99"},
    )
    assert prepared_text(how) == (
        "Volumes were cut into coronal slices, resampled to its own x 1 x 1 mm (slices, rows, columns), cropped to"
        " 96 x 96 pixels about the centre; ct scaled to 0 to 1 from -160 to 240, clipped, every other image clipped at"
        " its 99th percentile and scaled to 0 to 1"
    )
    assert prepared_text(Preparation(slices="none", resize=(64, 96), size=(64, 96), normalization="max")) == (
        "Pictures were taken as slices, resized to 64 x 96 pixels; each image was divided by its greatest value"
    )
    assert way_text(ZScore(name="zscore", clip=(-100, 300), mean=40, std=20)) == (
        "clipped to -100 to 300 and brought to mean 0 and standard deviation 1 of the data set (40 and 20)"
    )
    assert way_text(Percentiles(name="percentiles", inside="nonzero")) == (
        "scaled to 0 to 1 between its percentiles 0.5 and 99.5 of what is not 0, clipped"
    )
