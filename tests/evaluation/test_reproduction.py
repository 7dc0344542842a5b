"""Published beside reproduced, and the chance that a published claim is false: printed examples."""

import pytest

from segrepro.evaluation.reproduction import Mean, agreement, chance_of_false


def test_too_few_patients_to_tell():
    found = agreement(Mean(54.45, 21.23, 23), Mean(51.0, 20.0, 23), margin=5.0, seed_sd=1.5)
    assert (round(found.difference, 2), round(found.low, 1), round(found.high, 1)) == (-3.45, -16.1, 9.2)
    assert found.verdict == "cannot tell"


def test_the_same_cases_tell_more_than_others():
    printed, own = Mean(0.4867, 0.28, 229), Mean(0.480, 0.28, 229)
    other = agreement(printed, own, 0.05, 0.01)
    assert (round(other.low, 3), round(other.high, 3), other.verdict) == (-0.065, 0.052, "cannot tell")
    same = agreement(printed, own, 0.05, 0.01, correlation=0.95)
    assert (round(same.low, 3), round(same.high, 3), same.verdict) == (-0.037, 0.023, "agrees")


def test_many_pictures_agree_and_a_large_difference_differs():
    assert agreement(Mean(0.866, 0.12, 600), Mean(0.861, 0.12, 600), 0.02).verdict == "agrees"
    assert agreement(Mean(0.866, 0.12, 600), Mean(0.80, 0.12, 600), 0.02).verdict == "differs"
    # Shown, but not larger than what matters.
    assert agreement(Mean(0.866, 0.01, 600), Mean(0.860, 0.01, 600), 0.02).verdict == "agrees"


def isles(mean, sd):
    return Mean(mean, sd, 23)


@pytest.mark.parametrize(
    ("better", "worse", "printed"),
    [
        (isles(51.25, 17.43), isles(50.95, 21.03), [0.471, 0.462, 0.444, 0.420]),  # Table 1, w-L2 + lh1 > w-L2
        (isles(54.45, 21.23), isles(52.49, 18.66), [0.322, 0.274, 0.181, 0.090]),  # Table 3, SLNet > ResUNet
        (isles(59.37, 15.73), isles(57.82, 17.33), [0.329, 0.282, 0.189, 0.094]),  # Table 4, best > second
        (isles(59.37, 15.73), isles(54.45, 21.23), [0.115, 0.065, 0.018, 0.004]),  # Table 4, best > LCE
        (isles(62.11, 17.18), isles(59.37, 15.73), [0.217, 0.154, 0.061, 0.012]),  # Table 5, full > Fo
    ],
)
def test_the_chance_that_a_claim_on_23_scans_is_false(better, worse, printed):
    assert [round(chance_of_false(better, worse, r), 3) for r in (0.5, 0.71, 0.88, 0.95)] == printed


def test_seeds_raise_the_chance_that_a_claim_is_false():
    assert round(chance_of_false(isles(59.37, 15.73), isles(54.45, 21.23), 0.88, seed_sd=1.65), 3) == 0.062
    xnet, module, plain, dense = (Mean(mean, 0.28, 229) for mean in (0.4867, 0.4749, 0.4606, 0.4741))
    assert round(chance_of_false(xnet, Mean(0.4865, 0.28, 229), 0.88), 3) == 0.491
    assert [round(chance_of_false(module, plain, 0.88, sd), 3) for sd in (0, 0.0165)] == [0.058, 0.284]
    assert [round(chance_of_false(xnet, dense, 0.88, sd), 3) for sd in (0, 0.0165)] == [0.083, 0.307]


def test_without_any_spread_the_gap_decides():
    assert chance_of_false(Mean(1, 0, 5), Mean(0, 0, 5), 0.0) == 0
    assert chance_of_false(Mean(0, 0, 5), Mean(0, 0, 5), 0.0) == 0.5
