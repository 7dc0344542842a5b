from segrepro.datasets import open_dataset


def touch(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()


def test_both_trees_are_read_and_flair_left_out(tmp_path):
    touch(
        tmp_path,
        *(f"ISLES-2022/sub-strokecase0001/ses-0001/dwi/sub-strokecase0001_ses-0001_{k}.nii.gz" for k in ("dwi", "adc")),
        "ISLES-2022/sub-strokecase0001/ses-0001/anat/sub-strokecase0001_ses-0001_FLAIR.nii.gz",
        "ISLES-2022/sub-strokecase0001/ses-0001/dwi/sub-strokecase0001_ses-0001_dwi.json",
        "ISLES-2022/derivatives/sub-strokecase0001/ses-0001/sub-strokecase0001_ses-0001_msk.nii.gz",
        *(f"old/rawdata/sub-strokecase0250/ses-0001/sub-strokecase0250_ses-0001_{k}.nii.gz" for k in ("dwi", "flair")),
    )
    cases = open_dataset("isles2022", tmp_path).cases
    assert [(case.id, list(case.images), len(case.labels)) for case in cases] == [
        ("sub-strokecase0001", ["dwi", "adc"], 1),
        ("sub-strokecase0250", ["dwi"], 0),
    ]
