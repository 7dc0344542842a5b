"""What the report's viewer is given must be what lies in the files."""

import base64
import gzip
import json

import numpy as np
import pytest

from segrepro.report.page import viewer_cases as module
from tests.report.made_up import CODES, SHAPE, MadeUpStudy, MadeUpSynthesis, disc


@pytest.fixture
def study(tmp_path):
    return MadeUpStudy(tmp_path)


def read_script(path) -> dict:
    """The content of a case's script, decoded without the code that wrote it."""
    text = path.read_text()
    assert text.startswith("segreproFile(")
    return json.loads(text.removeprefix("segreproFile(").removesuffix(");\n"))


def bytes_of(text: str) -> np.ndarray:
    return np.frombuffer(gzip.decompress(base64.b64decode(text)), np.uint8)


def mask_of(content: dict, name: str) -> np.ndarray:
    return bytes_of(content["masks"][name]).reshape(content["shape"])


def shown(content: dict, name: str) -> np.ndarray:
    """A grey image of a case in the units of its file."""
    (image,) = (image for image in content["images"] if image["name"] == name)
    low, high = image["window"]
    return bytes_of(image["values"]).reshape(content["shape"]) / 255 * (high - low) + low


def in_ras(array: np.ndarray) -> np.ndarray:
    """A volume of orientation PIR as (S, H, W) of RAS+, by hand: x from axis 2, y from axis 0, z from axis 1."""
    assert CODES == "PIR"
    return array[::-1, ::-1, :].transpose(1, 0, 2)


def test_a_volume_in_slices_of_ras_with_every_runs_mask(study):
    listed = study.export()
    entry = next(entry for entry in listed["cases"] if entry["case"] == "v5")
    content = read_script(study.results / "cases" / entry["script"])
    truth = disc(SHAPE, (6, 7, 4), 4.0)
    assert entry["runs"] == ["unet", "xnet"]
    assert content["shape"] == [14, 12, 9]
    assert content["spacing_mm"] == [1.5, 3.0, 2.0]
    np.testing.assert_array_equal(mask_of(content, "truth"), in_ras(truth))
    np.testing.assert_array_equal(mask_of(content, "unet"), in_ras(truth))
    np.testing.assert_array_equal(mask_of(content, "xnet"), in_ras(np.roll(truth, 1, 0)))
    assert entry["size"] == pytest.approx(truth.sum() * 9 / 1000, abs=0.005)
    assert entry["unit"] == "ml"


def test_grey_values_lead_back_to_the_scan(study, tmp_path):
    import nibabel as nib

    study.export()
    content = read_script(study.results / "cases/atlas-v2.js")
    image = nib.load(tmp_path / "atlas/imagesTr/v2_0000.nii.gz")
    low, high = content["images"][0]["window"]
    values = np.clip(in_ras(image.get_fdata()), low, high)
    np.testing.assert_allclose(shown(content, "t1"), values, atol=(high - low) / 255)


def test_a_picture_keeps_its_colours(study, tmp_path):
    import cv2

    study.export()
    content = read_script(study.results / "cases/skin-p0.js")
    (image,) = content["images"]
    assert (content["shape"], image["name"], image["channels"]) == ([1, 20, 30], "rgb", 3)
    picture = cv2.cvtColor(cv2.imread(str(tmp_path / "skin/imagesTr/p0_0000.png")), cv2.COLOR_BGR2RGB)
    np.testing.assert_array_equal(bytes_of(image["values"]).reshape(20, 30, 3), picture)
    np.testing.assert_array_equal(mask_of(content, "threshold")[0], disc((20, 30), (8, 12), 5))


def test_at_paper_scale_a_few_cases_from_small_to_large_label(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CASES_AT_PAPER_SCALE", 3)
    study = MadeUpStudy(tmp_path)
    study.settings = study.settings.model_copy(update={"scale": "paper"})
    listed = study.export()
    assert listed["total"] == 10
    assert [entry["case"] for entry in listed["cases"]] == ["v0", "v4", "v7", "p0", "p1"]
    assert [entry["chosen_as"] for entry in listed["cases"]] == ["by size", "by size", "by size", "", ""]
    assert sorted(path.name for path in (study.results / "cases").glob("*.js")) == sorted(
        entry["script"] for entry in listed["cases"]
    )


def test_all_images_of_a_case_and_those_that_runs_made_but_no_series(tmp_path):
    import nibabel as nib

    study = MadeUpSynthesis(tmp_path)
    study.export()
    content = read_script(study.results / "cases/heads-v4.js")
    images = {image["name"]: image for image in content["images"]}
    assert list(images) == ["cbf", "dwi", "full", "synthesis_l2"]
    for number, role in enumerate(["cbf", "dwi"]):
        scan = in_ras(nib.load(tmp_path / f"heads/imagesTr/v4_{number:04d}.nii.gz").get_fdata())
        low, high = images[role]["window"]
        np.testing.assert_allclose(shown(content, role), np.clip(scan, low, high), atol=(high - low) / 255)
    made = in_ras(nib.load(tmp_path / "work/full/fold0/images/v4.nii.gz").get_fdata())
    np.testing.assert_allclose(shown(content, "full"), made, atol=0.6 / 255)
    photo = read_script(study.results / "cases/photos-p0.js")
    assert [(image["name"], image["channels"]) for image in photo["images"]] == [
        ("before", 1),
        ("after", 1),
        ("slnet_ce", 1),
    ]


def test_a_run_without_masks_is_named_and_shows_its_images(tmp_path):
    study = MadeUpSynthesis(tmp_path)
    listed = study.export()
    assert (listed["runs"], listed["without_masks"]) == (["slnet_ce", "full"], ["synthesis_l2"])
    assert [(entry["runs"], entry["synthesised"]) for entry in listed["cases"]] == [
        (["full"], ["full", "synthesis_l2"]),
        (["full"], ["full", "synthesis_l2"]),
        (["slnet_ce"], ["slnet_ce"]),
    ]
    study.predictions = study.predictions[-1:]
    assert [(entry["case"], entry["runs"]) for entry in study.export()["cases"]] == [("v1", []), ("v4", [])]


def test_an_image_of_a_synthesis_that_diverged_is_black(tmp_path):
    from segrepro.images.io import read_image, write_image

    study = MadeUpSynthesis(tmp_path)
    file = tmp_path / "work/full/fold0/images/v4.nii.gz"
    image = read_image(file)
    write_image(file, np.full_like(image.array, np.nan), image.affine)
    study.export()
    content = read_script(study.results / "cases/heads-v4.js")
    assert not shown(content, "full").any()


def test_only_learned_labels_are_truth(study):
    """Raw 1 is a label that nobody learns, as other pathology in WMH; raw 2 is learned."""
    from segrepro.images.io import read_image, write_image

    study.describe("atlas", {"background": 0, "other": 1, "lesion": 2})
    study.learn({2: "lesion"})
    for file in (study.folder / "atlas/labelsTr").iterdir():
        image = read_image(file)
        raw = image.array * 2
        raw[0, 0, :] = 1
        write_image(file, raw, image.affine)
    study.export()
    content = read_script(study.results / "cases/atlas-v0.js")
    np.testing.assert_array_equal(mask_of(content, "truth"), in_ras(disc(SHAPE, (6, 7, 4), 2)))


def test_each_label_has_its_own_number_and_name(study):
    from segrepro.images.io import read_image, write_image

    study.describe("atlas", {"background": 0, "liver": 1, "spleen": 4})
    study.learn({1: "liver", 4: "spleen"})
    for file in (study.folder / "atlas/labelsTr").iterdir():
        image = read_image(file)
        labels = image.array.copy()
        labels[0, 0, :] = 4
        write_image(file, labels, image.affine)
    study.export()
    content = read_script(study.results / "cases/atlas-v5.js")
    assert content["labels"] == ["liver", "spleen"]
    truth = disc(SHAPE, (6, 7, 4), 4.0)
    truth[0, 0, :] = 2
    np.testing.assert_array_equal(mask_of(content, "truth"), in_ras(truth))
    # Centre (6, 7, 4) of shape (12, 14, 9), orientation PIR: x 4, y 11 - 6, z 13 - 7.
    assert content["first_point"] == [4, 5, 6]


def test_the_same_study_gives_the_same_files(study):
    study.export()
    first = {path.name: path.read_bytes() for path in (study.results / "cases").iterdir()}
    study.export()
    assert first == {path.name: path.read_bytes() for path in (study.results / "cases").iterdir()}
