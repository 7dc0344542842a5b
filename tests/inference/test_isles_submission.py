import zipfile

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from segrepro.datasets import Case
from segrepro.datasets.fold_files import read_folds
from segrepro.datasets.layouts.isles2018 import find_test_cases
from segrepro.datasets.phantoms import write_phantom
from segrepro.datasets.source import write_source
from segrepro.images.io import write_image
from segrepro.inference.isles_submission import Settings, write_package
from segrepro.utils.errors import DataError, GridError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.models import write_model
from tests.raised import raised
from tests.scans import SMALL_PHANTOMS, affine_of
from tests.submissions import masks_of
from workflow_scripts import split_folds, write_submission

SHAPE, AFFINE = (6, 5, 4), affine_of("LPS", (0.9, 0.9, 8), tilt=0.1)


@pytest.fixture
def predictions(tmp_path):
    """Two cases of the test part: one as a Case, one as the path of its MTT map."""
    rng, found = np.random.default_rng(0), []
    for number in (400014, 400024):
        path = tmp_path / f"SMIR.Brain.XX.O.CT_MTT.{number}.nii"
        write_image(path, rng.random(SHAPE, np.float32), AFFINE)
        found.append((path, rng.random(SHAPE) < 0.3, AFFINE))
    path, mask, affine = found[0]
    return [(Case("test_case_1", "p", "", {"mtt": path}), mask, affine), found[1]]


def test_the_package_opens_and_holds_what_was_put_in(tmp_path, predictions):
    names = write_package(predictions, tmp_path / "submission.zip")
    assert names == ["SMIR.segrepro.400014.nii", "SMIR.segrepro.400024.nii"]
    with zipfile.ZipFile(tmp_path / "submission.zip") as package:
        assert package.testzip() is None
        assert package.namelist() == names
        package.extractall(tmp_path / "out")
    for name, (_, mask, _) in zip(names, predictions):
        image = nib.load(tmp_path / "out" / name)
        assert image.get_data_dtype() == np.uint8
        np.testing.assert_array_equal(np.asarray(image.dataobj), mask)
        np.testing.assert_allclose(image.affine, AFFINE, atol=1e-5)


def test_equal_masks_make_equal_packages_under_a_name_of_ones_own(tmp_path, predictions):
    for name in ("a.zip", "b.zip"):
        assert write_package(predictions, tmp_path / name, "my_team")[0] == "SMIR.my_team.400014.nii"
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_what_cannot_be_handed_in_leaves_no_package(tmp_path, predictions):
    (case, mask, affine), second = predictions
    stray = tmp_path / "mtt.nii"
    write_image(stray, np.zeros(SHAPE, np.float32), AFFINE)
    bad = {
        "no prediction": [],
        "a second prediction": [second, second],
        "without SMIR id": [(stray, mask, affine)],
        "other values than 0 and 1": [second, (case, mask * 2, affine)],
        "expected an MTT map": [(Case("c", "p", "", {"cbf": stray}), mask, affine)],
    }
    for message, given in bad.items():
        with pytest.raises(DataError, match=message):
            write_package(given, tmp_path / "submission.zip")
    for moved in ((case, mask[:-1], affine), (case, mask, affine_of("RAS"))):
        with pytest.raises(GridError):
            write_package([second, moved], tmp_path / "submission.zip")
    with raised(DataError, expected="letters, digits"):
        write_package(predictions, tmp_path / "submission.zip", "my.team")
    assert not list(tmp_path.glob("*.zip"))
    assert not list(tmp_path.glob(".partial*"))


def test_a_model_segments_the_whole_hidden_test_set(tmp_path):
    """From the phantom's TESTING to the package: a mask for every scan, on its map's grid, and the same once more."""
    write_phantom("isles2018", tmp_path / "data", **SMALL_PHANTOMS["isles2018"])
    cases = find_test_cases(tmp_path / "data")
    channels = ("cbf", "cbv", "mtt", "tmax")
    model = write_model(
        tmp_path / "model",
        channel=channels,
        size=(32, 32),
        preparation={
            "slices": "axial",
            "modalities": [*channels],
            "size": [32, 32],
            "start": None,
            "normalization": "minmax",
        },
        training_spacing_mm={"low": [3.0, 1.0, 1.0], "high": [13.0, 20.0, 20.0]},
    )
    settings, source = Settings(folder=tmp_path / "data", device="cpu"), tmp_path / "work/isles/source.json"
    write_source(tmp_path / "data", "phantom", source)
    packages = [tmp_path / name for name in ("first.zip", "second.zip")]
    for output in packages:
        write_submission.main(settings, model, source, output)
    assert packages[0].read_bytes() == packages[1].read_bytes()
    masks = masks_of(packages[0], cases, tmp_path / "out")
    assert 0 < np.mean([mask.mean() for mask in masks]) < 1


def test_at_paper_scale_a_model_of_its_own_learns_from_the_scored_cases_too(tmp_path):
    values = {"studies": "pseudo_dwi", "experiments": ["full"], "work": str(tmp_path)}
    paper, demo = (make_plan(load_config(values | {"scale": scale})) for scale in ("paper", "demo"))
    seeds = paper.runs["pseudo_dwi"]
    scored = seeds[0]
    sent = paper.submission_run("pseudo_dwi")
    assert demo.submission_run("pseudo_dwi") in demo.runs["pseudo_dwi"]
    assert (sent.name, set(paper.all_runs)) == ("full-train_on_all", {*(run.key for run in seeds), sent.key})
    assert paper.models_of("pseudo_dwi", sent.name) == [f"{tmp_path}/runs/{sent.key}/fold0/model.json"]
    cases = pd.DataFrame({"case": [f"c{i:02}" for i in range(94)], "patient": [f"p{i * 63 // 94}" for i in range(94)]})
    cases = cases.assign(site="", part="", ml=[(1.0, 20.0, 80.0)[i * 63 // 94 % 3] for i in range(94)])
    cases.to_csv(tmp_path / "cases.csv", index=False)
    parts = {}
    for run in (scored, sent):
        split_folds.main(paper.fold_settings(run.folds_key), tmp_path / "cases.csv", tmp_path / "folds.csv")
        parts[run.name] = read_folds(tmp_path / "folds.csv").set_index("case")["part"]
    assert parts["full"].value_counts().to_dict() == {"train": 65, "test": 23, "validation": 6}
    assert parts["full-train_on_all"].value_counts().to_dict() == {"train": 88, "validation": 6}
    kept = [part[part == "validation"].index.tolist() for part in parts.values()]
    assert kept[0] == kept[1]
