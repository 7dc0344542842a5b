"""Surfaces of masks and the distances between them, voxel by voxel."""

import numpy as np
import pytest

from segrepro.evaluation.metrics.masks import check_pair, survey
from segrepro.evaluation.metrics.surface import (
    SurfaceDistances,
    check_choice,
    neighbour_vectors,
    percentile,
    search_vectors,
    set_positions,
    surface_distances,
)
from segrepro.utils.errors import MetricError


def test_percentile_is_numpys():
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 10, 101):
        values = rng.random(size)
        assert percentile(values, 95) == pytest.approx(np.percentile(values, 95), rel=1e-14)


def distances(prediction, reference, spacing=(1, 1), **options):
    pair = check_pair(np.array(prediction, bool), np.array(reference, bool), spacing)
    return surface_distances(pair, survey(pair), **options)


def test_a_square_inside_a_larger_one_by_hand():
    """The inner voxel is 2 rows of 3 mm from the outer square's rim and 2 columns of 1 mm; corners are the farthest."""
    outer, inner = np.zeros((7, 7)), np.zeros((7, 7))
    outer[1:6, 1:6], inner[3, 3] = 1, 1
    found = distances(inner, outer, (3, 1))
    assert found.prediction_to_reference.tolist() == [2]
    assert len(found.reference_to_prediction) == 16
    assert found.hausdorff() == pytest.approx(np.hypot(6, 2))
    assert found.reference_to_prediction.min() == 2


def test_definitions_by_hand():
    found = SurfaceDistances(np.array([0.0, 10.0]), np.array([2.0, 2.0, 2.0, 6.0]))
    assert found.hausdorff() == 10
    assert found.hausdorff95() == pytest.approx(9.5)  # of 0 and 10; of the other direction 5.4
    assert found.hausdorff95("pooled") == pytest.approx(9)  # position 4.75 of 0 2 2 2 6 10
    assert found.average() == pytest.approx(22 / 6)
    assert found.average("mean_of_means") == pytest.approx((5 + 3) / 2)


@pytest.mark.parametrize(
    ("surface", "ndim", "count", "across"),
    [("faces", 3, 6, 2), ("faces_open", 2, 4, 2), ("slices_open", 3, 8, 0), ("slices_open", 2, 8, 6)],
)
def test_neighbours_of_each_surface(surface, ndim, count, across):
    vectors = neighbour_vectors(ndim, surface)
    assert vectors.shape == (count, ndim)
    assert np.count_nonzero(vectors[:, -1]) == across
    assert {tuple(v) for v in vectors} == {tuple(-v) for v in vectors}


def test_the_volumes_border_closes_a_mask_or_not():
    """A mask in the corner: with an open border only the two sides that face the background are surface."""
    mask = np.zeros((4, 4))
    mask[:2, :2] = 1
    everything = np.ones((4, 4))
    assert len(distances(mask, everything).prediction_to_reference) == 4
    assert len(distances(mask, mask, surface="faces_open").prediction_to_reference) == 3
    assert distances(mask, everything, surface="faces_open") is None


def test_the_search_is_in_order_of_length_and_complete():
    steps, lengths = search_vectors((1.0, 2.5))
    assert (np.diff(lengths) >= 0).all()
    np.testing.assert_allclose(lengths, np.hypot(steps[:, 0], 2.5 * steps[:, 1]))
    grid = np.stack(np.meshgrid(np.arange(-9, 10), np.arange(-4, 5)), -1).reshape(-1, 2)
    nearer = [tuple(s) for s in grid if 0 < np.hypot(s[0], 2.5 * s[1]) < lengths[-1]]
    assert set(nearer) <= {tuple(step) for step in steps}


def test_set_positions_are_numpys_in_order():
    rng = np.random.default_rng(0)
    for size in (1, 7, 8, 9, 100):
        mask = rng.random(size) < 0.3
        assert set_positions(mask).tolist() == np.flatnonzero(mask).tolist()


def test_an_option_that_is_no_choice_is_named():
    check_choice("hd95", "pooled", ("maximum", "pooled"))
    with pytest.raises(MetricError) as error:
        check_choice("hd95", "poled", ("maximum", "pooled"))
    assert (error.value.where, error.value.found, error.value.remedy) == ("hd95", "'poled'", "Did you mean pooled?")
