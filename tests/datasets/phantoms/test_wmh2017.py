import hashlib

import numpy as np
import pytest
from scipy import ndimage

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.phantoms.wmh2017 import SCANNERS, scanner_space
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.io import read_image
from segrepro.images.scans import read_scan
from segrepro.preprocessing.features import compute_features

DEMO = {"coarser": (3.75, 3.75, 4.0)}
SMALL = {"coarser": (7.5, 7.5, 6.0)}


def arrays(case):
    """FLAIR, T1 and label along (S, H, W) of RAS+."""
    scans = [(read_scan(path), path) for path in (*case.images.values(), *case.labels)]
    return [to_slices(scan.array, orientation_of(scan, path)) for scan, path in scans]


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(read_image(path).array.tobytes()).hexdigest()
        for path in folder.rglob("*.nii.gz")
    }


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / "wmh"
    write_phantom("wmh2017", folder, patients=12, seed=3, other_pathology=0.25, lesion_ml=(8.0, 60.0), **DEMO)
    return open_dataset("wmh2017", folder)


def test_the_layout_is_the_challenges_and_the_data_are_sound(demo):
    assert check_dataset(demo, folds=5) == []
    assert {case.site for case in demo.cases} == {"Utrecht", "Singapore", "GE3T"}
    assert sorted(case.id for case in demo.cases if case.site == "GE3T") == [f"GE3T-{n}" for n in range(100, 104)]
    paths = {path.relative_to(demo.folder).as_posix() for path in demo.folder.rglob("*.nii.gz")}
    assert {"Utrecht/0/pre/FLAIR.nii.gz", "Singapore/50/pre/T1.nii.gz", "Amsterdam/GE3T/103/wmh.nii.gz"} <= paths
    assert len(paths) == 3 * 12


def test_scanners_differ_in_grid_orientation_and_brightness(demo):
    shapes = {"Utrecht": (64, 64, 12), "Singapore": (62, 68, 12), "GE3T": (35, 68, 21)}
    spacings = {"Utrecht": (3.6, 3.5625, 12), "Singapore": (3.75, 3.75, 12), "GE3T": (4.5, 3.675, 12)}
    codes, levels = {}, {}
    for case in demo.cases:
        path = case.images["flair"]
        image, label = read_image(path), read_image(case.labels[0])
        assert image.array.shape == label.array.shape == shapes[case.site]
        assert image.spacing_mm == pytest.approx(spacings[case.site], rel=1e-4)
        assert (image.array.dtype, label.array.dtype) == (np.int16, np.uint8)
        codes[case.site] = orientation_of(image, path)
        levels.setdefault(case.site, []).append(np.percentile(image.array, 95))
    assert codes == {"Utrecht": "LAS", "Singapore": "RAS", "GE3T": "LPS"}
    assert np.mean(levels["Singapore"]) > 1.5 * np.mean(levels["GE3T"]) > 2 * np.mean(levels["Utrecht"])


def test_at_full_size_the_grids_are_those_of_the_challenge():
    sizes = [tuple(len(axis) for axis in (s.x, s.y, s.z)) for s, _ in (scanner_space(s, 1.0) for s in SCANNERS[:3])]
    assert sizes == [(240, 240, 48), (232, 256, 48), (132, 256, 83)]


def test_the_head_stands_upright_in_every_orientation(demo):
    """Slices in the one standard order show the same anatomy: the front is where the frontal skull is."""
    means = {}
    for case in demo.cases:
        flair, _, _ = arrays(case)
        middle = flair[len(flair) // 2].astype(float)
        brain = middle > 0.4 * np.percentile(middle, 98)
        rows, columns = np.nonzero(brain)
        assert abs(columns.mean() - (middle.shape[1] - 1) / 2) < 2
        assert abs(rows.mean() - (middle.shape[0] - 1) / 2) < 3
        # The vertex is narrow, the level of the skull base is wide.
        area = (flair > 0.4 * np.percentile(flair, 98)).sum(axis=(1, 2)) * 1.0
        means[case.id] = area[-3:].mean() / area.max()
    assert max(means.values()) < 0.6


def test_lesions_are_bright_on_flair_and_darker_than_white_matter_on_t1(demo):
    for case in demo.cases:
        flair, t1, label = arrays(case)
        lesion = label == 1
        around = ndimage.binary_dilation(lesion, iterations=2) & (label == 0) & (t1 > 0.7 * np.median(t1[lesion]))
        assert np.median(flair[lesion]) > 1.2 * np.median(flair[around])
        assert np.median(t1[lesion]) < 0.95 * np.median(t1[around])


def test_lesions_are_many_and_mostly_small(demo):
    counts, shares = [], []
    for case in demo.cases:
        _, _, label = arrays(case)
        regions, count = ndimage.label(label == 1, np.ones((3, 3, 3)))
        sizes = np.bincount(regions.ravel())[1:]
        counts.append(count)
        shares.append(np.mean(sizes < 0.25 * sizes.sum()))
    assert min(counts) >= 5
    assert np.mean(shares) > 0.8


def test_no_threshold_finds_them(demo):
    for case in demo.cases:
        flair, _, label = arrays(case)
        lesion = label == 1
        dice = [2 * (lesion & (flair > t)).sum() / (lesion.sum() + (flair > t).sum()) for t in np.unique(flair)[::10]]
        assert max(dice) < 0.6


def test_volumes_are_those_asked_for(demo):
    for case in demo.cases:
        image = read_image(case.labels[0])
        volume = (image.array == 1).sum() * np.prod(image.spacing_mm) / 1000
        assert 7.5 < volume < 61


def test_some_patients_have_other_pathology_grown_within_the_slice(demo):
    ill = [case for case in demo.cases if (read_image(case.labels[0]).array == 2).any()]
    assert len(ill) == 3
    for case in ill:
        _, t1, label = arrays(case)
        other = label == 2
        hole = ndimage.binary_erosion(other, np.ones((1, 3, 3)))
        assert hole.any()
        assert t1[hole].min() < 0.6 * np.median(t1[label == 1])


def test_the_residue_shows_the_lesions(demo):
    case = demo.cases[-1]
    residue = compute_features("area_opening", case, {"area_px": 12})[0]["residue"].astype(float) + 127
    label = read_image(case.labels[0]).array
    assert residue.shape == label.shape
    assert residue[label == 1].mean() > 2 * residue[label == 0].mean()


def test_a_patient_depends_on_seed_and_number_alone(tmp_path):
    write_phantom("wmh2017", tmp_path / "few", patients=4, seed=1, **SMALL)
    write_phantom("wmh2017", tmp_path / "many", patients=7, seed=1, workers=2, **SMALL)
    write_phantom("wmh2017", tmp_path / "other", patients=4, seed=2, **SMALL)
    few, many, other = (digests(tmp_path / name) for name in ("few", "many", "other"))
    assert few.items() <= many.items()
    assert len(many) > len(few)
    assert not set(few.values()) & set(other.values())


def test_lesions_can_be_few_and_other_pathology_absent(tmp_path):
    write_phantom("wmh2017", tmp_path, patients=6, lesion_ml=(0.001, 0.002), other_pathology=0.0, **SMALL)
    for case in open_dataset("wmh2017", tmp_path).cases:
        label = read_image(case.labels[0]).array
        assert set(np.unique(label)) == {0, 1}
        assert (label == 1).sum() == 4


def test_with_test_patients_it_has_the_releases_parts_scanners_and_annotators(tmp_path):
    settings = SMALL | {"lesion_ml": (8.0, 60.0), "seed": 3}
    write_phantom("wmh2017", tmp_path / "whole", patients=4, test_patients=5, **settings)
    dataset = open_dataset("wmh2017", tmp_path / "whole")
    assert check_dataset(dataset, folds=2) == []
    test = {case.id for case in dataset.cases if case.part == "test"}
    assert test == {"Utrecht-20", "Singapore-70", "GE3T-120", "GE1T5-150", "Philips_VU_PETMR_01-160"}
    training = [case for case in dataset.cases if case.part == "train"]
    assert [case.id for case in training] == ["GE3T-100", "Singapore-50", "Utrecht-0", "Utrecht-1"]
    for case in training:
        lesion = read_image(case.labels[0]).array == 1
        sizes = [np.count_nonzero(read_image(path).array & lesion) for _, path in sorted(case.annotations.items())]
        assert sizes[0] >= sizes[1] > 0
    # The tidy variant has the same training patients.
    write_phantom("wmh2017", tmp_path / "tidy", patients=4, **settings)
    for name, digest in digests(tmp_path / "tidy").items():
        assert digests(tmp_path / "whole")[f"training/{name}"] == digest
