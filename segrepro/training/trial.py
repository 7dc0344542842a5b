"""A network and a loss of one's own, called once before the first job: what does not fit is said then, in one line.

They are called on torch's meta device, which knows shapes and holds no numbers; what only works on numbers is called on
the CPU.
"""

from collections.abc import Callable

from segrepro.losses import build_loss
from segrepro.networks import build_network
from segrepro.training.settings import Settings
from segrepro.utils.errors import ConfigError, NetworkError, SegreproError
from segrepro.utils.own_code import is_own, reason_of

IMAGES = 2  # as batch norm needs


def try_network(settings: Settings, in_channels: int) -> None:
    """Call the network of a training, if it is one of 'module:Class', on images of the prepared size.

    Raises NetworkError or ConfigError when it cannot be built or called, or gives anything but logits of their size.
    """
    if is_own(settings.network):
        _on_meta_or_cpu(lambda: _call_network(settings, in_channels))


def try_loss(settings: Settings) -> None:
    """Call the loss of a training, if it is one of 'module:Name', on logits and labels of the prepared size.

    Raises ConfigError when it cannot be built or called, or gives anything but one number with a gradient.
    """
    if is_own(settings.loss):
        _on_meta_or_cpu(lambda: _call_loss(settings))


def _on_meta_or_cpu(call: Callable[[], None]) -> None:
    import torch

    try:
        with torch.device("meta"):
            call()
    except SegreproError:
        with torch.random.fork_rng(devices=[]):
            call()


def _call_network(settings: Settings, in_channels: int) -> None:
    import torch

    network = build_network(settings.network, in_channels, settings.out_channels, **settings.options)
    shape = (IMAGES, in_channels, *settings.preparation.size)
    for training in (True, False) if not hasattr(network, "fit") else ():
        try:
            output = network.train(training)(torch.zeros(shape))
        except SegreproError:
            raise
        except Exception as error:
            expected, remedy = f"logits of an input {shape}", "Change its options, or preparation.size."
            raise NetworkError(f"network {settings.network}", reason_of(error), expected, remedy) from error
        _require_logits(settings, output[0] if training and isinstance(output, list | tuple) else output)


def _require_logits(settings: Settings, output: object) -> None:
    expected = (IMAGES, settings.out_channels, *settings.preparation.size)
    shape = getattr(output, "shape", None)
    if shape is None or tuple(shape) != expected:
        found = f"a {type(output).__name__}" if shape is None else f"an output of shape {tuple(shape)}"
        remedy = "Pass $out where the class takes the number of output channels, or change the class."
        raise NetworkError(f"network {settings.network}", found, f"logits of shape {expected}", remedy)


def _call_loss(settings: Settings) -> None:
    import torch

    where, classes, size = f"loss {settings.loss}", settings.out_channels, settings.preparation.size
    loss, logits = build_loss(settings.loss, **settings.loss_options), torch.randn(IMAGES, classes, *size)
    target = torch.zeros(IMAGES, 1, *size) if classes == 1 else torch.zeros(IMAGES, *size, dtype=torch.long)
    taken = f"logits {tuple(logits.shape)} and a target {tuple(target.shape)}"
    try:
        value = loss(logits.requires_grad_(), target)
    except Exception as error:
        raise ConfigError(where, reason_of(error), f"a loss of {taken}", "Change its options, or wrap it.") from error
    if not (isinstance(value, torch.Tensor) and value.ndim == 0 and value.requires_grad):
        found = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
        remedy = "Take the mean, and no step out of torch."
        raise ConfigError(where, found, f"one number with a gradient, of {taken}", remedy)
