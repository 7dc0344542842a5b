"""A trained model on disk: its weights as safetensors and, beside them, a JSON card that says what they are."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.utils.errors import ModelError
from segrepro.utils.files import whole_file

if TYPE_CHECKING:
    import torch

CARD = "model.json"
WEIGHTS = {"best": "model.safetensors", "last": "last.safetensors"}


@dataclass(frozen=True)
class Model:
    """A network with trained weights, in evaluation mode, and its card."""

    network: "torch.nn.Module"
    card: dict


def save_model(folder: Path, best: dict, last: dict, card: dict) -> None:
    """Write the best and the last weights and the card; each file complete or not at all."""
    from safetensors.torch import save

    folder.mkdir(parents=True, exist_ok=True)
    for weights, state in {"best": best, "last": last}.items():
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
        with whole_file(folder / WEIGHTS[weights]) as partial:
            partial.write_bytes(save(state))
    with whole_file(folder / CARD) as partial:
        partial.write_text(json.dumps(card, indent=2) + "\n")


def read_card(path: Path) -> dict:
    """The card of a model, given the card, the weights or their folder.

    Raises ModelError when it is missing or damaged.
    """
    folder = path if path.is_dir() else path.parent
    try:
        return json.loads((folder / CARD).read_text())
    except FileNotFoundError:
        raise ModelError(folder / CARD, "no such file", "the model's card", "Copy the whole model folder.") from None
    except ValueError:
        raise ModelError(folder / CARD, "text that is not JSON", "the model's card", "Copy it again.") from None


def load_model(path: Path, weights: str = "best") -> Model:
    """The model in a folder (or beside a file in it), ready to predict.

    weights: "best" or "last". Raises ModelError when a file is missing, damaged or does not fit the network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from segrepro.networks import build_network

    card = read_card(path)
    file = (path if path.is_dir() else path.parent) / WEIGHTS[weights]
    network = build_network(card["network"], card["in_channels"], card["out_channels"], **card["options"])
    try:
        network.load_state_dict(load_file(file))
    except FileNotFoundError:
        raise ModelError(file, "no such file", "trained weights", "Copy the whole model folder.") from None
    except (SafetensorError, RuntimeError) as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(file, first, f"weights of {card['network']}", "Copy the model folder again.") from None
    return Model(network.eval(), card)
