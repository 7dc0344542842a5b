import json
from pathlib import Path

import pytest

from segrepro.datasets import Case, open_dataset
from segrepro.datasets.label_map import LabelMap
from segrepro.inference.bids_names import as_derivatives, describe_derivatives, require_folder_name
from segrepro.utils.errors import ConfigError, DataError
from tests.datasets.layouts.test_atlas import touch

ONE, TWO = LabelMap(values={1: "lesion"}), LabelMap(values={1: "core", 4: "edge"})


def scan(name):
    return Case(name, "", "", {"t1": Path(f"somewhere/{name}.nii.gz")})


@pytest.mark.parametrize(
    ("name", "labels", "mask"),
    [
        ("sub-07_T1w", ONE, "sub-07/anat/sub-07_desc-segrepro_mask"),
        ("sub-07_ses-1_T1w", TWO, "sub-07/ses-1/anat/sub-07_ses-1_desc-segrepro_dseg"),
        ("sub-07_acq-high_desc-brain_T1w", ONE, "sub-07/anat/sub-07_acq-high_desc-segrepro_mask"),
    ],
)
def test_a_mask_has_its_scans_entities(name, labels, mask):
    assert [case.id for case in as_derivatives([scan(name)], labels)] == [mask]


@pytest.mark.parametrize("name", ["patient7", "t1_sub-07", "sub-07_brain_T1w"])
def test_another_name_is_refused(name):
    with pytest.raises(DataError) as error:
        as_derivatives([scan(name)], ONE)
    assert error.value.where == f"somewhere/{name}.nii.gz"


def test_a_file_is_no_folder_of_derivatives():
    with pytest.raises(ConfigError):
        require_folder_name(Path("mask.nii.gz"))


def test_what_was_written_can_be_read_as_a_data_set(tmp_path):
    """The masks are those of the layout `bids`, with the names of their labels."""
    touch(tmp_path, "sub-07/anat/sub-07_T1w.nii.gz")
    folder = tmp_path / "derivatives/segrepro"
    (case,) = as_derivatives([scan("sub-07_T1w")], TWO)
    touch(folder, f"{case.id}.nii.gz")
    describe_derivatives(folder, "xnet", TWO)
    (found,) = open_dataset("bids", tmp_path).cases
    assert [path.name for path in found.labels] == ["sub-07_desc-segrepro_dseg.nii.gz"]
    assert found.label_ranges == ((1, 1, 1), (4, 4, 4))
    description = json.loads((folder / "dataset_description.json").read_text())
    assert (description["DatasetType"], description["GeneratedBy"][0]["Name"]) == ("derivative", "segrepro")
