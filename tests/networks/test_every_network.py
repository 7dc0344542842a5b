"""What must hold for every network, whatever its family."""

import pytest
import torch
from torch import nn

from segrepro.networks import build_network, list_networks
from segrepro.networks.blocks import SwitchNorm2d
from segrepro.networks.fsm import FeatureSimilarity
from segrepro.networks.initialise import initialise
from segrepro.networks.scse import ConcurrentExcite
from segrepro.utils.errors import NetworkError
from tests.raised import raised

NAMES = [name for name, info in list_networks().items() if not info.fitted]
GROUP_NORM = ["unet28", "resunet28", "hlenet_hfe", "hlenet_lfe", "hlenet"]
BATCH_DEPENDENT = (nn.BatchNorm2d, SwitchNorm2d, nn.Dropout)
SAME_IN_TRAINING = [*GROUP_NORM, "patch_discriminator", "vgg_fcn"]


def tensors(output) -> list[torch.Tensor]:
    return output if isinstance(output, list) else [output]


def difference(found, expected) -> float:
    """Root mean square of the difference, in units of the expected output's spread."""
    worst = 0.0
    for a, b in zip(tensors(found), tensors(expected), strict=True):
        assert a.shape == b.shape
        worst = max(worst, ((a.float() - b).square().mean().sqrt() / b.std()).item())
    return worst


@torch.no_grad()
def settle(network, images):
    """Give the running statistics of the normalisation layers values that fit the images."""
    network.train()
    for _ in range(20):
        network(images)
    return network.eval()


def rounded(values):
    """Tensors to 8 bits of mantissa; indices and sizes as they are."""
    if isinstance(values, tuple):
        return tuple(map(rounded, values))
    return values.bfloat16().float() if torch.is_tensor(values) and values.is_floating_point() else values


def round_every_layer(network):
    """Keep float32 arithmetic, but give each layer's weights, input and output bfloat16's 8 bits."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            layer.weight.data = rounded(layer.weight.data)
        if not list(layer.children()):
            layer.register_forward_pre_hook(lambda _, inputs: rounded(inputs))
            layer.register_forward_hook(lambda _, __, output: rounded(output))


@pytest.mark.parametrize("name", NAMES)
def test_output_lies_on_the_inputs_grid(name, narrow, images_for):
    network = narrow(name)
    images = images_for(network)
    output = network(images)
    if name == "context_encoder":
        assert output.shape == (2, 16)
    elif name == "patch_discriminator":
        assert [m.shape[:2] for m in output] == [(2, 1)] * 3
        heights = [m.shape[2] for m in output]
        assert heights == sorted(heights, reverse=True)
    else:
        assert output.shape == (2, network.out_channels, *images.shape[2:])
    assert all(m.isfinite().all() for m in tensors(output))


@pytest.mark.parametrize("name", NAMES)
def test_other_widths_and_channels(name, images_for):
    for channels, base_width in (((2, 3), 4), ((1, 1), 12)):
        network = build_network(name, *channels, base_width=base_width).eval()
        network.in_channels = channels[0]
        assert tensors(network(images_for(network, batch=1)))[0].shape[:2] == (1, channels[1])


@pytest.mark.parametrize("name", [n for n, info in list_networks().items() if info.divisor > 1])
def test_an_indivisible_input_is_refused(name, narrow):
    network = narrow(name)
    divisor = network.divisor
    with pytest.raises(NetworkError) as error:
        network(torch.zeros(1, network.in_channels, divisor, 2 * divisor + 1))
    message = str(error.value)
    for part in (
        name,
        f"{divisor} x {2 * divisor + 1}",
        f"multiples of {divisor}",
        f"{divisor} x {3 * divisor}",
    ):
        assert part in message


@pytest.mark.parametrize("name", NAMES)
def test_wrong_channels_or_axes_are_refused(name, narrow):
    network = narrow(name)
    for shape in ((1, network.in_channels + 1, 64, 64), (network.in_channels, 64, 64)):
        with pytest.raises(NetworkError, match=rf"{name}: found an input of shape \({shape[0]}, "):
            network(torch.zeros(shape))


@pytest.mark.parametrize("name", NAMES)
def test_divisor_is_the_listed_one_and_necessary(name, narrow):
    """Without the check, half the divisor must fail or miss the grid, so the divisor is not too strict."""
    network = narrow(name).eval()
    assert network.divisor == list_networks()[name].divisor
    if network.divisor == 1:
        return
    network._forward_pre_hooks.clear()
    half = network.divisor // 2
    try:
        grid = network(torch.zeros(2, network.in_channels, 3 * half, 4 * half)).shape[2:]
    except RuntimeError:
        return
    assert grid != (3 * half, 4 * half)


@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_reaches_every_parameter(name, narrow, images_for):
    """With running statistics, since a batch's own cancel the gradient of a bias before them."""
    network = narrow(name, base_width=16)  # narrower, PSPNet's SE has hidden units that are all dead
    images = images_for(network)
    settle(network, images)
    sum(m.square().mean() for m in tensors(network(images))).backward()
    for parameter_name, parameter in network.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name
        # A shift of all of FSM's b_j by the same vector cancels in the softmax over j; instance norm
        # cancels the bias before it.
        cancels = parameter_name == "bottom.beta.bias" or (
            name == "patch_discriminator" and parameter_name.endswith((".2.bias", ".5.bias", ".8.bias"))
        )
        assert cancels or parameter.grad.abs().max() > 0, parameter_name


@pytest.mark.parametrize("name", NAMES)
def test_training_mode_changes_only_what_depends_on_the_batch(name, narrow, images_for):
    network = narrow(name)
    images = images_for(network)
    with torch.no_grad():
        trained = tensors(network.train()(images))[0]
        evaluated = tensors(network.eval()(images))[0]
        alone = tensors(network(images[:1]))[0]
    torch.testing.assert_close(alone, evaluated[:1], rtol=1e-3, atol=1e-4)
    assert torch.equal(trained, evaluated) == (name in SAME_IN_TRAINING)


@pytest.mark.parametrize("name", NAMES)
def test_in_training_mode_nothing_but_normalisation_and_dropout_differs(name, narrow, images_for):
    network = narrow(name)
    images = images_for(network)
    settle(network, images)
    with torch.no_grad():
        evaluated = tensors(network.eval()(images))
        network.train()
        for layer in network.modules():
            if isinstance(layer, BATCH_DEPENDENT):
                layer.eval()
        for a, b in zip(tensors(network(images)), evaluated, strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("name", NAMES)
def test_state_dict_round_trip(name, narrow, images_for, tmp_path):
    network, other = narrow(name), narrow(name)
    images = images_for(network)
    settle(network, images)
    torch.save(network.state_dict(), tmp_path / "model.pt")
    other.load_state_dict(torch.load(tmp_path / "model.pt", weights_only=True))
    with torch.no_grad():
        for a, b in zip(tensors(network(images)), tensors(other.eval()(images)), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("name", NAMES)
def test_channels_last_and_bfloat16_agree_with_float32(name, narrow, images_for):
    """channels-last within 1e-3 of the output's spread; bfloat16 as near as its 8 bits of mantissa allow.

    What they allow is measured: in float32, with nothing changed but that each layer's weights, input and output are
    rounded to 8 bits. Most networks come within 0.1 of the output's spread. SegNet does not (rounding makes ties, and
    max-pooling sends values elsewhere), nor pseudo-DWI, whose second network amplifies what it gets from its first.
    """
    network = initialise(narrow(name), "kaiming_normal_fan_in")  # torch's own gives almost constant outputs
    images = images_for(network)
    settle(network, images)
    with torch.no_grad():
        expected = network(images)
        network.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
        assert difference(network(images), expected) < 1e-3
        with torch.autocast("cpu", torch.bfloat16):
            found = difference(network(images), expected)
        round_every_layer(network)
        assert found < 1.5 * difference(network(images), expected) < 0.75


@pytest.mark.parametrize("name", NAMES)
def test_gradients_under_bfloat16_autocast_are_finite(name, narrow, images_for):
    network = narrow(name)
    with torch.autocast("cpu", torch.bfloat16):
        output = network(images_for(network))
    sum(m.float().square().mean() for m in tensors(output)).backward()
    assert all(p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_compiled_network_agrees(name, narrow, images_for):
    """One graph without breaks, traced through autograd; code generation is tested on a few below."""
    torch.compiler.reset()
    network = narrow(name, base_width=4)
    images = images_for(network)
    settle(network, images)
    compiled = torch.compile(network, backend="aot_eager", fullgraph=True)
    with torch.no_grad():
        assert difference(compiled(images), network(images)) < 1e-4


LAYERS = [(FeatureSimilarity, [16]), (SwitchNorm2d, [16]), (ConcurrentExcite, [16, 2])]


@pytest.mark.parametrize(("kind", "options"), LAYERS)
def test_generated_code_agrees(kind, options):
    """Of the layers that are not torch's own; whole networks take the compiler minutes."""
    torch.compiler.reset()
    block, images = kind(*options).eval(), torch.randn(2, 16, 12, 20)
    with torch.no_grad():
        assert difference(torch.compile(block)(images), block(images)) < 1e-3


def test_compiled_network_still_refuses_a_bad_input(narrow):
    compiled = torch.compile(narrow("unet", base_width=4), backend="aot_eager")
    with raised(NetworkError, expected="multiples of 16"):
        compiled(torch.zeros(1, 4, 20, 16))
