"""Lesions counted, against a count with SimpleITK."""

import numpy as np
import pytest
from scipy import ndimage

from segrepro.evaluation.metrics import lesion_metrics
from segrepro.utils.errors import MetricError
from tests.raised import raised


def count_with_itk(mask, full):
    import SimpleITK as sitk  # noqa: N813

    parts = sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)), full)
    return sitk.GetArrayFromImage(parts)


@pytest.mark.parametrize("connectivity", [6, 26])
@pytest.mark.parametrize("seed", range(5))
def test_counts_equal_simpleitk(connectivity, seed):
    rng = np.random.default_rng(seed)
    masks = [ndimage.uniform_filter(rng.random((20, 22, 18)), 2) > 0.65 for _ in range(2)]
    found, real = (count_with_itk(m, connectivity == 26) for m in masks)
    overlap = masks[0] & masks[1]
    recall = np.unique(real[overlap]).size / real.max()
    precision = np.unique(found[overlap]).size / found.max()
    scores = lesion_metrics(*masks, connectivity)
    assert scores["lesion_recall"] == pytest.approx(recall)
    assert scores["lesion_precision"] == pytest.approx(precision)
    assert scores["lesion_f1"] == pytest.approx(2 * recall * precision / (recall + precision))
    assert scores["lesion_count_difference"] == abs(int(found.max()) - int(real.max()))
    assert (scores["prediction_lesions"], scores["reference_lesions"]) == (found.max(), real.max())


def test_diagonal_voxels_are_one_lesion_by_default():
    mask = np.eye(3)[None].repeat(1, axis=0)
    assert lesion_metrics(mask, mask)["reference_lesions"] == 1
    assert lesion_metrics(mask, mask, 18)["reference_lesions"] == 1
    assert lesion_metrics(mask, mask, 6)["reference_lesions"] == 3


def test_one_prediction_over_two_lesions_counts_once_in_precision():
    reference = np.array([[1, 1, 0, 1, 1, 0, 0, 1]])
    prediction = np.array([[0, 1, 1, 1, 0, 0, 0, 0]])
    scores = lesion_metrics(prediction, reference)
    assert scores["lesion_recall"] == pytest.approx(2 / 3)
    assert scores["lesion_precision"] == 1
    assert scores["lesion_f1"] == pytest.approx(0.8)
    assert lesion_metrics(prediction, reference, f1="counts")["lesion_f1"] == pytest.approx(2 / 2.5)


def test_disjoint_lesions_score_zero():
    scores = lesion_metrics(np.array([[1, 0, 0]]), np.array([[0, 0, 1]]))
    assert [scores[m] for m in ("lesion_recall", "lesion_precision", "lesion_f1")] == [0, 0, 0]


NONE, ONE = np.zeros((3, 3), bool), np.eye(3, dtype=bool)


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [
        (NONE, ONE, [0, np.nan, 0, 1]),
        (ONE, NONE, [np.nan, 0, 0, 1]),
        (NONE, NONE, [np.nan, np.nan, np.nan, 0]),
    ],
)
def test_nothing_to_count(prediction, reference, expected):
    scores = lesion_metrics(prediction, reference)
    names = ("lesion_recall", "lesion_precision", "lesion_f1", "lesion_count_difference")
    assert [scores[n] for n in names] == pytest.approx(expected, nan_ok=True)


def test_unknown_options_are_refused():
    with raised(MetricError, expected="4 or 8"):
        lesion_metrics(ONE, ONE, 26)
    with raised(MetricError, expected="harmonic or counts"):
        lesion_metrics(ONE, ONE, f1="macro")
    with raised(MetricError, found="shape"):
        lesion_metrics(ONE, ONE[:2])
