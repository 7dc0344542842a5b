"""A trained network without segrepro around it: traced, and what has to be known to use it."""

import warnings
from typing import TYPE_CHECKING, Literal

import numpy as np

from segrepro.preprocessing.normalization import Normalization
from segrepro.preprocessing.preparation import Preparation
from segrepro.training.model import Model
from segrepro.training.model_card import IntensityRange, SpacingRange
from segrepro.utils.errors import ModelError
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import torch

# Of logits of a few units; frameworks sum in other orders.
LARGEST_DIFFERENCE = 1e-3
TRACED, CHECKED = 2, 3  # slices: a network that keeps the number it was traced with is found out


class ExportedNetwork(Strict):
    """What an exported network takes and gives.

    input: (N, C, H, W) float32, slices of prepared scans in the order of `channels`, each turned, resampled, cropped
    and scaled as `preparation` and `normalization` say: axial slices of RAS+ have rows from back to front and columns
    from left to right. neighbours: slices on each side of every one that are channels too.
    output: (N, K, H, W) logits; `activation` makes probabilities of them. outputs: the name of every channel; labels:
    the values of the data set's masks. In a mask of one channel the label is where its probability is above 0.5, else
    the likeliest channel counts.
    """

    model: str
    sha256: str
    input: Literal["slices"] = "slices"
    output: Literal["logits"] = "logits"
    activation: Literal["sigmoid", "softmax"]
    channels: list[str]
    neighbours: int
    size: tuple[int, int]
    outputs: list[str]
    labels: dict[int, str]
    modalities: list[str]
    preparation: Preparation
    normalization: dict[str, Normalization]
    training_spacing_mm: SpacingRange
    training_intensities: dict[str, tuple[IntensityRange, IntensityRange]]


def described(model: Model) -> ExportedNetwork:
    """What has to be known of a model's network."""
    card = model.card
    names = card.dataset.label_map.names
    single = card.out_channels == 1
    return ExportedNetwork(
        model=f"{card.name} of study {card.study}, fold {card.fold}",
        sha256=card.sha256[model.checkpoint],
        activation="sigmoid" if single else "softmax",
        channels=card.channels,
        neighbours=card.neighbours,
        size=card.preparation.size,
        outputs=names if single else ["background", *names],
        labels=card.dataset.labels,
        modalities=card.modalities,
        preparation=card.preparation,
        normalization={channel: card.preparation.normalization_of(channel) for channel in card.channels},
        training_spacing_mm=card.training_spacing_mm,
        training_intensities=card.training_intensities,
    )


def example_slices(model: Model, count: int, seed: int = 0) -> "torch.Tensor":
    """Slices of the size and channels that a model takes, (count, C, H, W), from 0 to 1 as most scans are scaled."""
    import torch

    shape = (count, model.card.in_channels, *model.card.preparation.size)
    return torch.from_numpy(np.random.default_rng(seed).random(shape, np.float32))


def traced(model: Model) -> "torch.jit.ScriptModule":
    """The network as TorchScript, for any number of slices. Raises ModelError where it cannot be traced."""
    import torch

    with torch.no_grad(), warnings.catch_warnings(action="ignore"):  # of checks of shapes, which are not traced
        try:
            found = torch.jit.trace(model.network, example_slices(model, TRACED), check_trace=False)
        except RuntimeError as error:
            raise not_exported(model, str(error).strip().splitlines()[0]) from None
        require_same(model, found(example_slices(model, CHECKED)).numpy())
    return found


def require_same(model: Model, logits: np.ndarray) -> None:
    """Raise ModelError unless these are our own network's logits of `example_slices`, CHECKED of them."""
    import torch

    with torch.no_grad():
        own = model.network(example_slices(model, CHECKED)).numpy()
    apart = float(np.abs(own - logits).max()) if own.shape == logits.shape else np.inf
    if not apart <= LARGEST_DIFFERENCE * max(1.0, float(np.abs(own).max())):
        raise not_exported(model, f"logits that differ by {apart:.3g} from the network's own")


def not_exported(model: Model, found: str) -> ModelError:
    """The error for a network that does not do the same outside of segrepro."""
    expected = "a network that does the same once exported"
    return ModelError(f"network {model.card.network}", found, expected, "Use the model folder with segrepro.")
