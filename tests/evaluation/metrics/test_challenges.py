"""The challenges' own scores: CHAOS on its published volume, WMH against SimpleITK as its scorer uses it."""

import json

import numpy as np
import pytest
from scipy.spatial import KDTree

from segrepro.evaluation.metrics import (
    chaos_scores,
    isic2017_scores,
    isles2018_scores,
    isles2022_scores,
    segmentation_metrics,
    wmh2017_scores,
)
from segrepro.images.io import read_image
from segrepro.utils.errors import MetricError
from tests.raised import raised


def stack(folder):
    return np.stack([read_image(f).array > 0 for f in sorted(folder.glob("*.png"))])


@pytest.fixture(scope="module")
def chaos(real_data):
    folder = real_data / "chaos"
    spacing = read_image(folder / "CT/3/DICOM_anon").spacing_mm[::-1]
    return stack(folder / "sample_submission"), stack(folder / "CT/3/Ground"), spacing


def test_chaos_sample_submission_gets_its_official_scores(chaos, real_data):
    expected = json.loads((real_data / "chaos/sample_submission_scores.json").read_text())
    expected.pop("note")
    assert chaos_scores(*chaos) == pytest.approx(expected, rel=1e-5)


def test_chaos_step_comes_from_the_positions(chaos):
    assert chaos[2] == pytest.approx((2.0, 0.7265625, 0.7265625))


def test_chaos_has_no_surface_where_the_volume_ends():
    organ = np.zeros((6, 12, 12), bool)
    organ[:, 3:9, 3:9] = True
    narrow = np.zeros_like(organ)
    narrow[:, 4:8, 4:8] = True
    closed = segmentation_metrics(narrow, organ, (5, 1, 1))  # its two ends add distances
    outlines = [organ[:1], narrow[:1]]  # one slice of each: all slices are alike
    assert chaos_scores(narrow, organ, (5, 1, 1))["assd_mm"] == pytest.approx(
        chaos_scores(*outlines, (5, 1, 1))["assd_mm"]
    )
    assert closed["assd_mm"] != pytest.approx(chaos_scores(narrow, organ, (5, 1, 1))["assd_mm"])


def write_slice(path, position):
    import pydicom
    from pydicom.uid import ExplicitVRLittleEndian

    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.ImagePositionPatient, data.ImageOrientationPatient = list(position), [1, 0, 0, 0, 1, 0]
    data.PixelSpacing, data.SliceThickness = [0.5, 0.7], 9
    data.save_as(path, enforce_file_format=True)


def wmh_with_itk(prediction, reference, spacing):
    """The five measures from SimpleITK's erosion and components on (z, y, x) images."""
    import SimpleITK as sitk  # noqa: N813

    masks = [(prediction >= 1) & (reference != 2), reference == 1]
    images = [sitk.GetImageFromArray(m.T.astype(np.uint8)) for m in masks]
    edges = [sitk.GetArrayFromImage(i - sitk.BinaryErode(i, (1, 1, 0))).T for i in images]
    points = [np.argwhere(e) * spacing for e in edges]
    distances = [KDTree(a).query(b)[0] for a, b in (points, points[::-1])]
    parts = [sitk.GetArrayFromImage(sitk.ConnectedComponent(i, True)).T for i in images]
    both = masks[0] & masks[1]
    precision, recall = (np.unique(p[both]).size / p.max() for p in parts)
    volumes = [int(m.sum()) for m in masks]
    return {
        "dice": 2 * both.sum() / sum(volumes),
        "hd95_mm": max(np.percentile(d, 95) for d in distances),
        "avd_percent": 100 * abs(volumes[0] - volumes[1]) / volumes[1],
        "lesion_recall": recall,
        "lesion_f1": 2 * precision * recall / (precision + recall),
    }


def wmh_case(path):
    image = read_image(path)
    reference = (image.array > 0).astype(np.uint8)
    reference[60:100, 60:100] *= 2
    return np.roll(reference, 1, axis=1) > 0, reference, image.spacing_mm


@pytest.mark.parametrize("patient", ["19", "26"])
def test_wmh_equals_the_scorers_recipe_on_real_masks(real_data, patient):
    case = wmh_case(real_data / "wmh-like" / patient / "wmh.nii.gz")
    assert wmh2017_scores(*case) == pytest.approx(wmh_with_itk(*case))


def test_wmh_equals_the_scorers_recipe_at_the_border_with_thick_slices():
    rng = np.random.default_rng(0)
    reference = np.kron(rng.choice([0, 1, 2], (5, 6, 4), p=(0.7, 0.2, 0.1)), np.ones((4, 4, 2), int))
    case = np.roll(reference, 1, axis=0) > 0, reference, (0.96, 0.98, 3.0)
    assert wmh2017_scores(*case) == pytest.approx(wmh_with_itk(*case))


def test_wmh_other_pathology_counts_in_neither_mask():
    reference = np.zeros((9, 9, 3), int)
    reference[1:4, 1:4], reference[5:8, 5:8] = 1, 2
    whole = wmh2017_scores(reference > 0, reference, (1, 1, 3))
    assert whole == wmh2017_scores(reference == 1, reference, (1, 1, 3))
    assert whole["dice"] == whole["lesion_f1"] == 1


def test_wmh_probabilities_are_cut_at_a_half():
    reference = np.zeros((6, 6, 2), int)
    reference[2:4, 2:4] = 1
    assert wmh2017_scores(reference * 0.5, reference, (1, 1, 1))["dice"] == 1
    assert wmh2017_scores(reference * 0.49, reference, (1, 1, 1))["dice"] == 0


def test_wmh_without_lesion_or_detection():
    reference = np.zeros((6, 6, 2), int)
    nothing = wmh2017_scores(reference, reference, (1, 1, 1))
    assert (nothing["lesion_recall"], nothing["lesion_f1"]) == (1, 1)
    assert np.isnan([nothing[m] for m in ("dice", "hd95_mm", "avd_percent")]).all()
    false = wmh2017_scores(reference + 1, reference, (1, 1, 1))
    assert (false["lesion_recall"], false["lesion_f1"], false["dice"]) == (1, 0, 0)


@pytest.mark.parametrize("reference", [np.full((4, 4, 2), 3), np.full((4, 4, 3), 1)])
def test_wmh_refuses_other_labels_and_shapes(reference):
    with pytest.raises(MetricError):
        wmh2017_scores(np.ones((4, 4, 2)), reference, (1, 1, 1))


@pytest.mark.parametrize("as_text", [0, 1])
def test_wmh_refuses_text(as_text):
    masks = [np.ones((4, 4, 2), int), np.ones((4, 4, 2), int)]
    masks[as_text] = masks[as_text].astype(str)
    with raised(MetricError, found="type <U"):
        wmh2017_scores(*masks, (1, 1, 1))


def test_isic_on_real_masks(real_data):
    masks = sorted((real_data / "isic2017").rglob("*_segmentation.png"))
    for path in masks:
        reference = read_image(path).array > 0
        scores = isic2017_scores(np.roll(reference, 5, axis=0), reference)
        assert list(scores) == ["accuracy", "dice", "jaccard", "sensitivity", "specificity"]
        assert scores["jaccard"] == pytest.approx(scores["dice"] / (2 - scores["dice"]))
    assert masks


def test_isic_refuses_a_mask_of_another_size():
    with raised(MetricError, found="shape"):
        isic2017_scores(np.ones((192, 256), int), np.ones((767, 1022), int))


def test_isles_measures(real_data):
    image = read_image(real_data / "isles22/sub-strokecase0009_ses-0001_msk.nii.gz")
    reference = image.array > 0
    prediction = np.roll(reference, 1, axis=0)
    prediction[0, 0, 0] = True
    scores = isles2018_scores(prediction, reference, image.spacing_mm)
    expected = segmentation_metrics(prediction, reference, image.spacing_mm, assd="mean_of_means")
    assert scores["assd_mm"] == expected["assd_mm"]
    assert scores["avd_ml"] == pytest.approx(np.prod(image.spacing_mm) / 1000)
    later = isles2022_scores(prediction, reference, image.spacing_mm)
    assert later["avd_ml"] == scores["avd_ml"]
    assert later["lesion_count_difference"] == 1
