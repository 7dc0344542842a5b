"""studies/<name>.yaml for data sets of one's own: each loads at both scales, and says what was seen."""

import numpy as np
import pytest

from segrepro.datasets.fingerprint.measure import fingerprint_folder
from segrepro.datasets.phantoms import write_phantom
from segrepro.images.io import write_image
from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config import load
from segrepro.workflow.config.config import load_config
from segrepro.workflow.new_study.write import RULE, TARGETS, write_study
from segrepro.workflow.plan.make_plan import make_plan
from tests.datasets.layouts.test_nnunet import V2, write_raw
from tests.scans import SMALL_PHANTOMS, affine_of, write_slices


@pytest.fixture
def studies(tmp_path, monkeypatch):
    """The studies of a folder of one's own, which is the current one."""
    folder = tmp_path / "studies"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    return folder


def anisotropic(folder, count=6):
    """Two channels, voxels of 0.9 to 1.1 x 1 x 4 mm."""
    rng = np.random.default_rng(0)
    write_raw(folder, V2, names=[f"p{n}" for n in range(count)])
    for n in range(count):
        affine = affine_of("LPS", (0.9 + n / 25, 1.0, 4.0))
        for channel in range(2):
            image = rng.integers(1, 999, (20, 18, 6)).astype(np.int16)
            write_image(folder / f"imagesTr/p{n}_{channel:04d}.nii.gz", image, affine)
        mask = np.zeros((20, 18, 6), np.uint8)
        mask[5:9, 5:9, 2:4] = 1 + n % 2
        write_image(folder / f"labelsTr/p{n}.nii.gz", mask, affine)
    return folder


def test_an_own_study_is_planned_from_its_file_alone(tmp_path, studies):
    folder = anisotropic(tmp_path / "set")
    assert write_study("lesions", folder, fingerprint_folder(folder)).resolve() == studies / "lesions.yaml"
    for scale, folds in (("demo", 1), ("paper", 5)):
        config = load_config({"studies": "lesions", "scale": scale, "work": str(tmp_path / "work")})
        plan = make_plan(config)
        runs = plan.runs["lesions"]
        assert [run.experiment for run in runs] == ["unet", "xnet", "scse_unet"]
        assert {run.folds.count for run in runs} == {folds}
        assert runs[0].dataset.path == str(folder.resolve())
        assert runs[0].dataset.spec.labels == {1: "core", 2: "edge"}
        assert runs[0].resolved.preparation.spacing_mm == (None, 1.0, 1.0)


@pytest.mark.parametrize("layout", ["atlas", "isic2017", "msd", "chaos_mr"])
def test_studies_of_other_layouts_load_too(tmp_path, studies, layout):
    write_phantom(layout, tmp_path / "set", **SMALL_PHANTOMS[layout])
    write_study("own", tmp_path / "set", fingerprint_folder(tmp_path / "set", layout))
    assert load.load_study("own", "paper").citation == ""


def test_pictures_and_cases_without_a_lesion(tmp_path, studies):
    write_slices(tmp_path / "set", ["a", "b", "c"])
    write_slices(tmp_path / "set", ["d"], seed=9, value=0)
    write_study("own", tmp_path / "set", fingerprint_folder(tmp_path / "set"))
    study = load.load_study("own", "paper")
    assert study.datasets["own"].allow_empty
    assert study.preparation["slices"] == "none"
    assert "hd95_mm" not in study.tables["scores"].metrics


@pytest.mark.parametrize("name", ["Lesions", "my-study", "2nd", "report", "train_model", "taken"])
def test_a_name_that_cannot_be_a_study_is_refused(tmp_path, studies, name):
    (studies / "taken.yaml").touch()
    write_slices(tmp_path / "set", ["a", "b", "c"])
    with pytest.raises(ConfigError):
        write_study(name, tmp_path / "set", fingerprint_folder(tmp_path / "set"))
    assert [path.name for path in studies.iterdir()] == ["taken.yaml"]


def test_masks_without_any_label_are_refused(tmp_path, studies):
    write_slices(tmp_path / "set", ["a", "b", "c"], value=0)
    with pytest.raises(DataError) as error:
        write_study("own", tmp_path / "set", fingerprint_folder(tmp_path / "set"))
    assert error.value.found == "no labelled voxel in any case"
    assert not list(studies.iterdir())


def test_a_folder_that_went_is_one_line(tmp_path, studies):
    folder = anisotropic(tmp_path / "set")
    write_study("lesions", folder, fingerprint_folder(folder))
    folder.rename(tmp_path / "gone")
    with pytest.raises(DataError) as error:
        make_plan(load_config({"studies": "lesions", "work": str(tmp_path / "work")}))
    assert (error.value.where, error.value.found) == (str(folder), "no such folder")


def test_the_row_of_nnunet_is_one_sign_away(tmp_path, studies):
    folder = anisotropic(tmp_path / "set")
    write_study("own", folder, fingerprint_folder(folder))
    path = studies / "own.yaml"
    text = path.read_text()
    assert "# nnunet: {" in text
    path.write_text(text.replace("  # nnunet: {", "  nnunet: {").replace("rows: [", "rows: [nnunet, "))
    study = load.load_study("own", "paper")
    assert study.resolved["nnunet"].options == {"configuration": "2d", "epochs": 250}
    assert study.tables["scores"].rows[0].label == "nnU-Net 2D"


def test_the_targets_are_the_rules_of_the_snakefile():
    assert set(RULE.findall((REPOSITORY / "workflow/Snakefile").read_text())) == TARGETS
