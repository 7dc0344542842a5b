import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.layouts import find_label_names
from segrepro.utils.errors import DataError
from tests.datasets.layouts.test_atlas import touch


def mask(subject, session="", kind="desc-lesion_mask", pipeline="lesions"):
    name = "_".join(filter(None, (subject, session)))
    return "/".join(filter(None, ("derivatives", pipeline, subject, session, "anat", f"{name}_{kind}.nii.gz")))


def test_sessions_are_cases_and_subjects_patients(tmp_path):
    touch(
        tmp_path,
        "sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz",
        "sub-01/ses-1/anat/sub-01_ses-1_FLAIR.nii.gz",
        "sub-01/ses-1/anat/sub-01_ses-1_FLAIR.json",
        "sub-01/ses-1/dwi/sub-01_ses-1_dwi.nii.gz",
        "sub-01/ses-2/anat/sub-01_ses-2_T1w.nii.gz",
        "sub-02/anat/sub-02_T1w.nii.gz",
        mask("sub-01", "ses-1"),
        mask("sub-02"),
    )
    (tmp_path / "participants.tsv").write_text("participant_id\tsite\nsub-01\tOslo\n")
    cases = open_dataset("bids", tmp_path).cases
    assert [case.id for case in cases] == ["sub-01_ses-1", "sub-01_ses-2", "sub-02"]
    assert [case.patient for case in cases] == ["sub-01", "sub-01", "sub-02"]
    assert [case.site for case in cases] == ["Oslo", "Oslo", ""]
    assert [sorted(case.images) for case in cases] == [["flair", "t1w"], ["t1w"], ["t1w"]]
    assert [len(case.labels) for case in cases] == [1, 0, 1]
    assert find_label_names("bids", tmp_path) == {1: "lesion"}


def test_scans_of_one_suffix_are_told_apart_in_all_cases(tmp_path):
    for subject in ("sub-01", "sub-02"):
        touch(tmp_path, f"{subject}/anat/{subject}_acq-high_T1w.nii.gz", f"{subject}/anat/{subject}_FLAIR.nii.gz")
    touch(tmp_path, "sub-01/anat/sub-01_acq-low_T1w.nii.gz")
    first, second = open_dataset("bids", tmp_path).cases
    assert sorted(first.images) == ["acq-high_t1w", "acq-low_t1w", "flair"]
    assert sorted(second.images) == ["acq-high_t1w", "flair"]


def test_a_dseg_has_the_labels_of_its_table(tmp_path):
    touch(tmp_path, "sub-01/anat/sub-01_T1w.nii.gz", mask("sub-01", kind="dseg"))
    with pytest.raises(DataError) as error:
        open_dataset("bids", tmp_path)
    assert error.value.found == "no dseg.tsv among the derivatives"
    table = tmp_path / "derivatives/lesions/dseg.tsv"
    table.write_text("index\tname\n0\tbackground\n2\tcore\n5\tedge\n")
    (case,) = open_dataset("bids", tmp_path).cases
    assert case.label_ranges == ((2, 2, 2), (5, 5, 5))
    assert find_label_names("bids", tmp_path) == {2: "core", 5: "edge"}
    table.write_text("value\tname\n1\tcore\n")
    with pytest.raises(DataError) as error:
        open_dataset("bids", tmp_path)
    assert error.value.where == str(table)


@pytest.mark.parametrize("other", [{"kind": "desc-brain_mask"}, {"pipeline": "second"}, {"kind": "dseg"}])
def test_masks_of_two_kinds_are_refused(tmp_path, other):
    touch(tmp_path, "sub-01/anat/sub-01_T1w.nii.gz", mask("sub-01"), mask("sub-01", **other))
    with pytest.raises(DataError) as error:
        open_dataset("bids", tmp_path)
    assert error.value.found.startswith("masks of 2 kinds (derivatives/")


def test_a_folder_without_bids_names_is_refused(tmp_path):
    touch(tmp_path, "sub-01/anat/t1.nii.gz", "patient/anat/sub-02_T1w.nii.gz")
    with pytest.raises(DataError) as error:
        open_dataset("bids", tmp_path)
    assert error.value.expected.startswith("bids files such as sub-07/anat/")
