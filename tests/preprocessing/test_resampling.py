"""Resampling to a spacing in mm, beside what nnU-Net and TorchIO compute."""

import numpy as np
import pytest
import SimpleITK
from scipy.ndimage import gaussian_filter, map_coordinates

from segrepro.datasets import Case
from segrepro.images.io import write_image
from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.preprocessing.resampling import resampling_to, to_scan_spacing, to_spacing
from segrepro.preprocessing.resize_crop import to_scan_grid
from tests.scans import affine_of

GRIDS = [((7, 40, 33), (5.0, 0.9, 0.9), (2.5, 1.2, 1.2)), ((12, 31, 30), (1.0, 1.1, 0.7), (3.0, 1.0, 1.0))]


def smooth(shape, seed=0):
    return gaussian_filter(np.random.default_rng(seed).normal(size=shape), 2).astype(np.float32)


@pytest.mark.parametrize(("shape", "own", "wanted"), GRIDS)
def test_the_shape_is_nnunets(shape, own, wanted):
    # nnunetv2.preprocessing.resampling.default_resampling.compute_new_shape
    nnunet = [int(round(i / j * k)) for i, j, k in zip(own, wanted, shape)]
    assert list(resampling_to(shape, own, wanted).shape) == nnunet


@pytest.mark.parametrize(("shape", "own", "wanted"), GRIDS)
def test_values_are_torchios(shape, own, wanted):
    """torchio.Resample: a grid of exactly that spacing around the scan's centre, sampled linearly by SimpleITK."""
    slices, grids = smooth(shape), resampling_to(shape, own, wanted)
    scan = SimpleITK.GetImageFromArray(slices)
    scan.SetSpacing(own[::-1])
    scan.SetOrigin((11.0, -7.0, 3.0))
    last = scan.TransformIndexToPhysicalPoint([n - 1 for n in scan.GetSize()])
    centre = (np.array(last) + scan.GetOrigin()) / 2
    size, spacing = np.array(grids.shape[::-1]), np.array(wanted[::-1])
    reference = SimpleITK.Image([int(n) for n in size], SimpleITK.sitkFloat32)
    reference.SetSpacing(spacing)
    reference.SetOrigin(centre - (size - 1) / 2 * spacing)
    torchio = SimpleITK.GetArrayFromImage(SimpleITK.Resample(scan, reference, SimpleITK.Transform()))
    inner = (slice(1, -1),) * 3  # TorchIO has 0 where the grid leaves the scan
    np.testing.assert_allclose(to_spacing(slices, grids)[inner], torchio[inner], atol=1e-5)


def test_values_are_those_of_linear_interpolation_on_whole_extents():
    """Where the extent is a multiple of the new spacing, nnU-Net's grid (skimage's resize) is this one."""
    slices, grids = smooth((6, 24, 20)), resampling_to((6, 24, 20), (2.0, 1.0, 1.0), (1.0, 2.0, 0.5))
    assert grids.shape == (12, 12, 40)
    places = [(np.arange(m) + 0.5) * n / m - 0.5 for m, n in zip(grids.shape, slices.shape)]
    expected = map_coordinates(slices, np.meshgrid(*places, indexing="ij"), order=1, mode="nearest")
    np.testing.assert_allclose(to_spacing(slices, grids), expected, atol=1e-5)


def test_a_mask_has_the_values_of_the_nearest_voxels():
    mask = np.random.default_rng(0).choice([0, 3, 200], (4, 10, 10)).astype(np.uint8)
    grids = resampling_to(mask.shape, (3.0, 1.0, 1.0), (1.0, 1.0, 1.0))
    np.testing.assert_array_equal(to_spacing(mask, grids), np.repeat(mask, 3, axis=0))
    np.testing.assert_array_equal(to_scan_spacing(to_spacing(mask, grids), grids), mask)


def test_a_kept_spacing_changes_nothing():
    slices = smooth((3, 8, 8)).astype(np.float16)
    assert to_spacing(slices, resampling_to(slices.shape, (3.0, 1.0, 1.0), (None, None, 1.0))) is slices


def test_one_slice_can_be_resampled_and_comes_back():
    slices = smooth((1, 8, 8))
    grids = resampling_to(slices.shape, (6.0, 1.0, 1.0), (20.0, 1.0, 1.0))
    assert grids.shape == (1, 8, 8)
    np.testing.assert_allclose(to_scan_spacing(to_spacing(slices, grids), grids), slices, atol=1e-6)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
@pytest.mark.parametrize("codes", ["RAS", "LPI", "PIR", "ASL"])
def test_a_ball_lies_where_it_was_after_the_way_there_and_back(tmp_path, plane, codes):
    """One volume in every order of axes and every plane: centre and size of a ball in mm survive."""
    spacing = {"R": 0.8, "L": 0.8, "A": 1.1, "P": 1.1, "S": 4.0, "I": 4.0}
    affine = affine_of(codes, [spacing[code] for code in codes], tilt=0.3)
    shape = [{0.8: 50, 1.1: 44, 4.0: 13}[spacing[code]] for code in codes]
    middle = (np.array(shape) - 1) / 2 + [3, -2, 1]
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    mm = (index - middle) * [spacing[code] for code in codes]
    ball = (np.linalg.norm(mm, axis=-1) < 12).astype(np.uint8)
    write_image(tmp_path / "t1.nii.gz", ball * 90 + 10, affine)
    write_image(tmp_path / "label.nii.gz", ball, affine)
    case = Case("a", "a", "", {"t1": tmp_path / "t1.nii.gz"}, (tmp_path / "label.nii.gz",))
    prepared = prepare_case(case, Preparation(slices=plane, size=(64, 64), spacing_mm=(2.0, 1.0, 1.0)))
    assert prepared.record.spacing_mm == (2.0, 1.0, 1.0)
    found = prepared.arrays["label"]
    assert found.sum() * 2 == pytest.approx(4 / 3 * np.pi * 12**3, rel=0.08)  # ml of the ball, in mm cubed
    back = to_scan_grid(found, prepared.record)
    assert back.shape == ball.shape
    assert 2 * (back & ball).sum() / (back.sum() + ball.sum()) > 0.95
    probability = to_scan_grid(prepared.arrays["t1"].astype(np.float32), prepared.record)
    assert 2 * ((probability > 0.5) & (ball > 0)).sum() / ((probability > 0.5).sum() + ball.sum()) > 0.97
