from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.cases import missing_files
from segrepro.datasets.layouts import isles2024

MAPS = ("cbf", "cbv", "mtt", "tmax")


def touch(folder, patient, first="ses-01", second="ses-02", maps=MAPS, ctp=True):
    one, two = folder / "train/derivatives" / patient / first, folder / "train/derivatives" / patient / second
    files = [one / "perfusion-maps" / f"{patient}_{first}_space-ncct_{kind}.nii.gz" for kind in maps]
    files += [one / f"{patient}_{first}_space-ncct_{kind}.nii.gz" for kind in ("cta", "lvo-msk", *["ctp"] * ctp)]
    files += [two / f"{patient}_{second}_space-ncct_{kind}.nii.gz" for kind in ("dwi", "adc", "lesion-msk")]
    files += [
        folder / "train/raw_data" / patient / first / f"{patient}_{first}_{kind}.nii.gz" for kind in ("ncct", "ctp")
    ]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_what_is_registered_to_the_ct_makes_a_case(tmp_path):
    touch(tmp_path, "sub-stroke0001")
    touch(tmp_path, "sub-strokecase0002", "ses-0001", "ses-0002")
    (tmp_path / "train/sub-stroke0142_ses-02_lesion-msk.nii").touch()
    cases = open_dataset("isles2024", tmp_path).cases
    assert [case.id for case in cases] == ["sub-stroke0001", "sub-strokecase0002"]
    for case in cases:
        assert list(case.images) == ["cbf", "cbv", "mtt", "tmax", "dwi", "ct", "ctp"]
        assert "space-ncct_ctp" in case.images["ctp"].name
        assert case.labels[0].name.endswith("space-ncct_lesion-msk.nii.gz")


def test_patients_without_perfusion_are_left_out_and_half_of_it_is_a_fault(tmp_path):
    touch(tmp_path, "sub-stroke0001", maps=(), ctp=False)
    touch(tmp_path, "sub-stroke0003", maps=MAPS[:3])
    (case,) = open_dataset("isles2024", tmp_path).cases
    assert case.id == "sub-stroke0003"
    (fault,) = missing_files([case], isles2024.REQUIRED_MODALITIES)
    assert fault.found == "no tmax beside it"
