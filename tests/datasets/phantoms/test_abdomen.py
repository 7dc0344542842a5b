import hashlib
import time

import numpy as np
import pydicom
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.phantoms._abdomen import CT, LABELS, MR, abdomen_space, ct_scan, draw_abdomen, mr_scans
from segrepro.images.geometry import orientation_of, to_slices
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan

DEMO = {"shape": (64, 64, 10), "spacing_mm": (5.8, 5.8, 16.0)}
GRID = ((96, 80, 40), (4.0, 4.0, 4.5))


def organ_ml(seed):
    _, labels = ct_scan(np.random.default_rng(seed), abdomen_space(*GRID), 4.0, 15.0)
    return np.bincount(labels.ravel(), minlength=5)[1:] * 0.072


def test_organs_have_the_size_and_place_of_adults():
    volumes = np.array([organ_ml(seed) for seed in range(8)])
    low, high = (700, 60, 30, 50), (2200, 220, 220, 400)
    assert (volumes > low).all()
    assert (volumes < high).all()
    space = abdomen_space(*GRID)
    _, labels = draw_abdomen(np.random.default_rng(0), space, 4.0, CT)
    centre = {name: np.argwhere(labels == value).mean(0) for name, value in LABELS.items()}
    centre = {name: (place - (np.array(GRID[0]) - 1) / 2) * GRID[1] for name, place in centre.items()}
    assert centre["liver"][0] > 20 > -20 > centre["spleen"][0]
    assert centre["right kidney"][0] > 30 > -30 > centre["left kidney"][0]
    assert all(centre[f"{side} kidney"][1] < -20 for side in ("right", "left"))


def test_no_threshold_finds_an_organ():
    scan, labels = ct_scan(np.random.default_rng(1), abdomen_space(*GRID), 4.0, 15.0)
    for value in (1, 4):
        organ = labels == value
        best = max(
            2 * (organ & inside).sum() / (organ.sum() + inside.sum())
            for low in range(60, 140, 10)
            for inside in [(scan > low) & (scan < low + 80)]
        )
        assert best < 0.85
        assert 60 < np.median(scan[organ]) < 200


def test_phases_differ_as_water_and_fat_do():
    scans, labels = mr_scans(np.random.default_rng(2), abdomen_space(*GRID), 4.0)
    (water, fat, _), _ = draw_abdomen(np.random.default_rng(2), abdomen_space(*GRID), 4.0, MR)
    border = (water > 0.15) & (fat > 0.15)
    assert scans["t1_out"][border].mean() < 0.7 * scans["t1_in"][border].mean()
    pure_fat = fat > 0.7
    assert np.median(scans["t1_in"][pure_fat]) > 500 > 250 > np.median(scans["t2"][pure_fat])
    assert np.median(scans["t2"][labels == 4]) > 1.4 * np.median(scans["t2"][labels == 1])


def test_one_seed_draws_the_same_patient_on_a_finer_grid():
    coarse, fine = (
        draw_abdomen(np.random.default_rng(5), abdomen_space(shape, spacing), 8.0, CT)[1]
        for shape, spacing in (((40, 30, 16), (9, 9, 9)), ((120, 90, 48), (3, 3, 3)))
    )
    assert (coarse == fine[1::3, 1::3, 1::3]).mean() > 0.999


@pytest.fixture(scope="module")
def ct(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ct") / "set"
    start = time.perf_counter()
    write_phantom("chaos_ct", folder, patients=6, seed=3, **DEMO)
    assert time.perf_counter() - start < 15  # 1.3 s on an idle machine
    return open_dataset("chaos_ct", folder)


def drawn(patient, seed=3):
    rng = np.random.default_rng(np.random.SeedSequence([seed, patient, 0]))
    return ct_scan(rng, abdomen_space(*DEMO.values()), 5.8, 15.0)


@pytest.mark.parametrize("patient", range(4))
def test_ct_read_back_is_what_was_drawn_however_it_lay(ct, patient):
    path = ct.cases[patient].images["ct"]
    image = read_scan(path)
    codes = orientation_of(image, path)
    scan, labels = drawn(patient)
    label = read_label(ct.cases[patient].labels, image, path)
    np.testing.assert_array_equal(to_slices(image.array, codes), scan.transpose(2, 1, 0))
    np.testing.assert_array_equal(to_slices(label, codes), (labels == 1).transpose(2, 1, 0))
    assert codes == ("RPI" if patient == 2 else "LPS")
    oblique = np.abs(image.affine[:3, :3]).min(axis=0).max() > 0 or np.abs(image.affine[1, 2]) > 0.5
    assert oblique == (patient == 3)


def test_ct_is_stored_as_scanners_do(ct):
    data = pydicom.dcmread(ct.cases[0].images["ct"] / "i0000,0000b.dcm")
    assert (data.RescaleIntercept, data.RescaleSlope, data.pixel_array.dtype) == (-1024, 1, np.uint16)
    assert (str(data.PatientName), data.Modality) == ("Invented^CT1", "CT")
    assert read_scan(ct.cases[0].images["ct"]).array.min() < -950


def test_mr_masks_have_the_greys_and_names_of_the_challenge(tmp_path):
    write_phantom("chaos_mr", tmp_path / "a", patients=1, **DEMO)
    scan = tmp_path / "a/Train_Sets/MR/1"
    names = {p.stem for p in (scan / "T1DUAL/Ground").iterdir()}
    assert names == {p.stem for p in (scan / "T1DUAL/DICOM_anon/InPhase").iterdir()}
    assert not names & {p.stem for p in (scan / "T1DUAL/DICOM_anon/OutPhase").iterdir()}
    from segrepro.images.io import read_image

    greys = {int(v) for p in (scan / "T2SPIR/Ground").iterdir() for v in np.unique(read_image(p).array)}
    assert greys == {0, 63, 126, 189, 252}


def digests(folder):
    files = sorted(p for p in folder.rglob("*") if p.suffix in (".dcm", ".png"))
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.parametrize("layout", ["chaos_ct", "chaos_mr"])
def test_a_patient_depends_on_seed_and_number_alone(tmp_path, layout):
    small = {"shape": (24, 24, 4), "spacing_mm": (15.0, 15.0, 40.0)}
    for name, patients, seed, workers in (("few", 1, 1, 1), ("many", 3, 1, 2), ("other", 1, 2, 1)):
        write_phantom(layout, tmp_path / name, patients=patients, seed=seed, workers=workers, **small)
    few, many, other = (digests(tmp_path / name) for name in ("few", "many", "other"))
    assert few.items() <= many.items()
    scans = {name for name in few if name.endswith(".dcm")}
    assert not any(few[name] == other[name] for name in scans)
