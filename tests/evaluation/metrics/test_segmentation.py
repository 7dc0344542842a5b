"""One case: known geometry, a second implementation, empty masks, wrong input, memory."""

import tracemalloc

import numpy as np
import pytest
from scipy import ndimage

from segrepro.evaluation.metrics import segmentation_metrics
from segrepro.utils.errors import MetricError
from tests.evaluation.metrics import oracle
from tests.raised import raised

DISTANCES = ("hd_mm", "hd95_mm", "assd_mm")


def box(shape, start, stop):
    mask = np.zeros(shape, bool)
    mask[tuple(slice(a, b) for a, b in zip(start, stop))] = True
    return mask


def ball(shape, centre, radius_mm, spacing):
    axes = np.ix_(*((np.arange(n) - c) * s for n, c, s in zip(shape, centre, spacing)))
    return sum(a**2 for a in axes) <= radius_mm**2


def test_shifted_box_gives_the_known_numbers():
    reference = box((20, 20, 20), (5, 5, 5), (15, 15, 15))
    scores = segmentation_metrics(np.roll(reference, 4, axis=0), reference, (1, 1, 1))
    assert scores["dice"] == pytest.approx(0.6)
    assert scores["iou"] == pytest.approx(600 / 1400)
    assert scores["precision"] == scores["recall"] == pytest.approx(0.6)
    assert scores["accuracy"] == pytest.approx((8000 - 800) / 8000)
    assert scores["specificity"] == pytest.approx((7000 - 400) / 7000)
    assert scores["hd_mm"] == 4
    assert scores["rve"] == 0
    assert scores["prediction_volume_ml"] == scores["reference_volume_ml"] == 1.0


def test_concentric_balls_are_as_far_apart_as_their_radii():
    small, large = (ball((64, 64, 64), (32, 32, 32), r, (1, 1, 1)) for r in (12, 20))
    scores = segmentation_metrics(large, small, (1, 1, 1))
    assert scores["hd_mm"] == pytest.approx(8, abs=0.9)
    assert scores["assd_mm"] == pytest.approx(8, abs=0.5)
    assert scores["rve"] == pytest.approx((20 / 12) ** 3 - 1, rel=0.02)
    assert scores["avd_percent"] == 100 * scores["rve"]


def test_spacing_goes_with_the_axes_of_the_array():
    reference = box((12, 12, 12), (4, 4, 4), (8, 8, 8))
    spacing = (0.5, 2.0, 7.0)
    for axis, step in enumerate(spacing):
        scores = segmentation_metrics(np.roll(reference, 1, axis=axis), reference, spacing)
        assert scores["hd_mm"] == step
        assert scores["prediction_volume_ml"] == pytest.approx(64 * 7 / 1000)


@pytest.mark.parametrize("spacing", [(1, 1, 1), (0.9, 0.9, 6.0), (4.0, 0.3, 1.1)])
def test_single_voxels_far_apart_are_measured_exactly(spacing):
    first, second = (box((40, 50, 30), p, np.add(p, 1)) for p in ((0, 0, 0), (39, 49, 29)))
    scores = segmentation_metrics(first, second, spacing)
    expected = np.linalg.norm(np.multiply((39, 49, 29), spacing))
    assert [scores[d] for d in DISTANCES] == pytest.approx([expected] * 3)
    assert scores["diagonal_mm"] == pytest.approx(np.linalg.norm(np.multiply((40, 50, 30), spacing)))
    assert scores["dice"] == 0


def random_masks(rng, ndim, roughness=3):
    shape = rng.integers(4, 26, ndim)
    noise = [ndimage.uniform_filter(rng.random(shape), roughness) for _ in range(2)]
    return [n > np.quantile(n, q) for n, q in zip(noise, rng.uniform(0.3, 0.97, 2))]


OPTIONS = {
    "faces": {},
    "faces_open": {"border": 1},
    "slices_open": {"border": 1, "structure": np.ones((3, 3))},
}


@pytest.mark.parametrize("ndim", [2, 3])
@pytest.mark.parametrize("surface", OPTIONS)
@pytest.mark.parametrize("order", ["C", "F"])
def test_distances_equal_a_distance_transform_of_the_whole_volume(surface, ndim, order):
    rng = np.random.default_rng(ndim)
    options = dict(OPTIONS[surface])
    if ndim == 3 and "structure" in options:
        options["structure"] = options["structure"][..., None]
    for trial in range(40):
        prediction, reference = random_masks(rng, ndim)
        spacing = tuple(rng.uniform(0.2, 7, ndim)) if trial % 2 else (1.0,) * ndim
        expected = oracle.distances(prediction, reference, spacing, **options)
        masks = [np.asarray(m, order=order) for m in (prediction, reference)]
        found = segmentation_metrics(*masks, spacing, surface=surface)
        assert {d: found[d] for d in DISTANCES} == pytest.approx({d: expected[d] for d in DISTANCES}, abs=1e-9)
        other = segmentation_metrics(*masks, spacing, surface=surface, hd95="pooled", assd="mean_of_means")
        assert other["hd95_mm"] == pytest.approx(expected["hd95_pooled"], abs=1e-9)
        assert other["assd_mm"] == pytest.approx(expected["assd_mean_of_means"], abs=1e-9)


def test_definitions_differ_where_a_far_false_positive_stands():
    reference = box((60, 40), (5, 5), (25, 25))
    prediction = box((60, 40), (10, 10), (14, 14)) | box((60, 40), (56, 20), (57, 21))
    scores = [
        segmentation_metrics(prediction, reference, (1, 1), hd95=hd95, assd=assd)
        for hd95, assd in (("maximum", "pooled"), ("pooled", "mean_of_means"))
    ]
    a, b = oracle.directed(prediction, reference, (1, 1))
    assert scores[0]["hd95_mm"] == pytest.approx(max(np.percentile(d, 95) for d in (a, b)))
    assert scores[1]["hd95_mm"] == pytest.approx(np.percentile([*a, *b], 95))
    assert scores[0]["hd95_mm"] != scores[1]["hd95_mm"]
    assert scores[0]["assd_mm"] == pytest.approx(np.mean([*a, *b]))
    assert scores[1]["assd_mm"] == pytest.approx((a.mean() + b.mean()) / 2)
    assert scores[1]["assd_mm"] != scores[0]["assd_mm"]


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int16, np.int64, np.float32])
def test_every_type_of_mask_gives_the_same(dtype):
    rng = np.random.default_rng(3)
    masks = random_masks(rng, 3)
    expected = segmentation_metrics(*masks, (1, 2, 3))
    assert segmentation_metrics(*(m.astype(dtype) for m in masks), (1, 2, 3)) == expected


def test_masks_of_unlike_memory_order_and_views_give_the_same():
    masks = random_masks(np.random.default_rng(5), 3)
    expected = segmentation_metrics(*masks, (1, 2, 3))
    mixed = np.asfortranarray(masks[0]), masks[1]
    assert segmentation_metrics(*mixed, (1, 2, 3)) == expected
    assert segmentation_metrics(*mixed[::-1], (1, 2, 3))["assd_mm"] == pytest.approx(expected["assd_mm"])
    doubled = [np.repeat(m, 2, axis=1)[:, ::2] for m in masks]
    assert segmentation_metrics(*doubled, (1, 2, 3)) == expected


def test_labels_score_as_their_binary_masks():
    rng = np.random.default_rng(1)
    labels = [1, 2, 3, 7, 12]
    maps = [ndimage.zoom(rng.choice([0, *labels], (6, 6, 6)), 4, order=0).astype(np.int16) for _ in range(2)]
    scores = segmentation_metrics(*maps, (1, 1.5, 3), labels)
    assert list(scores) == labels
    for label in labels:
        assert scores[label] == segmentation_metrics(*(m == label for m in maps), (1, 1.5, 3))


def test_a_bool_mask_holds_the_label_1_alone():
    masks = [box((8, 8, 8), (2, 2, 2), (6, 6, 6)), box((8, 8, 8), (3, 2, 2), (6, 6, 6))]
    scores = segmentation_metrics(*masks, (1, 1, 1), [1, 2])
    assert scores[1] == segmentation_metrics(*masks, (1, 1, 1))
    assert scores[2] == pytest.approx(segmentation_metrics(*[m & False for m in masks], (1, 1, 1)), nan_ok=True)
    whole = segmentation_metrics(masks[0], masks[1] * 2, (1, 1, 1), [1, 2])
    assert (whole[1]["dice"], whole[2]["dice"]) == (0, 0)
    with raised(MetricError, found="the label 1"):
        segmentation_metrics(*masks, (1, 1, 1), [2])


def test_a_label_that_occurs_nowhere_is_undefined_not_dropped():
    maps = [np.eye(5, dtype=int)] * 2
    scores = segmentation_metrics(*maps, (1, 1), [1, 2])
    assert scores[1]["dice"] == 1
    assert np.isnan(scores[2]["dice"])
    assert scores[2]["accuracy"] == 1


EMPTY, FULL = np.zeros((4, 5), bool), np.ones((4, 5), bool)


@pytest.mark.parametrize(
    ("prediction", "reference", "dice", "precision", "recall", "rve"),
    [
        (EMPTY, FULL, 0, np.nan, 0, 1),
        (FULL, EMPTY, 0, 0, np.nan, np.nan),
        (EMPTY, EMPTY, np.nan, np.nan, np.nan, np.nan),
    ],
)
def test_empty_masks_by_default(prediction, reference, dice, precision, recall, rve):
    scores = segmentation_metrics(prediction, reference, (1, 1))
    found = [scores[m] for m in ("dice", "precision", "recall", "rve")]
    assert found == pytest.approx([dice, precision, recall, rve], nan_ok=True)
    assert all(np.isnan(scores[d]) for d in DISTANCES)
    assert scores["diagonal_mm"] > 0


def test_a_mask_that_fills_the_volume_is_closed_or_has_no_surface():
    assert segmentation_metrics(FULL, FULL, (1, 1))["hd_mm"] == 0
    assert np.isnan(segmentation_metrics(FULL, FULL, (1, 1), surface="faces_open")["hd_mm"])


HOLED = np.array([[0.0, np.nan]])


@pytest.mark.parametrize(
    ("prediction", "reference", "spacing", "labels", "words"),
    [
        (FULL, FULL[:3], (1, 1), None, "shape (4, 5)"),
        (FULL, FULL, None, None, "spacing_mm"),
        (FULL, FULL, (1,), None, "2 positive numbers"),
        (FULL, FULL, (1, 0), None, "2 positive numbers"),
        (FULL, FULL, (1, -1), None, "2 positive numbers"),
        (FULL, FULL, (1, np.nan), None, "2 positive numbers"),
        (FULL, FULL, "ab", None, "2 positive numbers"),
        (HOLED, HOLED, (1, 1), None, "NaN"),
        (FULL * 0.3, FULL, (1, 1), None, "not whole"),
        (FULL * 2, FULL, (1, 1), None, "the label 2"),
        (FULL * -1, FULL, (1, 1), None, "the label -1"),
        (FULL * 3, FULL, (1, 1), [1, 2], "the label 3"),
        (FULL.astype(str), FULL, (1, 1), None, "type <U5"),
        (FULL, FULL, (1, 1), 1, "labels: found 1; expected a sequence of integers"),
        (FULL, FULL, (1, 1), "12", "labels: found '12'"),
        (FULL, FULL, (1, 1), [1.5], "labels: found [1.5]"),
        (FULL[0], FULL[0], (1,), None, "2 or 3 axes"),
        (FULL[:0], FULL[:0], (1, 1), None, "2 or 3 axes"),
    ],
)
def test_wrong_input_is_refused_in_one_line(prediction, reference, spacing, labels, words):
    with pytest.raises(MetricError) as caught:
        segmentation_metrics(prediction, reference, spacing, labels)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("option", ["surface", "hd95", "assd"])
def test_an_unknown_option_names_the_known_ones(option):
    with raised(MetricError, expected="one of"):
        segmentation_metrics(FULL, FULL, (1, 1), **{option: "nonsense"})


@pytest.mark.parametrize("kind", ["box", "far", "salt", "voxel", "labels"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_peak_memory_is_below_three_masks(kind, order):
    """Masks that fill their volume, so that the crop gains nothing."""
    shape, rng = (150, 180, 160), np.random.default_rng(0)
    prediction, reference = (ball(shape, (c, 90, 80), 50, (1, 1, 1)) for c in (75, 77))
    if kind == "box":
        prediction, reference = box(shape, (0, 0, 0), shape), box(shape, (1, 1, 1), shape)
    elif kind == "salt":
        prediction, reference = (m | (rng.random(shape) < 0.005) for m in (prediction, reference))
    elif kind == "voxel":
        prediction = box(shape, (0, 0, 0), (1, 1, 1))
    else:
        prediction |= box(shape, (0, 0, 0), (5, 5, 5)) | box(shape, (145, 175, 155), shape)
    masks = [np.asarray(m, np.uint8, order=order) for m in (prediction, reference)]
    tracemalloc.start()
    segmentation_metrics(*masks, (1, 1, 1), [1] if kind == "labels" else None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * masks[0].nbytes
