""""""

import json

import numpy as np
import pytest

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.layouts.nnunet import find_label_names
from segrepro.images.io import write_image
from segrepro.utils.errors import ConfigError, DataError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.raised import raised
from tests.scans import affine_of, write_slices

V1 = {"modality": {"0": "T1", "1": "FLAIR"}, "labels": {"0": "background", "1": "core", "2": "edge"}}


V2 = {
    "channel_names": {"0": "T1", "1": "FLAIR"},
    "labels": {"background": 0, "edge": 2, "core": 1},
    "file_ending": ".nii.gz",
    "numTraining": 2,
}


def write_raw(folder, description, names=("a", "b"), shape=(6, 5, 4)):
    folder.mkdir(exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps(description))
    rng = np.random.default_rng(0)
    ending = description.get("file_ending", ".nii.gz")
    for name in names:
        for channel in range(len(description.get("channel_names") or description["modality"])):
            image = rng.integers(1, 255, shape, dtype=np.uint8)
            write_image(folder / f"imagesTr/{name}_{channel:04d}{ending}", image, affine_of())
        write_image(folder / f"labelsTr/{name}{ending}", rng.integers(0, 3, shape, dtype=np.uint8), affine_of())


@pytest.mark.parametrize("description", [V1, V2])
def test_both_versions_of_the_description(tmp_path, description):
    write_raw(tmp_path, description)
    dataset = open_dataset("nnunet", tmp_path)
    assert check_dataset(dataset) == []
    first, second = dataset.cases
    assert {role: path.name for role, path in first.images.items()} == {"t1": "a_0000.nii.gz", "flair": "a_0001.nii.gz"}
    assert (first.id, first.patient, first.labels[0].name) == ("a", "a", "a.nii.gz")
    assert first.label_ranges == second.label_ranges == ((1, 1, 1), (2, 2, 2))


def test_patients_may_be_named(tmp_path):
    write_raw(tmp_path, V2 | {"patients": {"a": "p7", "b": "p7"}})
    assert {case.patient for case in open_dataset("nnunet", tmp_path).cases} == {"p7"}


def test_channels_of_one_name_get_their_numbers(tmp_path):
    write_raw(tmp_path, V2 | {"channel_names": {"1": "noNorm", "0": "noNorm", "2": "CT"}})
    assert list(open_dataset("nnunet", tmp_path).cases[0].images) == ["nonorm0", "nonorm1", "ct"]


def test_one_colour_picture_for_three_channels(tmp_path):
    description = {"channel_names": {"0": "R", "1": "G", "2": "B"}, "labels": {"background": 0, "road": 1}}
    (tmp_path / "dataset.json").write_text(json.dumps(description | {"file_ending": ".png"}))
    write_slices(tmp_path, ["a"])
    (tmp_path / "images").rename(tmp_path / "imagesTr")
    (tmp_path / "imagesTr/a.png").rename(tmp_path / "imagesTr/a_0000.png")
    (case,) = open_dataset("nnunet", tmp_path).cases
    assert list(case.images) == ["rgb"]


def test_missing_files_are_reported(tmp_path):
    write_raw(tmp_path, V2, names="abc")
    (tmp_path / "imagesTr/a_0001.nii.gz").unlink()
    (tmp_path / "labelsTr/b.nii.gz").unlink()
    for path in (tmp_path / "imagesTr").glob("c_*"):
        path.unlink()
    faults = check_dataset(open_dataset("nnunet", tmp_path))
    assert {f.case: f.found for f in faults} == {
        "a": "no such file",
        "b": "no label beside it",
        "c": "no image beside it",
    }
    assert [f.file.endswith("a_0001.nii.gz") for f in faults if f.case == "a"] == [True]


@pytest.mark.parametrize(
    ("description", "where", "found", "expected"),
    [
        ([], "dataset.json$", "^JSON of the type list", ""),
        ({}, "dataset.json: labels$", "^nothing", ""),
        ({"labels": {"background": 0}}, "dataset.json: channel_names$", "^nothing", ""),
        (V2 | {"labels": ["core"]}, "dataset.json: labels$", r"^\['core'\]$", "a valid dictionary"),
        (
            V2 | {"labels": {"whole": [1, 2]}},
            "dataset.json: labels.whole$",
            r"^the region \[1, 2\]$",
            "one value a label",
        ),
        (V2 | {"labels": {"core": None}}, "dataset.json: labels.core$", "^None$", "a valid integer"),
        (V2 | {"labels": {"core": 1, "edge": "two"}}, "dataset.json: labels.edge$", "^'two'$", "a valid integer"),
        (V1 | {"labels": {"one": "core"}}, "dataset.json: labels.core$", "^'one'$", "a valid integer"),
        (V1 | {"modality": {"first": "T1"}}, "dataset.json: modality.first$", "^'first'$", "a valid integer"),
        (V2 | {"channel_names": {"0": 7}}, "dataset.json: channel_names.0$", "^7$", "a valid string"),
        (V2 | {"channel_names": {"0": "T1"}}, "dataset.json$", r"^1 channels named, but more in 2 cases \(a, b\)", ""),
        (V2 | {"patients": ["p1"]}, "dataset.json: patients$", r"^\['p1'\]$", "a valid dictionary"),
        (V2 | {"patients": {"a": 7}}, "dataset.json: patients.a$", "^7$", "a valid string"),
        (V2 | {"file_ending": 3}, "dataset.json: file_ending$", "^3$", "a valid string"),
    ],
)
def test_a_description_that_cannot_be_used(tmp_path, description, where, found, expected):
    write_raw(tmp_path, V2)
    (tmp_path / "dataset.json").write_text(json.dumps(description))
    with raised(DataError, where=where, found=found, expected=expected):
        open_dataset("nnunet", tmp_path)


def test_the_label_ignore_is_that_of_the_data_set_and_needs_a_loss_that_leaves_it_out(tmp_path):
    write_raw(tmp_path, V2 | {"labels": {"background": 0, "core": 1, "ignore": 2}}, names="abcd")
    assert check_dataset(open_dataset("nnunet", tmp_path)) == []
    dataset = {"title": "own", "layout": "nnunet", "access": "own", "labels": {"1": "core"}}
    changes = {"dataset": "own", "datasets": {"own": dataset}}
    values = {"studies": "xnet", "experiments": ["unet"], "data": {"own": str(tmp_path)}}
    with raised(ConfigError, found="ignore_label 2 and the loss dice_ce", expected="pixel_sum_ce with loss_options"):
        make_plan(load_config(values | {"overrides": {"xnet": changes}}))
    loss = {"loss": "pixel_sum_ce", "loss_options": {"ignore_index": 255}, "activation": "softmax"}
    changes |= {"experiments": {"unet": loss}}
    (run,) = make_plan(load_config(values | {"overrides": {"xnet": changes}})).all_runs.values()
    assert run.dataset.learned == {"labels": {"1": "core"}, "ignore_label": 2}
    dataset["labels"]["2"] = "edge"
    with raised(ConfigError, found="the label ignore of value 2"):
        make_plan(load_config(values | {"overrides": {"xnet": changes}}))


def test_a_description_that_is_no_json(tmp_path):
    (tmp_path / "dataset.json").write_text("{")
    with raised(DataError, found="no readable JSON"):
        open_dataset("nnunet", tmp_path)


def test_a_real_volume_in_the_decathlons_older_description(real_data, tmp_path):
    spleen = real_data / "msd-spleen/Task09_Spleen"
    (tmp_path / "imagesTr").mkdir()
    (tmp_path / "labelsTr").symlink_to(spleen / "labelsTr")
    (tmp_path / "dataset.json").symlink_to(spleen / "dataset.json")
    (tmp_path / "imagesTr/spleen_2_0000.nii.gz").symlink_to(spleen / "imagesTr/spleen_2.nii.gz")
    dataset = open_dataset("nnunet", tmp_path)
    assert check_dataset(dataset) == []
    assert [(case.id, list(case.images), case.label_ranges) for case in dataset.cases] == [
        ("spleen_2", ["ct"], ((1, 1, 1),))
    ]


@pytest.mark.parametrize("labels", [{"background": "0", "lesion": "1"}, {"0": "background", "1": "lesion"}])
def test_a_description_may_begin_with_a_mark_and_write_numbers_as_text(tmp_path, labels):
    write_raw(tmp_path, V2 | {"labels": labels})
    description = tmp_path / "dataset.json"
    description.write_bytes(b"\xef\xbb\xbf" + description.read_bytes())
    assert find_label_names(tmp_path) == {1: "lesion"}
    assert open_dataset("nnunet", tmp_path).cases


def test_images_without_the_number_of_their_channel_are_named(tmp_path):
    write_raw(tmp_path, V2)
    image = sorted((tmp_path / "imagesTr").iterdir())[0]
    image.rename(image.with_name(image.name.replace("_0000", "")))
    with raised(DataError, found="without the number of a channel") as caught:
        open_dataset("nnunet", tmp_path)
    assert "_0000" in caught.value.expected
