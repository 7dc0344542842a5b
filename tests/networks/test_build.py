"""Names, options and a network of one's own."""

import copy
import pickle
import re
import sys
from pathlib import Path

import pytest
import torch

from segrepro.networks import (
    build_network,
    count_parameters,
    list_networks,
    published_count,
    reported_count,
)
from segrepro.utils.errors import NetworkError, SegreproError
from tests.raised import raised

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "add-a-network.md"


@pytest.mark.parametrize("name", [name for name, info in list_networks().items() if not info.fitted])
def test_the_smallest_input_is_taken_and_a_smaller_one_refused(name, narrow):
    network, info = narrow(name), list_networks()[name]
    smallest = info.smallest or info.divisor
    assert (network.divisor, getattr(network, "smallest", network.divisor)) == (info.divisor, smallest)
    with torch.no_grad():
        network(torch.rand(2, network.in_channels, smallest, smallest))
    if info.smallest:
        with raised(NetworkError, expected=f"at least {smallest} x {smallest}"):
            network(torch.rand(2, network.in_channels, smallest, smallest - 1))


OWN = """
import torch
class Tiny(torch.nn.Module):
    def __init__(self, in_channels, out_channels, width=4):
        super().__init__()
        self.layer = torch.nn.Conv2d(in_channels, out_channels, width + 1, padding=width // 2)
        self.divisor = 2
    def forward(self, images):
        return self.layer(images)
class Other: pass
def make(in_channels, out_channels): return [in_channels, out_channels]
class Keywords(Tiny):
    def __init__(self, *, classes, in_channels, width):
        super().__init__(in_channels, classes, width)
class Deep(torch.nn.Module):
    def __init__(self, in_channels, out_channels, stacked=False):
        super().__init__()
        self.layer, self.stacked = torch.nn.Conv2d(in_channels, out_channels, 1), stacked
    def forward(self, images):
        logits = self.layer(images)
        return torch.stack([logits, 2 * logits], 1) if self.stacked else (logits, logits[..., ::2, ::2])
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    (tmp_path / "my_tiny_module.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield "my_tiny_module"
    sys.modules.pop("my_tiny_module", None)


def test_a_network_of_ones_own(own):
    network = build_network(f"{own}:Tiny", 2, 3, width=2)
    assert network(torch.zeros(1, 2, 4, 6)).shape == (1, 3, 4, 6)
    assert count_parameters(network) == (2 * 3 * 9 + 3,) * 2
    assert reported_count(f"{own}:Tiny", 2, 3, width=2) == 57
    assert published_count(f"{own}:Tiny", 2, 3) == "0.00M"
    with raised(NetworkError, where="Tiny", found="an input of 4 x 5 pixels", expected="multiples of 2"):
        network(torch.zeros(1, 2, 4, 5))


def test_the_options_say_where_the_channels_belong(own):
    network = build_network(f"{own}:Keywords", 2, 3, classes="$out", in_channels="$in", width=2)
    assert network(torch.zeros(1, 2, 4, 6)).shape == (1, 3, 4, 6)


@pytest.mark.parametrize("stacked", [False, True])
def test_of_several_outputs_the_first_predicts(own, stacked):
    network, images = build_network(f"{own}:Deep", 1, 2, stacked=stacked), torch.ones(1, 1, 4, 4)
    outputs = network.train()(images)
    assert len(outputs) == 2
    assert torch.equal(network.eval()(images), outputs[0])


@pytest.mark.parametrize(
    ("name", "options", "fields"),
    [
        ("my_tiny_module:Tinny", {}, {"remedy": "Did you mean Tiny"}),
        ("my_tiny_module:Other", {}, {"found": "the class Other", "expected": "a torch.nn.Module"}),
        ("my_tiny_module:make", {}, {"found": "a list", "expected": "a torch.nn.Module"}),
        ("my_tiny_module:Tiny", {"depth": 3}, {"found": "unexpected keyword argument 'depth'"}),
        (
            "my_missing_module:Tiny",
            {},
            {"found": "No module named 'my_missing_module'", "remedy": "Put my_missing_module.py into"},
        ),
    ],
)
def test_what_can_be_wrong_with_a_network_of_ones_own(own, name, options, fields):
    with raised(SegreproError, **fields):
        build_network(name, 1, 1, **options)


def test_the_documents_example_runs(tmp_path, monkeypatch):
    source = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL).group(1)
    (tmp_path / "my_networks.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    network = build_network("my_networks:MyNet", 2, 3, width=4)
    sys.modules.pop("my_networks")
    assert network(torch.zeros(1, 2, 8, 12)).shape == (1, 3, 8, 12)
    with raised(NetworkError, expected="multiples of 4"):
        network(torch.zeros(1, 2, 8, 10))


def test_a_copied_network_still_checks_its_input():
    network = pickle.loads(pickle.dumps(copy.deepcopy(build_network("unet", 1, 1, base_width=2))))
    assert network(torch.zeros(2, 1, 16, 32)).shape == (2, 1, 16, 32)
    with raised(NetworkError, where="network unet", found="an input of 16 x 24 pixels"):
        network(torch.zeros(2, 1, 16, 24))


def test_channels_are_filled_in_within_lists_too(tmp_path, monkeypatch):
    (tmp_path / "listing.py").write_text(
        "from torch import nn\n"
        "def net(widths):\n"
        "    return nn.Sequential(*(nn.Conv2d(a, b, 1) for a, b in zip(widths, widths[1:])))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    network = build_network("listing:net", 2, 5, widths=["$in", 3, "$out"])
    assert [(layer.in_channels, layer.out_channels) for layer in network] == [(2, 3), (3, 5)]
