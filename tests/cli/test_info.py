"""`segrepro info`: what a model is, once its weights are its own."""

import json

from tests.models import write_model


def test_a_model_is_described_in_words_and_in_json(call, tmp_path):
    write_model(tmp_path / "model")
    code, out, _ = call("info", "--model", "model")
    assert code == 0
    assert "unet (base_width 4)" in out
    code, out, _ = call("info", "--model", "model", "--json")
    assert (code, json.loads(out)["network"]) == (0, "unet")


def test_changed_weights_are_not_described(call, tmp_path):
    write_model(tmp_path / "model")
    weights = tmp_path / "model/model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    code, out, err = call("info", "--model", "model")
    assert (code, out) == (2, "")
    assert "sha256" in err
