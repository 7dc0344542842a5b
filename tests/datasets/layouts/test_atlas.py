import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.images.io import write_image
from segrepro.images.labels import read_reference
from tests.scans import affine_of

BIDS = "sub-r001s001_ses-1_space-MNI152NLin2009aSym"


def touch(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"")


def test_release_1_groups_visits_by_patient_and_unites_lesion_files(tmp_path):
    touch(
        tmp_path,
        "ATLAS_R1.1/Site1/031768/t01/031768_t1w_deface_stx.nii.gz",
        "ATLAS_R1.1/Site1/031768/t01/031768_LesionSmooth_stx.nii.gz",
        "ATLAS_R1.1/Site1/031768/t01/031768_LesionSmooth_1_stx.nii.gz",
        "ATLAS_R1.1/Site1/031768/t02/031768_t1w_deface_stx.nii.gz",
        "ATLAS_R1.1/Site1/031768/t02/031768_LesionSmooth_stx.nii.gz",
        "ATLAS_R1.1/Site2/031768/t01/031768_t1w_deface_stx.nii.gz",
        "ATLAS_R1.1/Site2/031768/t01/._031768_t1w_deface_stx.nii.gz",
        "ATLAS_R1.1/ATLAS_Meta-Data_Release_1.1_standard_mni.csv",
    )
    cases = open_dataset("atlas", tmp_path).cases
    assert [c.id for c in cases] == ["Site1-031768-t01", "Site1-031768-t02", "Site2-031768-t01"]
    assert [c.patient for c in cases] == ["Site1-031768", "Site1-031768", "Site2-031768"]
    assert [c.site for c in cases] == ["Site1", "Site1", "Site2"]
    assert [len(c.labels) for c in cases] == [2, 1, 0]
    assert {role for c in cases for role in c.images} == {"t1"}


def test_scans_have_their_places_in_the_table_of_release_1(tmp_path):
    names = [("Site2", "031770", "t01"), ("Site1", "031768", "t01"), ("Site1", "031768", "t02")]
    touch(tmp_path, *(f"{site}/{name}/{visit}/{name}_t1w_deface_stx.nii.gz" for site, name, visit in names))
    rows = [
        "INDI Site ID,INDI Subject ID,Session",
        *(f"{site},{int(name)}, {visit}" for site, name, visit in names[:2]),
    ]
    (tmp_path / "ATLAS_Meta-Data_Release_1.1_standard_mni.csv").write_text("\n".join(rows) + "\n")
    listed = {case.id: case.listed for case in open_dataset("atlas", tmp_path).cases}
    assert listed == {"Site1-031768-t01": 1, "Site1-031768-t02": None, "Site2-031770-t01": 0}


def test_release_2_is_read_by_its_bids_names(tmp_path):
    anat = "Training/R001/sub-r001s001/ses-1/anat"
    touch(
        tmp_path,
        f"{anat}/{BIDS}_T1w.nii.gz",
        f"{anat}/{BIDS}_label-L_desc-T1lesion_mask.nii.gz",
        "Testing/R047/sub-r047s005/ses-1/anat/sub-r047s005_ses-1_space-MNI152NLin2009aSym_T1w.nii.gz",
        "MNI152NLin2009aSym.nii.gz",
    )
    (trained,) = open_dataset("atlas", tmp_path).cases
    assert (trained.id, trained.patient, trained.site) == (
        "R001-sub-r001s001-ses-1",
        "R001-sub-r001s001",
        "R001",
    )
    assert [p.name for p in trained.labels] == [f"{BIDS}_label-L_desc-T1lesion_mask.nii.gz"]


def test_release_1_2_has_subject_and_visit_in_one_folder(tmp_path):
    for visit in ("c0003s0002t01", "c0003s0002t02", "c0010s0001t01"):
        stem = f"standard_MNI/standard_part1/{visit[:5]}/{visit}/{visit}"
        touch(
            tmp_path, f"{stem}_t1w_stx.nii.gz", f"{stem}_LesionSmooth_stx.nii.gz", f"{stem}_LesionSmooth_1_stx.nii.gz"
        )
    cases = open_dataset("atlas", tmp_path).cases
    assert [c.id for c in cases] == ["c0003-c0003s0002-t01", "c0003-c0003s0002-t02", "c0010-c0010s0001-t01"]
    assert [c.patient for c in cases] == ["c0003-c0003s0002", "c0003-c0003s0002", "c0010-c0010s0001"]
    assert [c.site for c in cases] == ["c0003", "c0003", "c0010"]
    assert [len(c.labels) for c in cases] == [2, 2, 2]


@pytest.mark.parametrize("root", ["", "ATLAS_R1.1", "ATLAS_R1.1/Site3", "ATLAS_R1.1/Site3/000001"])
def test_the_folder_may_be_one_of_several_levels(tmp_path, root, monkeypatch):
    touch(tmp_path, "ATLAS_R1.1/Site3/000001/t01/000001_t1w_deface_stx.nii.gz")
    assert [c.id for c in open_dataset("atlas", tmp_path / root).cases] == ["Site3-000001-t01"]
    monkeypatch.chdir(tmp_path / root)
    assert [c.id for c in open_dataset("atlas", ".").cases] == ["Site3-000001-t01"]


def test_one_site_alone_can_be_opened(tmp_path):
    touch(tmp_path, "Site3/000001/t01/000001_t1w_deface_stx.nii.gz")
    assert open_dataset("atlas", tmp_path / "Site3").cases == open_dataset("atlas", tmp_path).cases


def test_a_folder_above_that_looks_like_a_visit_is_not_one(tmp_path):
    touch(tmp_path / "t1", "Site1/000001/t01/000001_t1w_deface_stx.nii.gz", "stray_t1w_deface_stx.nii.gz")
    assert [c.id for c in open_dataset("atlas", tmp_path / "t1").cases] == ["Site1-000001-t01"]


def test_a_mask_without_image_is_a_case_that_the_check_reports(tmp_path):
    write_image(tmp_path / "S/1/t01/1_LesionSmooth_stx.nii.gz", np.eye(3, dtype=np.uint8)[None], np.eye(4))
    (fault,) = check_dataset(open_dataset("atlas", tmp_path))
    assert (fault.case, fault.found) == ("S-1-t01", "no image beside it")


def test_images_without_mask_are_reported_one_by_one(tmp_path):
    for subject in ("s1", "s2"):
        path = tmp_path / f"R1/sub-{subject}/ses-1/anat/sub-{subject}_ses-1_space-MNI152NLin2009aSym_T1w.nii.gz"
        rng = np.random.default_rng(len(path.name) + ord(subject[1]))
        write_image(path, rng.integers(0, 99, (4, 5, 6), dtype=np.uint8), affine_of())
    faults = check_dataset(open_dataset("atlas", tmp_path))
    assert [(f.case, f.found) for f in faults] == [
        ("R1-sub-s1-ses-1", "no label beside it"),
        ("R1-sub-s2-ses-1", "no label beside it"),
    ]


PUBLISHED = [(0, 1), (0, 255), (0, 1, 254, 255), (0, 1, 2, 253, 254, 255)]


def write_mask(path, values, stored):
    """A mask of k (1 - 2^-32) for each value k: as real numbers, or as whole ones of 32 bits with a slope."""
    whole = np.resize(np.array(values, np.float64), (4, 5, 6))
    if stored == "float64":
        write_image(path, whole * (1 - 2.0**-32), affine_of())
        return
    slope = (255 if stored == "slope" else max(values)) / 2**32
    image = nib.Nifti1Image(np.rint(whole * (1 - 2.0**-32) / slope).astype(np.uint32), affine_of())
    image.header.set_slope_inter(slope, 0)
    nib.save(image, path)
    if stored == "slope":
        assert set(np.unique(np.asarray(nib.load(path).dataobj))) == {k * (1 - 2.0**-32) for k in values}


@pytest.mark.parametrize("stored", ["float64", "slope", "own slope"])
@pytest.mark.parametrize("values", PUBLISHED)
def test_the_values_of_the_published_masks_are_all_lesion(tmp_path, values, stored):
    folder = tmp_path / "Site1/1/t01"
    image = np.arange(120, dtype=np.uint8).reshape(4, 5, 6)
    write_image(folder / "1_t1w_deface_stx.nii.gz", image, affine_of())
    write_mask(folder / "1_LesionSmooth_stx.nii.gz", values, stored)
    dataset = open_dataset("atlas", tmp_path)
    assert check_dataset(dataset) == []
    _, label = read_reference(dataset.cases[0])
    assert (label == (np.resize(values, (4, 5, 6)) > 0)).all()


@pytest.mark.parametrize(
    ("values", "found"),
    [((0, 1, 254, 255), []), ((0, 2), []), ((0, 0.37, 2.5), ["the values 0.37, 2.5"]), ((0, -1), ["the values -1"])],
)
def test_a_label_that_is_not_binary_is_a_fault(tmp_path, values, found):
    folder = tmp_path / "Site1/000001/t01"
    image = np.random.default_rng(0).integers(0, 99, (4, 5, 6), dtype=np.uint8)
    write_image(folder / "000001_t1w_deface_stx.nii.gz", image, affine_of())
    mask = np.resize(np.array(values, np.float32), (4, 5, 6))
    write_image(folder / "000001_LesionSmooth_stx.nii.gz", mask, affine_of())
    faults = check_dataset(open_dataset("atlas", tmp_path))
    assert [fault.found for fault in faults] == found
    assert all(fault.expected == "whole numbers, 0 or above" for fault in faults)
