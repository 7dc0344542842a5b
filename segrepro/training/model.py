"""A trained model on disk: its weights as safetensors and, beside them, a JSON card that says what they are."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.training.model_card import REMEDY, ModelCard, parse_card
from segrepro.training.settings import Checkpoint, Trained
from segrepro.utils.errors import ModelError
from segrepro.utils.files import file_sha256, require_regular, whole_file
from segrepro.utils.own_code import from_copy, is_own

if TYPE_CHECKING:
    import torch

CARD = "model.json"
CODE = "code"  # a copy of the code of one's own that a model was trained with
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


def save_model(
    folder: Path, weights: Mapping[Checkpoint, bytes], card: ModelCard, code: Mapping[str, bytes] | None = None
) -> None:
    """Write the best and the last weights, of `weights_content`, code of one's own, by path, and the card; each file
    complete or not at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for checkpoint, content in weights.items():
        with whole_file(folder / WEIGHTS[checkpoint]) as partial:
            partial.write_bytes(content)
    for path, content in (code or {}).items():
        with whole_file(folder / CODE / path) as partial:
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
        require_regular(file)
        found = file_sha256(file)
    except OSError as error:
        raise ModelError(file, f"nothing to read ({error.strerror.lower()})", "trained weights", REMEDY) from None
    if found != card.sha256.get(checkpoint):
        expected = f"{card.sha256.get(checkpoint)}, as {CARD} says"
        raise ModelError(file, f"damaged weights or another model's: sha256 {found}", expected, REMEDY)
    return file, checkpoint


def copy_model(path: Path, folder: Path) -> list[Path]:
    """Copy a model's card, its own code and the weights that its protocol scores, each file whole or not at all; they
    are returned, the weights first. path: as `load_model` takes it. Raises ModelError when it is missing or damaged.
    """
    card, source, copies = read_card(path), _folder(path), []
    weights, _ = weights_file(source, card, card.checkpoint)
    for file in (weights, source / CARD, *(source / CODE / name for name in card.own_code)):
        with whole_file(folder / file.relative_to(source)) as partial:
            shutil.copyfile(file, partial)
        copies.append(folder / file.relative_to(source))
    return copies


def share_model(path: Path, folder: Path, settings: Trained) -> list[Path]:
    """Write a model, weights and code, as that of another experiment with the same training; returned are its files.

    path: as `load_model` takes it. settings: of the other, which its card says. Raises ModelError when the model is
    missing or damaged.
    """
    card, source = read_card(path), _folder(path)
    weights = {checkpoint: weights_file(source, card, checkpoint)[0].read_bytes() for checkpoint in WEIGHTS}
    code = {name: (source / CODE / name).read_bytes() for name in card.own_code}
    said = {name: getattr(settings, name) for name in Trained.model_fields}
    save_model(folder, weights, card.model_copy(update=said), code)
    return [folder / name for name in (*WEIGHTS.values(), CARD, *(f"{CODE}/{name}" for name in code))]


def load_model(path: Path, checkpoint: Checkpoint | None = None, trust_code: bool = False) -> Model:
    """A trained model, ready to predict.

    path: its folder, its card or a file of its weights. checkpoint: which weights; None for the file's own, else those
    that the model's protocol scores. trust_code: whether a network that the library does not know may be run; its code
    is the copy beside the model, where it has one. Raises ModelError when a file is missing, damaged or does not fit
    the network, a weight is not finite, or code is not trusted.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    card = read_card(path)
    file, checkpoint = weights_file(path, card, checkpoint)
    try:
        network = _network(_folder(path), card, trust_code)
        state = load_file(file)
        _require_whole(file, state, network.state_dict())
        network.load_state_dict(state)
    except (SafetensorError, RuntimeError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(file, first, f"weights of {card.network}", REMEDY) from None
    return Model(network.eval(), card, checkpoint)


def _network(folder: Path, card: ModelCard, trust_code: bool) -> "torch.nn.Module":
    """The network of a card, without its weights; of one's own code only the copy is run."""
    from segrepro.networks import build_network

    if not is_own(card.network):
        return build_network(card.network, card.in_channels, card.out_channels, **card.options)
    files = ", ".join(str(folder / CODE / path) for path in card.own_code) or "an installed package"
    if not trust_code:
        found = f"code to run, {card.network} of {files}"
        raise ModelError(folder / CARD, found, "code that you trust", "Read it, then repeat with --trust-code.")
    print(f"{folder}: runs {card.network} of {files}", flush=True)
    with from_copy(folder / CODE, card.own_code):
        return build_network(card.network, card.in_channels, card.out_channels, **card.options)


def _require_whole(file: Path, state: "dict[str, torch.Tensor]", wanted: "dict[str, torch.Tensor]") -> None:
    if missing := sorted(wanted.keys() - state.keys()):
        found = f"{len(state)} tensors, without {missing[0]}"
        raise ModelError(file, found, f"the network's {len(wanted)}", REMEDY)
    for name, tensor in state.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ModelError(file, f"NaN or infinity in {name}", "finite weights", "Train the model again.")


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent
