"""Files of pretrained weights: what is known of them."""

import hashlib

import pytest

from segrepro.utils.errors import ConfigError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan import pretrained
from segrepro.workflow.plan.pretrained import pretrained_files, weights_digest
from tests.raised import raised

V1 = "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0"


@pytest.fixture
def config(tmp_path):
    (tmp_path / "w.pth").write_bytes(b"weights")
    named = {"pretrained": {"vgg16": str(tmp_path / "w.pth")}, "work": str(tmp_path / "work")}
    return lambda **values: load_config(named | values)


def test_another_file_is_refused_until_its_digest_is_given(config):
    own = hashlib.sha256(b"weights").hexdigest()
    with raised(
        ConfigError, found=own, expected="vgg16_features-amdegroot-88682ab5.pth", remedy=f"weights_sha256: {own}"
    ):
        pretrained_files(config())
    assert list(pretrained_files(config(weights_sha256=own.upper()))) == [own]
    with raised(ConfigError, found=own, expected="0" * 64):
        pretrained_files(config(weights_sha256="0" * 64))


@pytest.mark.parametrize("digest", [V1, "88682ab5" + "1" * 56])
def test_torchvisions_two_files_are_known(config, digest, monkeypatch):
    monkeypatch.setattr(pretrained, "file_digest", lambda path, memory: digest)
    assert weights_digest("vgg16", config()) == digest


def test_a_file_is_read_once(config, monkeypatch):
    own, read = hashlib.sha256(b"weights").hexdigest(), []
    given = config(weights_sha256=own)
    for _ in range(2):
        weights_digest("vgg16", given)
        monkeypatch.setattr("segrepro.datasets.folder_digest.digest_of", read.append)
    assert read == []


def test_what_is_downloaded_has_its_publishers_digest():
    assert weights_digest("vgg16", load_config({"pretrained": {"vgg16": "download"}})) == V1
