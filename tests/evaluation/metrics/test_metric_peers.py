"""Agreement with other packages; where a definition differs, the test says how and checks the difference."""

import numpy as np
import pytest
from scipy import ndimage

from segrepro.evaluation.metrics import segmentation_metrics
from segrepro.images.io import read_image

OVERLAP = ("dice", "iou", "precision", "recall", "specificity", "accuracy")


def smooth_masks(seed, shape, quantiles=(0.8, 0.85)):
    rng = np.random.default_rng(seed)
    base = ndimage.gaussian_filter(rng.random(shape), 3)
    return [(m := base + 0.02 * ndimage.gaussian_filter(rng.random(shape), 2)) > np.quantile(m, q) for q in quantiles]


def solids():
    """Name -> prediction, reference, spacing."""
    x, y, z = np.ix_(*(np.arange(n) - n / 2 for n in (40, 44, 36)))
    ball = x**2 + y**2 + z**2 < 100
    cube = (abs(x) < 7) & (abs(y) < 9) & (abs(z) < 5)
    edge = np.zeros_like(ball)
    edge[:6, :7, :8] = edge[-3:, 20:, 10:] = True
    single = np.zeros_like(ball)
    single[3, 4, 5] = True
    return {
        "balls": (np.roll(ball, 3, axis=1), ball, (1, 1, 1)),
        "boxes": (np.roll(cube, (2, -1), axis=(0, 2)), cube, (0.7, 1.3, 2.0)),
        "anisotropic": (np.roll(ball, 2, axis=2), cube, (0.9, 0.9, 6.0)),
        "border": (edge, np.roll(edge, 2, axis=0), (1, 2, 0.5)),
        "voxel": (single, ball, (1.5, 1, 3)),
        "noise": (*smooth_masks(0, (40, 44, 36)), (1, 1, 2.5)),
        "plane": (ball[:, :, 18], cube[:, :, 18], (0.8, 1.1)),
    }


REAL = {
    "wmh": "wmh-like/19/wmh.nii.gz",
    "spleen": "msd-spleen/Task09_Spleen/labelsTr/spleen_2.nii.gz",
    "stroke": "soop-flair/masks/sub-101.png",
    "isles": "isles22/sub-strokecase0009_ses-0001_msk.nii.gz",
}


def real_pair(path):
    """A real mask, and as a prediction with errors the same one shifted and dilated."""
    image = read_image(path)
    reference = image.array > 0
    return ndimage.binary_dilation(np.roll(reference, 1, axis=0)), reference, image.spacing_mm


@pytest.fixture(scope="module", params=[*solids(), *REAL])
def pair(request):
    if request.param in REAL:
        return real_pair(request.getfixturevalue("real_data") / REAL[request.param])
    prediction, reference, spacing = solids()[request.param]
    return prediction, reference, tuple(map(float, spacing))


def monai_scores(prediction, reference, spacing):
    import torch
    from monai import metrics

    p, r = (torch.from_numpy(np.ascontiguousarray(m))[None, None].float() for m in (prediction, reference))
    matrix = metrics.get_confusion_matrix(p, r)
    options = {"include_background": True, "spacing": spacing}
    names = {
        "precision": "precision",
        "recall": "sensitivity",
        "specificity": "specificity",
        "accuracy": "accuracy",
    }
    return {
        "dice": float(metrics.compute_dice(p, r)),
        "iou": float(metrics.compute_iou(p, r)),
        **{ours: float(metrics.compute_confusion_matrix_metric(n, matrix)) for ours, n in names.items()},
        "hd_mm": float(metrics.compute_hausdorff_distance(p, r, **options)),
        "hd95_mm": float(metrics.compute_hausdorff_distance(p, r, percentile=95, **options)),
        "assd_mm": float(metrics.compute_average_surface_distance(p, r, symmetric=True, **options)),
    }


def test_monai_gives_the_same(pair):
    expected = monai_scores(*pair)
    found = segmentation_metrics(*pair)
    assert {m: found[m] for m in expected} == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_medpy_gives_the_same_with_the_pooled_percentile(pair):
    """MedPy pools both directions before it takes the percentile; its volume difference is signed."""
    from medpy.metric import binary

    prediction, reference, spacing = pair
    found = segmentation_metrics(*pair, hd95="pooled")
    expected = {
        "dice": binary.dc(prediction, reference),
        "iou": binary.jc(prediction, reference),
        "precision": binary.precision(prediction, reference),
        "recall": binary.recall(prediction, reference),
        "specificity": binary.specificity(prediction, reference),
        "rve": abs(binary.ravd(prediction, reference)),
        "hd_mm": binary.hd(prediction, reference, spacing),
        "hd95_mm": binary.hd95(prediction, reference, spacing),
        "assd_mm": binary.assd(prediction, reference, spacing),
    }
    assert {m: found[m] for m in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)


def itk(mask, spacing):
    import SimpleITK as sitk  # noqa: N813

    image = sitk.GetImageFromArray(np.ascontiguousarray(mask, np.uint8))
    image.SetSpacing([float(s) for s in spacing[::-1]])
    return image


def test_simpleitk_overlap_is_the_same(pair):
    import SimpleITK as sitk  # noqa: N813

    prediction, reference, spacing = pair
    measures = sitk.LabelOverlapMeasuresImageFilter()
    measures.Execute(itk(prediction, spacing), itk(reference, spacing))
    found = segmentation_metrics(*pair)
    assert found["dice"] == pytest.approx(measures.GetDiceCoefficient())
    assert found["iou"] == pytest.approx(measures.GetJaccardCoefficient())
    assert 1 - found["recall"] == pytest.approx(measures.GetFalseNegativeError())


def test_simpleitk_measures_to_the_filled_object(pair):
    """Its Hausdorff filter takes every voxel of one mask to the nearest voxel of the other, 0 inside: the
    maximum can
    only be smaller than between surfaces, and its average is far below an ASSD."""
    import SimpleITK as sitk  # noqa: N813

    prediction, reference, spacing = pair
    distance = sitk.HausdorffDistanceImageFilter()
    distance.Execute(itk(prediction, spacing), itk(reference, spacing))
    filled = [ndimage.distance_transform_edt(~m, spacing) for m in (prediction, reference)]
    expected = max(filled[1][prediction].max(), filled[0][reference].max())
    found = segmentation_metrics(*pair)
    assert distance.GetHausdorffDistance() == pytest.approx(expected, rel=1e-5)
    assert found["hd_mm"] >= expected - 1e-9
    assert distance.GetAverageHausdorffDistance() <= found["assd_mm"] * 2 + 1e-6


def test_surface_distance_weighs_surface_elements(pair):
    """DeepMind's package measures between surface elements at the corners of voxels, weighted by area: the
    largest
    distance differs by at most a voxel's diagonal, and so do the percentiles of a ball."""
    import surface_distance

    prediction, reference, spacing = pair
    found = segmentation_metrics(*pair)
    measured = surface_distance.compute_surface_distances(reference, prediction, spacing)
    assert surface_distance.compute_dice_coefficient(reference, prediction) == pytest.approx(found["dice"])
    diagonal = np.linalg.norm(spacing)
    assert abs(surface_distance.compute_robust_hausdorff(measured, 100) - found["hd_mm"]) <= diagonal
    directed = surface_distance.compute_average_surface_distance(measured)
    assert abs(np.mean(directed) - found["assd_mm"]) <= diagonal + 0.25 * found["assd_mm"]


def test_surface_distance_equals_ours_for_a_shifted_box():
    import surface_distance

    reference = np.zeros((30, 30, 30), bool)
    reference[8:20, 8:20, 8:20] = True
    prediction = np.roll(reference, 5, axis=2)
    measured = surface_distance.compute_surface_distances(reference, prediction, (1, 2, 3))
    expected = surface_distance.compute_robust_hausdorff(measured, 100)
    assert segmentation_metrics(prediction, reference, (1, 2, 3))["hd_mm"] == expected == 15


def test_skimage_hausdorff_of_the_surfaces_is_the_same(pair):
    from skimage.metrics import hausdorff_distance

    from tests.evaluation.metrics import oracle

    prediction, reference, spacing = pair
    expected = hausdorff_distance(oracle.surface(prediction), oracle.surface(reference))
    assert segmentation_metrics(prediction, reference, (1,) * len(spacing))["hd_mm"] == pytest.approx(expected)
