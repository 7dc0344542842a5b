import numpy as np
import pytest
import torch
from torch import nn

from segrepro.inference import predictor as fast_inference
from segrepro.inference.fuse import fast_network, foldable_pairs
from segrepro.inference.predictor import has_bfloat16, labels_of, slice_probabilities
from segrepro.networks import build_network, list_networks

CPU = torch.device("cpu")


def lived(network: nn.Module) -> nn.Module:
    """The network with batch statistics that are not those of the start, so that folding has work to do."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values, low, high in ((module.running_mean, -0.2, 0.2), (module.running_var, 0.5, 1.5)):
                values.uniform_(low, high, generator=generator)
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.uniform_(module.bias, -0.2, 0.2, generator=generator)
    return network.eval()


def narrow(name: str) -> nn.Module:
    torch.manual_seed(0)
    options = {"base_width": 8} if "base_width" in list_networks()[name].options else {}
    return lived(build_network(name, 1, 2, **options))


@pytest.mark.parametrize("name", ["unet", "xnet", "r2unet", "slnet", "hlenet", "vgg_fcn", "scse_unet", "segnet"])
@torch.inference_mode()
def test_folding_changes_nothing_but_the_last_digits(name, monkeypatch, capsys):
    network, images = narrow(name), torch.rand(1, 1, 64, 64)
    fast = fast_network(network, CPU)
    before, after = network(images), fast(images)
    assert (after - before).abs().max() < 1e-4 * before.abs().max()
    assert "not folded" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["unet", "xnet", "r2unet", "unet_fsm"])
def test_every_batch_norm_behind_a_convolution_is_folded(name):
    fast = fast_network(narrow(name), CPU)
    assert not [module for module in fast.modules() if isinstance(module, nn.BatchNorm2d)]
    assert fast.divisor == 16


def test_the_network_itself_stays_as_it_was_and_the_copy_still_checks_its_input():
    network = narrow("unet")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fast = fast_network(network, CPU)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    with pytest.raises(Exception, match="multiples of 16"):
        fast(torch.zeros(1, 1, 30, 32))


class Shared(nn.Module):
    """One convolution whose output goes to a batch norm and, bare, to the sum; and one with two norms."""

    def __init__(self):
        super().__init__()
        self.bare, self.twice, self.alone = (nn.Conv2d(1, 1, 3, padding=1) for _ in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm2d(1) for _ in range(4))

    def forward(self, x):
        y = self.bare(x)
        y = y + self.norms[0](y)
        y = self.norms[1](self.twice(y)) + self.norms[2](self.twice(y))
        return self.norms[3](self.alone(y))


@torch.inference_mode()
def test_a_convolution_whose_output_goes_elsewhere_too_is_not_folded():
    network, images = lived(Shared()), torch.rand(1, 1, 8, 8)
    assert foldable_pairs(network) == {"alone": "norms.3"}
    torch.testing.assert_close(fast_network(network, CPU)(images), network(images))


def test_a_module_with_two_names_is_not_folded():
    convolution, norm = nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)
    network = lived(nn.Sequential(convolution, norm, nn.ReLU(), convolution, norm))
    assert foldable_pairs(network) == {}


class Untraceable(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)

    def forward(self, x):
        return self.norm(self.convolution(x)) if x.sum() > 0 else x


@torch.inference_mode()
def test_a_network_that_cannot_be_traced_stays_as_it_is_and_that_is_said(capsys):
    network, images = lived(Untraceable()), torch.rand(1, 1, 4, 4)
    torch.testing.assert_close(fast_network(network, CPU)(images), network(images))
    assert "not folded: the network cannot be traced" in capsys.readouterr().out


@pytest.mark.parametrize("channels", [1, 3])
def test_probabilities_are_those_of_the_plain_network(channels, monkeypatch):
    monkeypatch.setattr(fast_inference, "has_bfloat16", lambda device: False)
    torch.manual_seed(0)
    network = lived(build_network("unet", 2, channels, base_width=8))
    images = np.random.default_rng(0).random((5, 2, 32, 16)).astype(np.float16)
    found = slice_probabilities(fast_network(network, CPU), images, CPU)
    with torch.inference_mode():
        logits = network(torch.from_numpy(images).float())
    expected = (logits.sigmoid() if channels == 1 else logits.softmax(1)).numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert labels_of(found).shape == (5, 32, 16)
    wanted = expected[:, 0] > 0.5 if channels == 1 else expected.argmax(1)
    assert (labels_of(found) != wanted).mean() < 1e-3


def test_bfloat16_moves_the_dice_of_a_trained_network_by_less_than_a_thousandth():
    from benchmarks.bench_inference import blobs, dice, trained

    if not has_bfloat16(CPU):
        pytest.skip("this CPU has no bfloat16")
    network = trained("unet", (64, 48), steps=250, base_width=8)
    images, labels = blobs(40, (64, 48), seed=7)
    with torch.inference_mode():
        plain = network(torch.from_numpy(images)).sigmoid().numpy()
    fast = slice_probabilities(fast_network(network, CPU), images, CPU)
    scores = [dice(labels_of(part), labels) for part in (plain, fast)]
    assert scores[0] > 0.9
    assert abs(scores[0] - scores[1]) < 1e-3
