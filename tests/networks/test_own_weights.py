"""Pretrained weights of a network of one's own, from a file."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from segrepro.networks.own_weights import load_own_weights
from segrepro.networks.vgg_weights import PRETRAINED
from segrepro.utils.errors import NetworkError
from segrepro.utils.files import file_sha256


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 1, 1))


def loaded(monkeypatch, file):
    digest = file_sha256(file)
    monkeypatch.setenv(PRETRAINED, json.dumps({digest: str(file)}))
    made = network()
    load_own_weights(made, digest)
    return made


@pytest.mark.parametrize("ending", ["safetensors", "pt", "ckpt"])
def test_tensors_that_fit_are_taken_and_the_others_stay(monkeypatch, tmp_path, capsys, ending):
    kept = {"0.weight": torch.ones(4, 1, 3, 3), "1.weight": torch.ones(2, 4, 1, 1), "head.bias": torch.ones(3)}
    file = tmp_path / f"weights.{ending}"
    if ending == "safetensors":
        save_file(kept, file)
    else:
        torch.save({"state_dict": kept, "epoch": 3} if ending == "ckpt" else kept, file)
    made = loaded(monkeypatch, file)
    assert made[0].weight.eq(1).all()
    assert not made[1].weight.eq(1).any()
    assert "1 of its 3 tensors fit, 4 has the network" in capsys.readouterr().out


def test_a_file_that_fits_nothing_or_is_none_is_one_line(monkeypatch, tmp_path):
    torch.save({"encoder.weight": torch.ones(2)}, tmp_path / "other.pt")
    with pytest.raises(NetworkError, match="found 1 tensors, such as encoder.weight; expected tensors of the network"):
        loaded(monkeypatch, tmp_path / "other.pt")
    (tmp_path / "text.pt").write_text("no weights")
    with pytest.raises(NetworkError):
        loaded(monkeypatch, tmp_path / "text.pt")
    torch.save(network(), tmp_path / "code.pt")
    with pytest.raises(NetworkError, match="weights without code"):
        loaded(monkeypatch, tmp_path / "code.pt")


def test_a_file_that_is_not_named_or_changed_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv(PRETRAINED, "{}")
    with pytest.raises(NetworkError, match="found no file"):
        load_own_weights(network(), "0" * 64)
    (tmp_path / "a.pt").write_bytes(b"1")
    monkeypatch.setenv(PRETRAINED, json.dumps({"0" * 64: str(tmp_path / "a.pt")}))
    with pytest.raises(NetworkError, match="or another one"):
        load_own_weights(network(), "0" * 64)
