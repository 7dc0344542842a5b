import hashlib

import nibabel as nib
import numpy as np
import pytest
from scipy.spatial import cKDTree

from segrepro.datasets import open_dataset
from segrepro.datasets.layouts.isles2018 import find_test_cases
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.phantoms._stroke import draw_strokes
from segrepro.images.io import read_image
from segrepro.preprocessing.features.perfusion import Settings, compute, extract_file
from segrepro.utils.errors import ConfigError
from tests.raised import raised

DEMO = {"size": 64, "slices": (2, 4), "frames": (43, 46)}
SMALL = {"size": 32, "slices": (2, 2), "frames": (24, 24)}
MAPS = ("cbf", "cbv", "mtt", "tmax")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / "isles"
    write_phantom("isles2018", folder, patients=6, test_patients=2, seed=3, **DEMO)
    return open_dataset("isles2018", folder)


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phantom") / "hidden"
    write_phantom("isles2018", folder, patients=8, seed=3, hidden_core=True, lesion_ml=(20, 60), **DEMO)
    return open_dataset("isles2018", folder)


def arrays(case):
    found = {role: read_image(path).array for role, path in case.images.items()}
    return found | {"label": read_image(case.labels[0]).array > 0} if case.labels else found


def test_the_layout_is_the_challenges(demo):
    assert [case.id for case in demo.cases] == [f"case_{n}" for n in range(1, 10)]
    assert len({case.patient for case in demo.cases}) == 6
    assert max(sum(a.patient == b.patient for b in demo.cases) for a in demo.cases) == 2
    tests = find_test_cases(demo.folder)
    assert len(tests) == 3
    assert "dwi" not in tests[0].images
    assert tests[0].labels == ()
    names = [path.name for path in demo.folder.rglob("*.nii")]
    assert len(set(names)) == len(names) == 9 * 8 + 3 * 6


def test_grids_and_types(demo):
    for case in demo.cases:
        images = {role: nib.load(path) for role, path in case.images.items()}
        shape, affine = images["mtt"].shape, images["mtt"].affine
        assert shape[:2] == (64, 64)
        assert 2 <= shape[2] <= 4
        assert nib.aff2axcodes(affine) == ("L", "P", "S")
        width, _, height = nib.affines.voxel_sizes(affine)
        assert 0.8 * 4 <= width <= 1.04 * 4
        assert 4 <= height <= 12
        assert all(np.allclose(image.affine, affine) for image in images.values())
        assert all(image.shape[:3] == shape for image in images.values())
        series = images["ctp"]
        assert 43 <= series.shape[3] <= 46
        assert 1 <= series.header.get_zooms()[3] <= 2
        assert series.get_data_dtype() == np.int16


def test_skull_and_air_stand_still_and_brain_brightens(demo):
    image = arrays(demo.cases[0])
    series, brain = image["ctp"].astype(float), image["cbf"] > 0
    middle = series.mean(axis=3)
    for still in (middle > 700, middle < -900):
        assert still.any()
        assert np.ptp(series[still].mean(axis=0)) < 1.0
    curve = series[brain].mean(axis=0)
    assert curve.max() - curve[:4].mean() > 3
    assert 5 < curve.argmax() < 30


def test_the_core_stands_out_on_dwi_and_in_every_map(demo):
    for case in demo.cases:
        image = arrays(case)
        core, brain = image["label"], (image["cbf"] > 0) & ~image["label"]
        assert core.any()
        assert image["dwi"][core].mean() > 1.4 * image["dwi"][brain].mean()
        assert np.median(image["tmax"][core]) > 2 + np.median(image["tmax"][brain])
        assert np.median(image["cbf"][core]) < 0.6 * np.median(image["cbf"][brain])


def area_under_curve(values, inside):
    """The chance that a voxel of the core is brighter than one of the other brain (ties count half)."""
    from scipy.stats import rankdata

    ranks, count = rankdata(values), inside.sum()
    return (ranks[inside].sum() - count * (count + 1) / 2) / (count * (~inside).sum())


def test_a_hidden_core_shows_in_frames_and_projection_but_in_no_map(hidden):
    seen = {role: [] for role in (*MAPS, "mip", "frame", "dwi")}
    for case in hidden.cases:
        image, found = arrays(case), extract_file(case.images["ctp"])
        brain = image["cbf"] > 0
        core = image["label"][brain]
        shown = {role: image[role] for role in (*MAPS, "dwi")} | {"mip": found.mip, "frame": found.frames[..., 0]}
        for role, values in shown.items():
            seen[role].append(area_under_curve(values[brain], core))
    # Flow and volume differ between grey and white matter, of which a core holds what its place gives it.
    for role, most in {"cbf": 0.3, "cbv": 0.3, "mtt": 0.15, "tmax": 0.15}.items():
        assert max(abs(np.array(seen[role]) - 0.5)) < most, (role, seen[role])
        assert abs(np.mean(seen[role]) - 0.5) < 0.1, (role, seen[role])
    mean = {role: np.mean(values) for role, values in seen.items()}
    assert mean["frame"] < 0.1
    assert mean["mip"] < 0.2
    assert mean["dwi"] > 0.9


@pytest.mark.parametrize("lesion_ml", [(20, 60), (40, 120)])
def test_slow_tissue_keeps_away_from_every_hidden_core(lesion_ml):
    for patient in range(16):
        for stroke in draw_strokes((0, 0, patient), 1 + patient % 2, 32, (4, 6), lesion_ml, hidden_core=True):
            core, slow = (np.argwhere(mask) * stroke.slab.spacing for mask in (stroke.core, stroke.slow))
            assert cKDTree(core).query(slow)[0].min() >= 6


def test_slow_tissue_lies_on_the_side_of_a_hidden_core_as_often_as_on_the_other():
    same = []
    for patient in range(40):
        (stroke,) = draw_strokes((0, 0, patient), 1, 32, (4, 6), (20, 60), hidden_core=True)
        right, left = (stroke.core | stroke.slow)[:16].any(), (stroke.core | stroke.slow)[16:].any()
        same.append(not (right and left))
    assert 0.25 < np.mean(same) < 0.75, np.mean(same)


def test_a_hidden_core_that_leaves_no_room_is_told(monkeypatch):
    monkeypatch.setattr("segrepro.datasets.phantoms._stroke.APART_MM", 300.0)
    with raised(ConfigError, where="lesion_ml of the phantom", found="cores of 20 to 60 ml", remedy="Lower lesion_ml"):
        draw_strokes((0, 0, 0), 1, 32, (4, 6), (20, 60), hidden_core=True)


def test_the_rule_finds_the_bolus_of_most_scans(demo):
    facts = [compute(case, Settings())[1] for case in demo.cases]
    assert sum(fact["fallback"] for fact in facts) <= 2
    for fact in facts:
        peak = int(np.argmax(fact["curve"]))
        assert fact["ts"] < peak < fact["te"]


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.nii")
    }


def test_a_patient_depends_on_seed_and_number_alone(tmp_path):
    write_phantom("isles2018", tmp_path / "few", patients=2, seed=1, **SMALL)
    write_phantom("isles2018", tmp_path / "many", patients=3, seed=1, workers=2, **SMALL)
    write_phantom("isles2018", tmp_path / "other", patients=2, seed=2, **SMALL)
    few, many, other = (digests(tmp_path / name) for name in ("few", "many", "other"))
    assert few.items() <= many.items()
    assert not set(few.values()) & set(other.values())


def test_slices_reach_from_two_to_twenty_two_and_a_stack_stays_in_the_head():
    from segrepro.datasets.phantoms._stroke import draw_slabs

    counts, heights = [], []
    for seed in range(300):
        slabs = draw_slabs(np.random.default_rng(seed), 1 + seed % 2, 256, (2, 22))
        counts += [slab.space.z.size for slab in slabs]
        heights += [slab.spacing[2] for slab in slabs]
        assert slabs[0].space.z[0] > -60
        assert slabs[-1].space.z[-1] < 80
    assert min(counts) == 2
    assert 12 < max(counts) <= 22
    assert 4 < np.mean(counts) < 6.5
    assert min(heights) >= 4
    assert max(heights) <= 12
    assert 8 < np.mean(heights) < 11
