"""Post-processing of masks, and the choice of what helps."""

import numpy as np
import pytest
from pydantic import ValidationError

from segrepro.inference.postprocess import Example, Postprocess, choose, postprocess


def ring(value: int = 1) -> np.ndarray:
    """A ring of 8 voxels around a hole, and one voxel apart from it."""
    mask = np.zeros((6, 8), np.uint8)
    mask[1:4, 1:4] = value
    mask[2, 2] = 0
    mask[5, 7] = value
    return mask


def steps(**wanted) -> list:
    return [step for candidates in Postprocess(**wanted).candidates for step in candidates.values()]


@pytest.mark.parametrize(
    ("wanted", "voxels"),
    [
        ({"fill_holes": True}, 10),
        ({"largest_component": True}, 8),
        ({"remove_below_ml": [2]}, 8),
        ({"remove_below_ml": [1]}, 9),
        ({"remove_below_ml": [9]}, 0),
        ({"fill_holes": True, "largest_component": True}, 9),
    ],
)
def test_each_step_does_what_its_name_says(wanted, voxels):
    found = postprocess(ring(3), 1.0, steps(**wanted), [3])
    assert np.count_nonzero(found == 3) == voxels
    assert set(np.unique(found)) <= {0, 3}


def test_parts_touch_at_corners():
    mask = np.eye(4, dtype=np.uint8)
    np.testing.assert_array_equal(postprocess(mask, 1.0, steps(largest_component=True), [1]), mask)


def test_a_hole_that_holds_another_label_keeps_it():
    mask = ring()
    mask[2, 2] = 2
    np.testing.assert_array_equal(postprocess(mask, 1.0, steps(fill_holes=True), [1, 2]), mask)


def test_what_helps_on_the_examples_is_chosen_and_nothing_else():
    truth = np.zeros((6, 8), np.uint8)
    truth[1:4, 1:4] = 1
    wanted = Postprocess(fill_holes=True, largest_component=True, remove_below_ml=[0.5, 2])
    found = choose(wanted, [Example(ring(), truth, 1.0)], [1])
    # 8 of 9 + 9 voxels agree before; after the hole is filled and the stray voxel is gone, all do.
    assert list(found.steps) == ["fill_holes", "largest_component"]
    assert (found.before, found.after) == (pytest.approx(16 / 18), 1.0)
    assert str(found) == "fill_holes, largest_component (Dice 0.8889 to 1.0000)"
    kept = choose(wanted, [Example(ring(), ring(), 1.0)], [1])
    assert not kept.steps
    assert str(kept) == "nothing helped"


def test_of_several_volumes_the_best_is_chosen_and_a_healthy_case_counts():
    healthy = np.zeros((6, 8), np.uint8)
    found = choose(Postprocess(remove_below_ml=[1, 2, 20]), [Example(ring(), healthy, 1.0)], [1])
    assert list(found.steps) == ["remove_below_ml 20"]
    assert (found.before, found.after) == (0.0, 1.0)


@pytest.mark.parametrize(
    "wrong", [{"largest": True}, *({"remove_below_ml": [ml]} for ml in ("x", 0, -1, float("nan"), float("inf")))]
)
def test_wrong_keys_and_values_are_refused(wrong):
    with pytest.raises(ValidationError):
        Postprocess.model_validate(wrong)
