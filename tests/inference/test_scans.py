import errno
import json

import numpy as np
import pytest
import torch

from segrepro.datasets import Case
from segrepro.images.io import read_image, write_image
from segrepro.inference.ensemble import load_ensemble, segment
from segrepro.inference.predictor import Predictor
from segrepro.inference.scan_inputs import own_cases
from segrepro.inference.scans import segment_files
from segrepro.preprocessing.preparation import prepare_case
from segrepro.preprocessing.resize_crop import to_scan_grid
from segrepro.training.model import load_model, read_card
from segrepro.training.model_card import describe
from segrepro.utils.errors import ConfigError, DataError, DiskError, GridError, ModelError, SegreproError
from tests.models import write_model
from tests.raised import raised
from tests.scans import affine_of

CPU = torch.device("cpu")
SHAPE, SPACING = (18, 21, 5), (1.0, 1.0, 3.0)


def write_scan(path, shape=SHAPE, spacing=SPACING, codes="LAS", tilt=0.3, seed=0):
    rng = np.random.default_rng(seed)
    array = rng.normal(100, 20, shape).astype(np.float32)
    write_image(path, array, affine_of(codes, spacing, tilt))
    return path


def run(tmp_path, scan, model, name="mask.nii.gz", **options):
    cases = own_cases(model, [scan], []).cases
    return list(segment_files(cases, [model], tmp_path / name, "cpu", **options))


@pytest.mark.parametrize("codes", ["RAS", "LPS", "SAR"])
def test_the_mask_lies_on_the_oblique_scans_own_grid_and_its_volume_is_counted_there(tmp_path, codes):
    spacing = SPACING if codes != "SAR" else (3.0, 1.0, 1.0)
    scan = write_scan(tmp_path / "scan.nii.gz", SHAPE if codes != "SAR" else SHAPE[::-1], spacing, codes)
    ((mask, found),) = run(tmp_path, scan, write_model(tmp_path / "model"))
    source, written = read_image(scan), read_image(mask)
    assert written.array.shape == source.array.shape
    np.testing.assert_allclose(written.affine, source.affine, atol=1e-6)
    assert written.array.dtype == np.uint8
    count = int((written.array == 1).sum())
    assert 0 < count < written.array.size
    assert found.voxels == {"lesion": count}
    assert found.volumes_ml["lesion"] == pytest.approx(count * 3 / 1000)


def test_the_mask_is_what_the_plain_network_says_on_the_training_preparation(tmp_path):
    scan, folder = write_scan(tmp_path / "scan.nii.gz"), write_model(tmp_path / "model")
    ((mask, _),) = run(tmp_path, scan, folder)
    model = load_model(folder)
    prepared = prepare_case(Case("a", "", "", {"t1": scan}), model.card.preparation)
    with torch.inference_mode():
        logits = model.network(torch.from_numpy(prepared.arrays["t1"][:, None].astype(np.float32)))
    expected = to_scan_grid((logits[:, 0] > 0).numpy().astype(np.uint8), prepared.record)
    assert (read_image(mask).array != expected).mean() < 1e-3


def test_files_beside_the_mask(tmp_path):
    scan, model = write_scan(tmp_path / "scan.nii.gz"), write_model(tmp_path / "model")
    run(tmp_path, scan, model, "out/mask.nii.gz", probabilities=True)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"mask.nii.gz", "mask-overlay.png", "mask.json", "mask-lesion.nii.gz"}
    probability = read_image(tmp_path / "out/mask-lesion.nii.gz")
    mask = read_image(tmp_path / "out/mask.nii.gz")
    assert probability.array.dtype == np.float32
    np.testing.assert_array_equal(probability.array > 0.5, mask.array == 1)
    np.testing.assert_allclose(probability.affine, mask.affine)
    record = json.loads((tmp_path / "out/mask.json").read_text())
    assert record["scan"] == {"t1": str(scan)}
    assert record["volumes_ml"]["lesion"] == pytest.approx(record["voxels"]["lesion"] * 3 / 1000)
    assert {"commit", "versions", "machine", "models", "seconds", "device"} <= set(record)
    assert len(record["models"][0]["sha256"]) == 64
    overlay = read_image(tmp_path / "out/mask-overlay.png").array
    assert overlay.ndim == 3
    assert (overlay[..., 0].astype(int) - overlay[..., 2] > 100).any()  # an orange outline on grey


def test_models_that_are_not_folds_of_one_experiment_are_refused(tmp_path):
    first, other = write_model(tmp_path / "a"), write_model(tmp_path / "b", labels={"1": "tumour"})
    with raised(ModelError, found="other channels or labels"):
        load_ensemble([first, other])
    with raised(ModelError, found="no model there"):
        load_ensemble([first / "weights.pt"])
    residues = [{"feature": "r", "kind": "area_opening", "settings": {"of": "t1", "area_px": area}} for area in (5, 9)]
    models = [write_model(tmp_path / f"r{i}", channel=("t1", "r"), features=[r]) for i, r in enumerate(residues)]
    with raised(ModelError, found="other features or labels"):
        load_ensemble(models)


def test_several_labels_have_their_own_volumes_and_probabilities(tmp_path):
    model = write_model(tmp_path / "model", labels={"1": "liver", "2": "left kidney"})
    ((mask, found),) = run(tmp_path, write_scan(tmp_path / "scan.nii.gz"), model, probabilities=True)
    array = read_image(mask).array
    assert found.voxels == {"liver": (array == 1).sum(), "left kidney": (array == 2).sum()}
    assert set(np.unique(array)) <= {0, 1, 2}
    assert len(list(tmp_path.glob("mask-l*.nii.gz"))) == 2


def test_a_picture_gives_a_picture(tmp_path):
    model = write_model(tmp_path / "model", slices="none", channel="image", spacing=(1, 1, 1))
    scan = tmp_path / "mole.png"
    write_image(scan, np.random.default_rng(0).integers(0, 255, (30, 25), dtype=np.uint8), np.eye(4))
    ((mask, found),) = run(tmp_path, scan, model, "out", probabilities=True)
    assert mask.name == "mole.png"
    written = read_image(mask).array
    assert written.shape == (30, 25)
    assert found.volumes_ml is None
    assert found.voxels["lesion"] == (written == 1).sum()
    probability = read_image(tmp_path / "out/probabilities/mole-lesion.png").array
    assert probability.dtype == np.uint16
    assert ((probability > 32768) == (written == 1)).mean() > 0.999


@pytest.mark.parametrize("shape", [(16, 16), (30, 25), (200, 300)])
def test_a_picture_of_any_size_is_segmented_by_a_model_that_resizes(tmp_path, shape):
    preparation = {"slices": "none", "resize": [16, 16], "size": [16, 16], "start": None, "normalization": "max"}
    model = write_model(tmp_path / "model", channel="image", spacing=(1, 1.9, 1.6), preparation=preparation)
    write_image(tmp_path / "mole.png", np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8), np.eye(4))
    ((mask, _),) = run(tmp_path, tmp_path / "mole.png", model, "out")
    assert read_image(mask).array.shape == shape
    assert "spacing" not in describe(read_card(model))


def test_a_model_of_two_images_takes_them_by_role_in_any_order(tmp_path):
    model = write_model(tmp_path / "model", channel=("flair", "t1"))
    flair, t1 = write_scan(tmp_path / "f.nii.gz"), write_scan(tmp_path / "t.nii.gz", seed=1)
    (case,) = own_cases(model, [], [f"t1={t1}", f"flair={flair}"]).cases
    assert list(case.images) == ["flair", "t1"]
    assert segment(case, Predictor(load_ensemble([model]), CPU)).labels.shape == SHAPE
    for scans, images in ([flair], []), ([], [f"flair={flair}"]), ([], [f"flair={flair}", f"t1={t1}", "t2=x"]):
        with raised(DataError, expected="flair, t1", remedy="Give --image flair=FILE --image t1=FILE"):
            own_cases(model, scans, images)
    with raised(ConfigError, found="flair twice"):
        own_cases(model, [], [f"flair={flair}", f"flair={t1}", f"t1={t1}"])
    shifted = write_scan(tmp_path / "s.nii.gz", tilt=0.31)
    (case,) = own_cases(model, [], [f"t1={shifted}", f"flair={flair}"]).cases
    with pytest.raises(GridError):
        segment(case, Predictor(load_ensemble([model]), CPU))


def refused(tmp_path):
    """Scans that the model of `write_model` was not made for, each with what the message says."""
    write_scan(tmp_path / "series.nii.gz", (*SHAPE, 4))
    yield tmp_path / "series.nii.gz", r"shape \(18, 21, 5, 4\)"
    write_scan(tmp_path / "coarse.nii.gz", spacing=(1.0, 1.7, 3.0))
    yield tmp_path / "coarse.nii.gz", "1.7 mm between rows; expected 0.667 to 1.5 mm"
    write_scan(tmp_path / "thick.nii.gz", spacing=(1.0, 1.0, 10.0))
    yield tmp_path / "thick.nii.gz", "10 mm between slices; expected 1 to 9 mm"
    write_image(tmp_path / "flat.nii.gz", np.full(SHAPE, 7, np.int16), affine_of("RAS", SPACING))
    yield tmp_path / "flat.nii.gz", "one value everywhere"
    write_image(tmp_path / "nan.nii.gz", np.full(SHAPE, np.nan, np.float32), affine_of("RAS", SPACING))
    yield tmp_path / "nan.nii.gz", "NaN"
    write_image(tmp_path / "picture.png", np.zeros((20, 20), np.uint8), np.eye(4))
    yield tmp_path / "picture.png", "a picture; expected a volume, as xnet was trained on"
    in_metres(tmp_path / "metres.nii.gz")
    yield tmp_path / "metres.nii.gz", "voxel sizes in metres; expected mm"
    (tmp_path / "torn.nii.gz").write_bytes((tmp_path / "coarse.nii.gz").read_bytes()[:300])
    yield tmp_path / "torn.nii.gz", "damaged"


def in_metres(path):
    import nibabel as nib

    image = nib.Nifti1Image(np.random.default_rng(0).random(SHAPE, np.float32), affine_of("RAS", SPACING))
    image.header.set_xyzt_units("meter")
    nib.save(image, path)


def test_what_the_model_was_not_made_for_is_refused_in_one_line_and_nothing_is_written(tmp_path):
    model = write_model(tmp_path / "model")
    for scan, message in refused(tmp_path):
        ending = ".png" if scan.suffix == ".png" else ".nii.gz"
        with pytest.raises(SegreproError, match=message) as caught:
            run(tmp_path, scan, model, f"out/mask{ending}")
        assert "\n" not in str(caught.value)
        assert str(scan) in str(caught.value)
        assert not (tmp_path / "out").exists()


WRONG_UNITS = {
    "shifted": lambda hu: hu + 1024,
    "huge": lambda hu: hu * 1e6,
    "attenuation": lambda hu: (hu / 1000 + 1).clip(0) * 0.02,
}


@pytest.mark.parametrize("unit", WRONG_UNITS)
def test_ct_that_is_not_in_hounsfield_units_is_refused_as_check_does(tmp_path, unit):
    from segrepro.datasets.integrity.images import image_faults

    model = write_model(tmp_path / "model", channel="ct")
    hu = np.random.default_rng(0).uniform(-1024, 1500, SHAPE).astype(np.float32)
    hu[0, 0, 0] = -1024
    right, wrong = tmp_path / "hu.nii.gz", tmp_path / "wrong.nii.gz"
    write_image(right, hu, affine_of("RAS", SPACING))
    write_image(wrong, WRONG_UNITS[unit](hu), affine_of("RAS", SPACING))
    assert len(run(tmp_path, right, model)) == 1
    with raised(DataError, where="wrong.nii.gz", found="CT with values", expected="Hounsfield units") as caught:
        run(tmp_path, wrong, model, "out")
    (fault,) = image_faults(Case("a", "a", "", {"ct": wrong}), "ct", wrong, read_image(wrong))
    assert str(fault) == str(caught.value)
    assert len(run(tmp_path, wrong, write_model(tmp_path / "mr"), "other")) == 1  # of another role nothing is known


def test_one_refused_scan_does_not_stop_the_others(tmp_path):
    folder, model = tmp_path / "scans", write_model(tmp_path / "model")
    folder.mkdir()
    faults = len(list(refused(folder)))
    write_scan(folder / "good.nii.gz")
    segmented = segment_files(own_cases(model, [folder], []).cases, [model], tmp_path / "out", "cpu")
    assert next(segmented)[0].name == "good.nii.gz"
    with pytest.raises(SegreproError) as caught:
        next(segmented)
    assert len(str(caught.value).splitlines()) == faults
    assert set(contents(tmp_path / "out")) == {"good.nii.gz", "overlays/good.png", "records/good.json"}


@pytest.mark.parametrize("name", ["mask.png", "scan.nii.gz", "mask.jpg"])
def test_an_output_of_another_kind_or_the_scan_itself_is_refused(tmp_path, name):
    scan, model = write_scan(tmp_path / "scan.nii.gz"), write_model(tmp_path / "model")
    before = scan.read_bytes()
    with pytest.raises(SegreproError, match=name):
        run(tmp_path, scan, model, name)
    assert scan.read_bytes() == before


def contents(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_files_of_others_are_never_replaced_and_all_are_named_before_a_scan_is_computed(tmp_path, monkeypatch):
    model, folder = write_model(tmp_path / "model"), tmp_path / "bids"
    for name in ("a", "b", "c"):
        write_scan(folder / f"{name}.nii")
    others = [
        tmp_path / name for name in ("out/records/a.json", "out/overlays/b.png", "out/probabilities/c-lesion.nii.gz")
    ]
    for path in others:
        path.parent.mkdir(parents=True)
        path.write_text('{"EchoTime": 0.03}')
    before = contents(tmp_path / "out")
    monkeypatch.setattr("segrepro.inference.scans.segment", None)  # would fail if it were called
    cases = own_cases(model, sorted(folder.glob("?.nii")), []).cases
    with pytest.raises(DataError) as caught:
        list(segment_files(cases, [model], tmp_path / "out", "cpu", probabilities=True))
    lines = str(caught.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [str(path) for path in others]
    assert all("found a file that segrepro predict did not write; expected" in line for line in lines)
    assert contents(tmp_path / "out") == before


def test_a_repeated_call_replaces_its_own_files_but_not_a_mask_that_was_corrected_by_hand(tmp_path):
    scan, model = write_scan(tmp_path / "scan.nii.gz"), write_model(tmp_path / "model")
    other = write_model(tmp_path / "other", seed=1)
    run(tmp_path, scan, model, "out/mask.nii.gz", probabilities=True)
    run(tmp_path, scan, other, "out/mask.nii.gz")
    assert set(contents(tmp_path / "out")) == {"mask.nii.gz", "mask-overlay.png", "mask.json"}
    write_scan(tmp_path / "out/mask.nii.gz", seed=5)  # the correction
    before = contents(tmp_path / "out")
    with raised(DataError, where="mask.nii.gz", found="a file that segrepro predict did not write"):
        run(tmp_path, scan, model, "out/mask.nii.gz")
    assert contents(tmp_path / "out") == before


def test_an_image_of_the_case_is_no_place_for_any_output_even_if_predict_wrote_it(tmp_path):
    model, one = write_model(tmp_path / "model", channel=("t1", "t2")), write_model(tmp_path / "one")
    scan = write_scan(tmp_path / "scan.nii.gz")
    run(tmp_path, scan, one, "mask.nii.gz", probabilities=True)
    before = contents(tmp_path)
    cases = own_cases(model, [], [f"t1={scan}", f"t2={tmp_path / 'mask-lesion.nii.gz'}"]).cases
    for probabilities in (True, False):  # without, the former ones would go
        with raised(DataError, where="mask-lesion.nii.gz", found="one of the scans there"):
            list(segment_files(cases, [model], tmp_path / "mask.nii.gz", "cpu", probabilities=probabilities))
    assert contents(tmp_path) == before


def test_two_outputs_of_one_name_are_refused(tmp_path):
    model = write_model(tmp_path / "model")
    scans = [write_scan(tmp_path / name) for name in ("a.nii.gz", "a-lesion.nii.gz")]
    cases = own_cases(model, scans, []).cases
    assert len(list(segment_files(cases, [model], tmp_path / "out", "cpu", probabilities=True))) == 2
    with raised(DataError, found="2 outputs of this name"):
        list(segment_files([cases[0], cases[0]], [model], tmp_path / "out", "cpu"))


def test_a_file_where_the_folder_should_be_is_refused_before_a_scan_is_computed(tmp_path, monkeypatch):
    scan, model = write_scan(tmp_path / "scan.nii.gz"), write_model(tmp_path / "model")
    (tmp_path / "out").write_text("no folder")
    monkeypatch.setattr("segrepro.inference.scans.segment", None)
    with raised(DiskError, where="out", found="a file", expected="a folder"):
        run(tmp_path, scan, model, "out/deep/mask.nii.gz")


def test_a_disk_that_takes_nothing_is_one_line(tmp_path, monkeypatch):
    scan, model = write_scan(tmp_path / "scan.nii.gz"), write_model(tmp_path / "model")

    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.mkdir", read_only)
    with raised(DiskError, where="mask.nii.gz", found="read-only file system") as caught:
        run(tmp_path, scan, model)
    assert "\n" not in str(caught.value)


def test_an_error_while_writing_leaves_nothing(tmp_path, monkeypatch):
    scan, model = write_scan(tmp_path / "scan.nii.gz"), write_model(tmp_path / "model")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("segrepro.inference.scans.draw_overlay", full)
    with pytest.raises(OSError, match="no space"):
        run(tmp_path, scan, model, "out/mask.nii.gz", probabilities=True)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_channel_that_preparation_does_not_make_is_refused(tmp_path):
    model = write_model(tmp_path / "model", channel=("t1", "residue"), modalities=["t1"])
    with raised(ModelError, found="a model of residue"):
        run(tmp_path, write_scan(tmp_path / "scan.nii.gz"), model)


def test_a_coloured_picture_becomes_the_channels_of_training(tmp_path):
    model = write_model(tmp_path / "model", slices="none", channel=("red", "green", "blue", "gray"), spacing=(1, 1, 1))
    scan = tmp_path / "mole.png"
    write_image(scan, np.random.default_rng(0).integers(0, 255, (30, 25, 3), dtype=np.uint8), np.eye(4))
    (case,) = own_cases(model, [scan], []).cases
    assert case.images == {"rgb": scan}
    ((mask, _),) = segment_files([case], [model], tmp_path / "out", "cpu")
    assert read_image(mask).array.shape == (30, 25)
    assert (tmp_path / "out/overlays/mole.png").exists()


def test_a_feature_is_computed_as_in_the_workflow(tmp_path, monkeypatch):
    from segrepro.preprocessing.features import compute_features

    feature = {"feature": "residue", "kind": "area_opening", "settings": {"of": "flair", "area_px": 5}}
    model = write_model(tmp_path / "model", channel=("flair", "residue"), features=[feature])
    (case,) = own_cases(model, [write_scan(tmp_path / "scan.nii.gz")], []).cases
    seen = []
    predict = Predictor.predict
    seeing = lambda self, images, grid: seen.append(images) or predict(self, images, grid)  # noqa: E731
    monkeypatch.setattr(Predictor, "predict", seeing)
    found = segment(case, Predictor(load_ensemble([model]), CPU))
    (residue,) = compute_features("area_opening", case, feature["settings"])[0].values()
    inside = to_scan_grid(np.ones(found.record.shape, bool), found.record)
    np.testing.assert_array_equal(to_scan_grid(seen[0][:, 1], found.record), residue * inside)


def test_a_dicom_series_gives_a_mask_on_its_grid(tmp_path):
    from segrepro.datasets.phantoms._dicom import place, write_series

    folder, rng = tmp_path / "series", np.random.default_rng(0)
    volume, placement = rng.integers(-1000, 1500, (18, 21, 5)), place(rng, 1, (18, 21, 5), (0.8, 0.8, 3.0))
    write_series(folder, volume, placement, "s{:03d}".format, "P7", -1024)
    source = read_image(folder)
    ((mask, _),) = run(tmp_path, folder, write_model(tmp_path / "model", spacing=(3.0, 0.8, 0.8)))
    written = read_image(mask)
    assert written.array.shape == source.array.shape
    np.testing.assert_allclose(written.affine, source.affine, atol=1e-4)


def test_a_model_that_makes_images_is_refused(tmp_path):
    with raised(ModelError, found="a model that makes images"):
        load_ensemble([write_model(tmp_path / "model", task="synthesis")])
