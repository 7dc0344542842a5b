"""The phantom of CHAOS MR: both sequences, and the four grey values of their masks."""

import numpy as np

from segrepro.datasets import open_dataset
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.labels import read_label
from segrepro.images.pictures import read_picture
from segrepro.images.scans import read_scan
from tests.scans import SMALL_PHANTOMS


def test_phases_are_counted_in_one_row_and_masks_named_as_those_in_phase(tmp_path):
    write_phantom("chaos_mr", tmp_path / "set", **SMALL_PHANTOMS["chaos_mr"])
    t1 = tmp_path / "set/Train_Sets/MR/1/T1DUAL"
    numbers = {part: {int(p.stem[-5:]) for p in (t1 / part).iterdir()} for part in ("DICOM_anon/InPhase", "Ground")}
    outside = {int(p.stem[-5:]) for p in (t1 / "DICOM_anon/OutPhase").iterdir()}
    assert numbers["DICOM_anon/InPhase"] == numbers["Ground"] == {2, 4, 6, 8, 10, 12}
    assert outside == {1, 3, 5, 7, 9, 11}
    greys = {int(v) for p in (t1 / "Ground").iterdir() for v in np.unique(read_picture(p).array)}
    assert greys <= {0, 63, 126, 189, 252}


def test_one_anatomy_in_all_sequences(tmp_path):
    """Four organs on one grid; T2 and T1 of a patient have the same label."""
    write_phantom("chaos_mr", tmp_path / "set", **SMALL_PHANTOMS["chaos_mr"])
    labels = {}
    for layout, role in (("chaos_mr", "t2"), ("chaos_mr_t1", "t1_in")):
        for case in open_dataset(layout, tmp_path / "set").cases:
            image = read_scan(case.images[role])
            labels.setdefault(case.patient, []).append(
                read_label(case.labels, image, case.images[role], case.label_ranges)
            )
    assert len(labels) == 4
    for first, second in labels.values():
        assert np.array_equal(first, second)
    assert set(np.unique(np.concatenate([np.unique(pair[0]) for pair in labels.values()]))) == {0, 1, 2, 3, 4}
