"""VGG-16 trunks: key names, pretrained weights and their change of input."""

import hashlib

import pytest
import torch
from torch.nn.functional import conv2d

from segrepro.networks import build_network
from segrepro.networks.vgg import vgg_features
from segrepro.networks.vgg_weights import load_vgg
from segrepro.utils.errors import NetworkError
from tests.raised import raised

MEAN_RGB, STD_RGB = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of RGB / 255, as torchvision's page states
# Index of each convolution in torchvision's vgg16().features, and its channels.
TORCHVISION = {
    0: (3, 64),
    2: (64, 64),
    5: (64, 128),
    7: (128, 128),
    10: (128, 256),
    12: (256, 256),
    14: (256, 256),
    17: (256, 512),
    19: (512, 512),
    21: (512, 512),
    24: (512, 512),
    26: (512, 512),
    28: (512, 512),
}


@pytest.fixture(scope="module")
def state():
    generator = torch.Generator().manual_seed(3)
    result = {}
    for index, (c_in, c_out) in TORCHVISION.items():
        result[f"features.{index}.weight"] = torch.randn(c_out, c_in, 3, 3, generator=generator) / 50
        result[f"features.{index}.bias"] = torch.randn(c_out, generator=generator)
    result["classifier.0.weight"] = torch.zeros(2, 2)
    return result


@pytest.fixture(scope="module")
def weights(state, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "vgg16.pth"
    torch.save(state, path)
    return path


def pretrained(weights, sha256=None):
    network = build_network("vgg_fcn", 3, 2)
    load_vgg(network.features, weights, sha256)
    return network


@pytest.mark.parametrize(("name", "channels"), [("vgg_fcn", (3, 2)), ("fcn8s", (3, 2))])
def test_key_names_are_torchvisions(name, channels, state):
    with torch.device("meta"):
        found = build_network(name, *channels).state_dict()
    trunk = {key: value.shape for key, value in found.items() if key.startswith("features.")}
    assert trunk == {key: value.shape for key, value in state.items() if key.startswith("features.")}


def test_adapted_first_layer_computes_the_same(state, weights):
    network = pretrained(weights).double()
    rgb = torch.randint(0, 256, (2, 3, 20, 30)).double()
    standardised = (rgb / 255 - torch.tensor(MEAN_RGB).double().view(3, 1, 1)) / torch.tensor(STD_RGB).double().view(
        3, 1, 1
    )
    weight, bias = state["features.0.weight"].double(), state["features.0.bias"].double()
    expected = conv2d(standardised, weight, bias, padding=1)
    found = network.features[0](rgb.flip(1) - 127)
    inside = (..., slice(1, -1), slice(1, -1))
    torch.testing.assert_close(found[inside], expected[inside], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(network.features[0](rgb - 127)[inside], expected[inside], atol=1e-2)
    # At the border the padding stands for 127 instead of the mean, up to 23.5 grey values apart.
    per_grey = (weight.abs() / (255 * torch.tensor(STD_RGB).double().view(3, 1, 1))).sum((1, 2, 3)).max()
    assert (found - expected).abs().max() <= 23.5 * per_grey


def test_the_other_layers_are_loaded_as_they_are(state, weights):
    network = pretrained(weights)
    for key, value in network.state_dict().items():
        if key.startswith("features.") and not key.startswith("features.0."):
            assert torch.equal(value, state[key]), key


def test_the_digest_is_checked(weights):
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    pretrained(weights, digest.upper())
    with raised(NetworkError, found=f"sha256 {digest}", expected="0" * 64):
        pretrained(weights, "0" * 64)


def test_weights_that_do_not_fit_are_refused(tmp_path, state, weights):
    with raised(NetworkError, found="no such file"):
        pretrained(tmp_path / "missing.pth")
    damaged = tmp_path / "damaged.pth"
    damaged.write_bytes(weights.read_bytes()[:5000])
    with raised(NetworkError, expected="VGG-16 weights"):
        pretrained(damaged)
    torch.save({key: value for key, value in state.items() if "28" not in key}, damaged)
    with raised(NetworkError, expected="VGG-16 weights"):
        pretrained(damaged)


def test_no_code_from_a_weight_file_is_run(tmp_path):
    class Malicious:
        def __reduce__(self):
            return (open, (str(tmp_path / "written"), "w"))

    torch.save({"features.0.weight": Malicious()}, tmp_path / "evil.pth")
    with raised(NetworkError, expected="VGG-16 weights"):
        pretrained(tmp_path / "evil.pth")
    assert not (tmp_path / "written").exists()


def test_the_signal_survives_an_untrained_trunk():
    features = vgg_features(3, 16)
    output = features(torch.randn(1, 3, 64, 64))
    assert 0.05 < output.std() < 20


def test_an_image_smaller_than_the_pools_is_refused():
    network = build_network("vgg_fcn", 3, 2, base_width=4)
    with raised(NetworkError, found="15 x 40 pixels", expected="at least 16 x 16", remedy="16 x 40"):
        network(torch.zeros(1, 3, 15, 40))
    assert network(torch.zeros(1, 3, 16, 17)).shape == (1, 2, 16, 17)
