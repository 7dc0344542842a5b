"""ONNX Runtime gives the masks that segrepro gives, from what `model.json` says."""

import json

import numpy as np
import pytest

from segrepro.preprocessing.preparation import Preparation, prepare_case
from segrepro.preprocessing.resize_crop import to_scan_grid
from segrepro.report.model_export import export_model
from segrepro.report.model_export._network import described, require_same
from segrepro.training.model import load_model
from segrepro.utils.errors import ModelError


def test_the_mask_is_segrepros(model, own, tmp_path):
    pytest.importorskip("onnx", reason="the extra `export` brings ONNX")
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra `export` brings ONNX Runtime")
    case, found = own
    export_model(model, "onnx", tmp_path / "out")
    known = json.loads((tmp_path / "out/model.json").read_text())
    assert (known["activation"], known["outputs"]) == ("softmax", ["background", "liver", "spleen"])
    prepared = prepare_case(case, Preparation.model_validate(known["preparation"]))
    slices = np.stack([prepared.arrays[name] for name in known["channels"]], axis=1).astype(np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "out/model.onnx")
    (logits,) = session.run(None, {known["input"]: slices})
    values = np.array([0, *map(int, known["labels"])], np.uint8)[logits.argmax(1)]
    assert set(np.unique(found.labels)) > {0, 63}
    assert np.array_equal(to_scan_grid(values, prepared.record), found.labels)
    assert (tmp_path / "out/README.md").read_text().startswith("---\nlibrary_name: segrepro\n")


def test_other_logits_are_refused(model):
    loaded = load_model(model)
    with pytest.raises(ModelError) as error:
        require_same(loaded, np.zeros((3, 3, 16, 16), np.float32))
    assert error.value.where == "network unet"


def test_scaling_is_said_of_every_channel(model):
    assert described(load_model(model)).normalization == {"t1": "minmax"}
