"""A data set in nnU-Net's format, and what cannot be exported."""

import json
from dataclasses import replace

import numpy as np
import pytest

from segrepro.datasets import Case, open_dataset
from segrepro.datasets.folds import split_folds, write_folds
from segrepro.datasets.integrity.check import check_dataset
from segrepro.datasets.layouts.nnunet import find_ignore_label
from segrepro.datasets.nnunet_export import export_nnunet
from segrepro.datasets.phantoms import phantom_names, write_phantom
from segrepro.images.image import Image
from segrepro.images.io import read_image, write_image
from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan
from segrepro.utils.errors import DataError
from segrepro.workflow.config.load import load_study, study_names
from tests.raised import raised
from tests.scans import SMALL_PHANTOMS, affine_of, write_case


def folds_of(cases, path, k=2):
    write_folds(split_folds([(case.id, case.patient) for case in cases], k), path)
    return path


def volumes(folder):
    """Two volumes of each of four patients, two channels each, with 0, 7, 8 and 200 in the mask."""
    cases = []
    for number, name in enumerate("abcdefgh"):
        case = write_case(folder, affine=affine_of("LPS", tilt=0.3), seed=number, name=name)
        mask = np.random.default_rng(number).choice(np.array([0, 7, 8, 200], np.uint8), (9, 8, 7))
        write_image(case.labels[0], mask, affine_of("LPS", tilt=0.3))
        ranges, flair = ((7, 9, 1), (200, 255, 2)), folder / f"{name}_flair.nii.gz"
        write_image(flair, read_image(case.images["t1"]).array * 2, affine_of("LPS", tilt=0.3))
        cases.append(Case(name, f"p{number // 2}", "", case.images | {"flair": flair}, case.labels, None, ranges))
    return cases


def test_an_exported_folder_holds_the_same_cases_labels_and_folds(tmp_path):
    cases, folder = volumes(tmp_path), tmp_path / "Dataset101_Two"
    folds = folds_of(cases, tmp_path / "folds.csv")
    export_nnunet(cases, folds, folder, {1: "core", 2: "edge"})
    dataset = open_dataset("nnunet", folder)
    assert check_dataset(dataset) == []
    for ours, theirs in zip(cases, dataset.cases, strict=True):
        assert (ours.id, ours.patient, list(ours.images)) == (theirs.id, theirs.patient, list(theirs.images))
        for role in ours.images:
            one, other = read_image(ours.images[role]), read_image(theirs.images[role])
            np.testing.assert_array_equal(one.array, other.array)
            np.testing.assert_allclose(one.affine, other.affine, atol=1e-6)
        raw, written = read_image(ours.labels[0]).array, read_image(theirs.labels[0]).array
        np.testing.assert_array_equal(written, np.select([raw == 7, raw == 8, raw == 200], [1, 1, 2]))
    splits = json.loads((folder / "splits_final.json").read_text())
    assert len(splits) == 2
    assert sorted(splits[0]["val"] + splits[1]["val"]) == list("abcdefgh")
    assert not set(splits[0]["train"]) & set(splits[0]["val"])


def test_the_description_is_of_version_2(tmp_path):
    cases, folder = volumes(tmp_path), tmp_path / "Dataset101_Two"
    export_nnunet(cases, folds_of(cases, tmp_path / "folds.csv"), folder, {1: "core", 2: "edge"}, workers=2)
    description = json.loads((folder / "dataset.json").read_text())
    assert description["channel_names"] == {"0": "t1", "1": "flair"}
    assert description["labels"] == {"background": 0, "core": 1, "edge": 2}
    assert (description["numTraining"], description["file_ending"]) == (8, ".nii.gz")


def test_colour_pictures_become_three_grey_ones(tmp_path):
    write_phantom("isic2017", tmp_path / "isic", patients=8, columns=(24, 32))
    cases, folder = open_dataset("isic2017", tmp_path / "isic").cases, tmp_path / "Dataset001_Skin"
    export_nnunet(cases, folds_of(cases, tmp_path / "folds.csv"), folder, {1: "lesion"})
    again = open_dataset("nnunet", folder)
    assert check_dataset(again) == []
    for ours, theirs in zip(cases, again.cases, strict=True):
        assert list(theirs.images) == ["red", "green", "blue"]
        planes = [read_image(path).array for path in theirs.images.values()]
        np.testing.assert_array_equal(np.stack(planes, axis=-1), read_image(ours.images["rgb"]).array)
        label = read_image(theirs.labels[0]).array
        np.testing.assert_array_equal(label, read_image(ours.labels[0]).array > 0)
        assert label.max() == 1


@pytest.mark.parametrize("layout", phantom_names())
def test_every_layout_is_exported_with_its_studys_labels_and_read_back(tmp_path, layout, capsys):
    studies = [load_study(name, "demo") for name in study_names()]
    spec = next(spec for study in studies for spec in study.datasets.values() if spec.layout == layout)
    write_phantom(layout, tmp_path / "data", **SMALL_PHANTOMS[layout])
    cases, folder = open_dataset(layout, tmp_path / "data").cases, tmp_path / "Dataset007_Phantom"
    export_nnunet(cases, folds_of(cases, tmp_path / "folds.csv"), folder, spec.labels, ignore_label=spec.ignore_label)
    again = open_dataset("nnunet", folder)
    assert check_dataset(again, allow_empty=spec.allow_empty) == []
    assert find_ignore_label(folder) == (2 if layout == "wmh2017" else None)
    left_out = f"the series in time (ctp) of {len(cases)} cases are left out" in capsys.readouterr().out
    assert left_out == (layout == "isles2018")
    for ours, theirs in zip(cases, again.cases, strict=True):
        colours = {"rgb": ["red", "green", "blue"], "ctp": []}
        assert list(theirs.images) == [name for role in ours.images for name in colours.get(role, [role])]
        assert (theirs.id, theirs.patient) == (ours.id, ours.patient)
        labels = []
        for case in (ours, theirs):
            role, path = next(iter(case.images.items()))
            scan = read_image(path) if role == "rgb" else read_scan(path)
            plane = Image(scan.array[..., 0], scan.affine) if role == "rgb" else scan
            labels.append(read_label(case.labels, plane, path, case.label_ranges))
        np.testing.assert_array_equal(*labels)


def test_the_label_to_ignore_becomes_the_highest_value(tmp_path):
    cases, folder = volumes(tmp_path), tmp_path / "Dataset101_One"
    cases = [replace(case, label_ranges=((7, 9, 1), (200, 255, 7))) for case in cases]
    folds = folds_of(cases, tmp_path / "folds.csv")
    with raised(DataError, found="ignore_label 1", expected="a value that is no label"):
        export_nnunet(cases, folds, folder, {1: "core"}, ignore_label=1)
    export_nnunet(cases, folds, folder, {1: "core"}, ignore_label=7)
    description = json.loads((folder / "dataset.json").read_text())
    assert description["labels"] == {"background": 0, "core": 1, "ignore": 2}
    raw, written = (read_image(path).array for path in (cases[0].labels[0], folder / "labelsTr/a.nii.gz"))
    np.testing.assert_array_equal(written, np.select([raw == 7, raw == 8, raw == 200], [1, 1, 2]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"folder": "spleen"}, ["this name", "Dataset101_Lesions"]),
        ({"labels": {1: "core"}}, ["found labels [2]", "expected labels [0, 1]"]),
        ({"labels": {2: "core"}}, ["labels [2]", "labels 1, 2"]),
        ({"cases": slice(0, 6)}, ["folds.csv", "2 other cases (g, h)"]),
        ({"cases": slice(0, 0)}, ["0 cases"]),
    ],
)
def test_what_cannot_be_exported_leaves_nothing(tmp_path, change, words):
    cases = volumes(tmp_path)
    folds, before = folds_of(cases, tmp_path / "folds.csv"), sorted(tmp_path.iterdir())
    folder = tmp_path / change.get("folder", "Dataset101_Two")
    labels, chosen = change.get("labels", {1: "core", 2: "edge"}), cases[change.get("cases", slice(None))]
    with pytest.raises(DataError) as error:
        export_nnunet(chosen, folds, folder, labels)
    assert all(word in str(error.value) for word in words), str(error.value)
    assert sorted(tmp_path.iterdir()) == before


def test_cases_unlike_the_others_and_a_folder_in_use_are_refused(tmp_path):
    cases = volumes(tmp_path)
    folds = folds_of(cases, tmp_path / "folds.csv")
    bare = Case("a", "p0", "", cases[0].images)
    other = Case("h", "p3", "", {"t2": cases[7].images["t1"]}, cases[7].labels)
    for chosen, words in (
        ([bare, *cases[1:]], r"without image or label \(a\)"),
        ([*cases[:7], other], r"unlike.*\(h\)"),
    ):
        with raised(DataError, found=words):
            export_nnunet(chosen, folds, tmp_path / "Dataset101_Two", {1: "core", 2: "edge"})
    (tmp_path / "Dataset101_Two").mkdir()
    (tmp_path / "Dataset101_Two" / "mine.txt").write_text("x")
    with raised(DataError, found="a folder in use"):
        export_nnunet(cases, folds, tmp_path / "Dataset101_Two", {1: "core", 2: "edge"})


def test_folds_of_single_slices_are_refused(tmp_path):
    cases = volumes(tmp_path)
    folds = split_folds([(case.id, case.patient) for case in cases], 2)
    train = folds.index[(folds.fold == 0) & (folds.part == "train")][0]
    folds.loc[folds.index[(folds.fold == 0) & (folds.part == "test")][0], "case"] = folds.case[train]
    write_folds(folds, tmp_path / "folds.csv")
    with raised(DataError, found=f"case {folds.case[train]} in train and test of fold 0"):
        export_nnunet(cases, tmp_path / "folds.csv", tmp_path / "Dataset101_Two", {1: "core", 2: "edge"})
