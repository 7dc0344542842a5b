"""A trained model on disk: its weights as safetensors and, beside them, a JSON card that says what they are."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.training.model_card import REMEDY, ModelCard, parse_card
from segrepro.training.settings import Checkpoint
from segrepro.utils.errors import ModelError
from segrepro.utils.files import file_sha256, whole_file

if TYPE_CHECKING:
    import torch

CARD = "model.json"
WEIGHTS: dict[Checkpoint, str] = {"best": "model.safetensors", "last": "last.safetensors"}


@dataclass(frozen=True)
class Model:
    """A network with trained weights, in evaluation mode, its card, and which of its checkpoints the weights are."""

    network: "torch.nn.Module"
    card: ModelCard
    checkpoint: Checkpoint


def weights_content(state: "Mapping[str, torch.Tensor]") -> bytes:
    """The content of a file of weights."""
    from safetensors.torch import save

    return save({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()})


def digests(weights: Mapping[Checkpoint, bytes]) -> dict[Checkpoint, str]:
    """The SHA-256 digest of each content, for the card."""
    return {checkpoint: hashlib.sha256(content).hexdigest() for checkpoint, content in weights.items()}


def save_model(folder: Path, weights: Mapping[Checkpoint, bytes], card: ModelCard) -> None:
    """Write the best and the last weights, of `weights_content`, and the card; each file complete or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for checkpoint, content in weights.items():
        with whole_file(folder / WEIGHTS[checkpoint]) as partial:
            partial.write_bytes(content)
    with whole_file(folder / CARD) as partial:
        partial.write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n")


def read_card(path: Path) -> ModelCard:
    """The card of a model, given the card, a file of weights or their folder.

    Raises ModelError, a line a key, when it is missing, damaged or not whole.
    """
    return parse_card(_folder(path) / CARD)


def weights_file(path: Path, card: ModelCard, checkpoint: Checkpoint | None = None) -> tuple[Path, Checkpoint]:
    """The file of a model's weights, and which checkpoint they are; its digest is that of the card.

    path, checkpoint: as `load_model` takes them. Raises ModelError when it is missing or damaged.
    """
    by_name = {name: kind for kind, name in WEIGHTS.items()}
    checkpoint = checkpoint or by_name.get(path.name, card.checkpoint)
    file = _folder(path) / WEIGHTS[checkpoint]
    try:
        found = file_sha256(file)
    except OSError as error:
        raise ModelError(file, f"nothing to read ({error.strerror.lower()})", "trained weights", REMEDY) from None
    if found != card.sha256.get(checkpoint):
        expected = f"{card.sha256.get(checkpoint)}, as {CARD} says"
        raise ModelError(file, f"damaged weights or another model's: sha256 {found}", expected, REMEDY)
    return file, checkpoint


def load_model(path: Path, checkpoint: Checkpoint | None = None) -> Model:
    """A trained model, ready to predict.

    path: its folder, its card or a file of its weights. checkpoint: which weights; None for the file's own, else those
    that the model's protocol scores. Raises ModelError when a file is missing, damaged or does not fit the network, or
    a weight is not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from segrepro.networks import build_network

    card = read_card(path)
    file, checkpoint = weights_file(path, card, checkpoint)
    network = build_network(card.network, card.in_channels, card.out_channels, **card.options)
    try:
        state = load_file(file)
        _require_whole(file, state, network.state_dict())
        network.load_state_dict(state)
    except (SafetensorError, RuntimeError) as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(file, first, f"weights of {card.network}", REMEDY) from None
    return Model(network.eval(), card, checkpoint)


def _require_whole(file: Path, state: "dict[str, torch.Tensor]", wanted: "dict[str, torch.Tensor]") -> None:
    if missing := sorted(wanted.keys() - state.keys()):
        found = f"{len(state)} tensors, without {missing[0]}"
        raise ModelError(file, found, f"the network's {len(wanted)}", REMEDY)
    for name, tensor in state.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ModelError(file, f"NaN or infinity in {name}", "finite weights", "Train the model again.")


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent
