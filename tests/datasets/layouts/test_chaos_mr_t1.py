"""CHAOS MR T1: masks have the names of the slices in phase."""

import numpy as np

from segrepro.datasets import open_dataset
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan
from tests.datasets.layouts.chaos import label


def test_masks_named_as_the_slices_in_phase_fit_those_out_of_phase(whole):
    case = open_dataset("chaos_mr_t1", whole).cases[0]
    out = case.images["t1_out"]
    np.testing.assert_array_equal(read_label(case.labels, read_scan(out), out, case.label_ranges), label(case))
