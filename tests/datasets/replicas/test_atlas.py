import csv

import nibabel as nib
import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.replicas.atlas import scans
from segrepro.images.labels import read_reference
from tests.datasets.replicas.looking import files_in, looked_at

FORMS = (
    {0, 0.9999999997671694},
    {0, 254.9999999406282},
    {0, 0.9999999997671694, 253.99999994086102, 254.9999999406282},
    {0, 0.9999999997671694, 1.9999999995343387, 252.99999994109385, 253.99999994086102, 254.9999999406282},
)


def test_229_scans_of_220_people_at_11_sites():
    assert len(scans()) == 229
    assert len({scan.subject for scan in scans()}) == 220
    assert len({scan.site for scan in scans()}) == 11
    assert sum(scan.visit == "t02" for scan in scans()) == 9


def test_it_is_recognised_and_sound(replica):
    folder = replica("atlas", shrink=24, cases=8)
    name, words, faults, notes = looked_at(folder, "atlas")
    assert (name, words) == ("atlas", "ATLAS R1.1: 8 of 229 scans")
    assert (faults, notes) == ([], [])


def test_every_scan_has_its_place_in_the_table(replica):
    folder = replica("atlas", shrink=24, cases=8)
    cases = sorted(open_dataset("atlas", folder).cases, key=lambda case: case.listed)
    assert [case.listed for case in cases] == list(range(8))


def test_masks_hold_what_nibabel_shows_of_the_releases(replica):
    folder = replica("atlas", shrink=24, cases=8)
    types = set()
    for case in open_dataset("atlas", folder).cases:
        lesion = np.zeros(nib.load(case.images["t1"]).shape, bool)
        for path in case.labels:
            image = nib.load(path)
            values = np.asarray(image.dataobj)
            assert values.dtype == np.float64
            assert any(set(np.unique(values)) <= form for form in FORMS)
            types.add(image.get_data_dtype().name)
            lesion |= values > 0
        assert (read_reference(case)[1] == lesion).all()
    assert types == {"float64", "uint32"}


def test_a_t1_is_float32_of_0_to_100(replica):
    case = open_dataset("atlas", replica("atlas", shrink=24, cases=8)).cases[0]
    t1 = nib.load(case.images["t1"])
    values = np.asarray(t1.dataobj)
    assert values.dtype == np.float32
    assert (float(values.min()), float(values.max())) == pytest.approx((-0.0003, 100.0001), abs=1e-4)
    assert [size * count for size, count in zip(t1.header.get_zooms(), t1.shape)] == pytest.approx([197, 233, 189])


def test_one_subject_has_two_masks_and_the_table_has_lost_zeros(replica):
    folder = replica("atlas", shrink=24, cases=8)
    stem = "ATLAS_R1.1/Site1/031769/t01/031769_"
    assert [name.removeprefix(stem) for name in files_in(folder) if name.startswith(stem)] == [
        "LesionSmooth_1_stx.nii.gz",
        "LesionSmooth_stx.nii.gz",
        "t1w_deface_stx.nii.gz",
    ]
    with open(folder / "ATLAS_R1.1/ATLAS_Meta-Data_Release_1.1_standard_mni.csv") as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["INDI Subject ID"], rows[0]["Session"][1:]) == ("31768", "t01")
