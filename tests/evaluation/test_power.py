"""Power, detectable gap and what a gap asks for, to the digits of docs/comparison.md."""

import numpy as np
import pytest

from segrepro.evaluation.power import (
    Spread,
    detectable_gap,
    needed,
    patients_needed,
    power,
    seeds_needed,
    smallest_visible,
)
from segrepro.evaluation.trainings import contrast

SOOP = Spread(paired_sd=0.178, seed_sd=0.0165)


def test_power_of_the_real_run_by_seeds_and_patients():
    assert [round(power(0.03, SOOP, 680, seeds), 2) for seeds in (2, 3, 5, 8, 10)] == [0.21, 0.39, 0.62, 0.78, 0.84]
    assert round(power(0.03, SOOP, 229, 10), 2) == 0.57


@pytest.mark.parametrize(
    ("gap", "sd", "patients"),
    [
        (0.0002, 0.15, 4_400_000),  # X-Net's module in X-Net
        (0.0143, 0.15, 866),  # the same in U-Net
        (0.0126, 0.15, 1115),  # X-Net over Dense-UNet
        (0.30, 13, 14_741),  # ISLES, Table 1
        (4.92, 13, 57),  # Table 4, over cross-entropy
        (2.74, 13, 179),  # Table 5, over the feature extractor alone
        (0.025, 0.12, 183),  # HLE-Net over Res-Unet-28 on ISIC
        (0.022, 0.03, 17),  # the same on the spleen
    ],
)
def test_the_patients_that_a_printed_gap_asks_for(gap, sd, patients):
    found = patients_needed(gap, Spread(sd), 1)
    assert found == patients if patients < 1e6 else found == pytest.approx(4.415e6, rel=1e-3)


def test_more_patients_cannot_replace_seeds():
    assert patients_needed(0.03, SOOP, 3) is None
    assert seeds_needed(0.03, SOOP, 680) == 9
    patients, seeds = needed(0.01, SOOP, 680)
    assert power(0.01, SOOP, patients, seeds) >= 0.8
    assert patients > 680
    assert seeds > 9


def test_the_detectable_gap_is_detected_in_80_percent():
    gap = detectable_gap(SOOP, 680, 5)
    assert power(gap, SOOP, 680, 5) == pytest.approx(0.8)
    assert detectable_gap(Spread(0.0, 0.0), 10, 1) == 0


def test_one_seed_has_no_power_where_seeds_matter():
    assert np.isnan(power(0.03, SOOP, 680, 1))
    assert np.isnan(detectable_gap(SOOP, 680, 1))
    assert power(0.5, Spread(0.01), 100, 1) == 1


def test_power_is_how_often_the_contrast_shows_the_gap():
    rng, shown = np.random.default_rng(0), 0
    for _ in range(400):
        rows = [rng.normal(mean, 0.02, (3, 1)) + rng.normal(0, 0.1 / np.sqrt(2), 60) for mean in (0.0, 0.06)]
        shown += contrast(rows, (-1, 1)).interval()[0] > 0
    assert shown / 400 == pytest.approx(power(0.06, Spread(0.1, 0.02), 60, 3), abs=0.07)


def test_what_a_study_of_23_scans_could_see():
    assert smallest_visible(13.0, 23) == pytest.approx((2.0739 - 0.4307) * 13 / np.sqrt(23), abs=1e-3)
