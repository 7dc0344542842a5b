"""A network and a loss of one's own, called once before the first job: what does not fit is said then, in one line.

They are called on torch's meta device, which knows shapes and holds no numbers; what only works on numbers is called on
the CPU.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from segrepro.losses import build_loss
from segrepro.networks import build_network
from segrepro.training.settings import Settings
from segrepro.utils.errors import ConfigError, NetworkError, SegreproError
from segrepro.utils.own_code import install_remedy, is_own, missing_package, reason_of

if TYPE_CHECKING:
    import torch

IMAGES = 2  # as batch norm needs


def try_network(settings: Settings, in_channels: int) -> None:
    """Call the network of a training, if it is one of 'module:Class', on images of the prepared size.

    Raises NetworkError or ConfigError when it cannot be built or called, has nothing to learn, or gives anything but
    logits of their size that a gradient reaches.
    """
    if is_own(settings.network):
        _on_meta_or_cpu(lambda: _call_network(settings, in_channels))


def try_last_batch(settings: Settings, in_channels: int, slices: int) -> None:
    """Call the network of a training, if it is one of 'module:Class', on one image where the last of an epoch's batches
    has no more; batch norm behind a global pool cannot be trained on it.

    slices: of the training part. Raises ConfigError before the first step.
    """
    if not is_own(settings.network) or slices % settings.recipe.batch_size != 1 % settings.recipe.batch_size:
        return
    try:
        _on_meta_or_cpu(lambda: _call_network(settings, in_channels, images=1))
    except SegreproError as error:
        found = f"{settings.recipe.batch_size}, which leaves one of {slices} slices alone ({error.found})"
        expected = f"batches that the network {settings.network} can be trained on"
        raise ConfigError("recipe.batch_size", found, expected, "Take another size.") from None


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


def _call_network(settings: Settings, in_channels: int, images: int = IMAGES) -> None:
    import torch

    network = build_network(settings.network, in_channels, settings.out_channels, **settings.options)
    where, shape = f"network {settings.network}", (images, in_channels, *settings.preparation.size)
    if hasattr(network, "fit"):
        return
    _require_parameters(where, network)
    for training in (True, False):
        try:
            output = network.train(training)(torch.zeros(shape))
        except SegreproError:
            raise
        except (Exception, SystemExit) as error:
            found, expected = reason_of(error), f"logits of an input {shape}, float32"
            raise NetworkError(where, found, expected, _remedy(error, network)) from error
        several = training and isinstance(output, list | tuple)
        _require_logits(where, (images, settings.out_channels, *shape[2:]), list(output) if several else [output])
        if training:
            _require_learnable(where, output[0] if several else output)


def _remedy(error: BaseException, network: "torch.nn.Module") -> str:
    kinds = {str(p.dtype).removeprefix("torch.") for p in network.parameters()} - {"float32"}
    if kinds and not missing_package(error):
        return f"Leave its parameters float32, not {' and '.join(sorted(kinds))}."
    return install_remedy(error) or "Change its options, or preparation.size."


def _require_parameters(where: str, network: "torch.nn.Module") -> None:
    """There must be something to learn, of a shape that is known before the first image."""
    from torch.nn.parameter import is_lazy

    parameters = dict(network.named_parameters())
    if lazy := [name for name, parameter in parameters.items() if is_lazy(parameter)]:
        found, remedy = f"{lazy[0]} without a shape", "Name the channels of lazy layers."
        raise NetworkError(where, found, "parameters that are there once it is made", remedy)
    if not any(parameter.requires_grad for parameter in parameters.values()):
        remedy = "Make its layers in __init__, or give it a method fit."
        raise NetworkError(where, "no parameter that learns", "some", remedy)


def _require_logits(where: str, expected: tuple[int, ...], outputs: list) -> None:
    """The first output must be logits of the images' size, all others, of deep supervision, logits of any size."""
    if not outputs:
        raise NetworkError(where, "an empty list", f"logits of shape {expected}", "Return them.")
    for number, output in enumerate(outputs):
        shape = getattr(output, "shape", None)
        if number and shape is not None and len(shape) == 4 and tuple(shape[:2]) == expected[:2]:
            continue
        wanted = f"logits of shape {expected}" + (", of any height and width" if number else "")
        said = f" as output {number} while it is trained" if number else ""
        if shape is None:
            found, remedy = f"a {type(output).__name__}", "Return the tensor of logits alone, or a list of such."
            raise NetworkError(where, found + said, wanted, remedy)
        if number or tuple(shape) != expected:
            remedy = "Pass $out where the class takes the number of output channels, or change the class."
            remedy = "Return logits alone: several are deep supervision." if number else remedy
            raise NetworkError(where, f"an output of shape {tuple(shape)}{said}", wanted, remedy)


def _require_learnable(where: str, logits: "torch.Tensor") -> None:
    """The output must be one that a gradient reaches, and that no sigmoid or softmax has been applied to."""
    made_by = type(logits.grad_fn).__name__
    if logits.grad_fn is None:
        kind = str(logits.dtype).removeprefix("torch.")
        raise NetworkError(where, f"{kind} values without a gradient", "logits", "Take no step out of torch.")
    if made_by.startswith(("Sigmoid", "Softmax")):
        remedy = "Leave its last activation out: losses and predictions apply it."
        raise NetworkError(where, f"probabilities, of {made_by.partition('Backward')[0].lower()}", "logits", remedy)


def _call_loss(settings: Settings) -> None:
    import torch

    where, classes, size = f"loss {settings.loss}", settings.out_channels, settings.preparation.size
    loss, logits = build_loss(settings.loss, **settings.loss_options), torch.randn(IMAGES, classes, *size)
    target = torch.zeros(IMAGES, 1, *size) if classes == 1 else torch.zeros(IMAGES, *size, dtype=torch.long)
    taken = f"logits {tuple(logits.shape)} and a target {tuple(target.shape)}"
    try:
        value = loss(logits.requires_grad_(), target)
    except (Exception, SystemExit) as error:
        remedy = install_remedy(error) or "Change its options, or wrap it."
        raise ConfigError(where, reason_of(error), f"a loss of {taken}", remedy) from error
    if not (isinstance(value, torch.Tensor) and value.ndim == 0 and value.requires_grad):
        found = f"a tensor of shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
        remedy = "Take the mean, and no step out of torch."
        raise ConfigError(where, found, f"one number with a gradient, of {taken}", remedy)
