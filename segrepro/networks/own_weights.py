"""Pretrained weights of a network of one's own: all tensors of a file whose names and shapes the network has."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.networks.vgg_weights import PRETRAINED
from segrepro.utils.errors import NetworkError
from segrepro.utils.files import file_sha256
from segrepro.utils.own_code import reason_of

if TYPE_CHECKING:
    import torch
    from torch import nn

INSIDE = ("state_dict", "model_state_dict", "model", "network_weights")  # where checkpoints keep the weights


def load_own_weights(network: "nn.Module", sha256: str) -> None:
    """Load the file of this digest, of safetensors or torch.save, into a network; prints how much of it fitted.

    No code of the file is run. Raises NetworkError when no such file is named or there, when it is no file of
    weights, or when none of its tensors has a name and shape of the network's.
    """
    where = f"pretrained weights {sha256}"
    files = json.loads(os.environ.get(PRETRAINED, "{}"))
    if sha256 not in files:
        raise NetworkError(where, "no file", "one named under `pretrained` in config.yaml", "Name it there.")
    file = Path(files[sha256])
    if not file.is_file() or file_sha256(file) != sha256:
        raise NetworkError(file, "no such file, or another one", where, "Repeat the command: it plans anew.")
    own, found = network.state_dict(), _tensors(file)
    fitting = {name: one for name, one in found.items() if name in own and one.shape == own[name].shape}
    if not fitting:
        expected = f"tensors of the network, such as {next(iter(own), 'none')}"
        raise NetworkError(file, f"{len(found)} tensors, such as {next(iter(found), 'none')}", expected, "Rename them.")
    network.load_state_dict(own | fitting)
    print(f"{file}: {len(fitting)} of its {len(found)} tensors fit, {len(own)} has the network", flush=True)


def _tensors(file: Path) -> "Mapping[str, torch.Tensor]":
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if file.suffix == ".safetensors":
            return load_file(file)
        content = torch.load(file, map_location="cpu", weights_only=True)
    except (SafetensorError, OSError, RuntimeError, ValueError, EOFError, KeyError) as error:
        raise NetworkError(file, reason_of(error), "a file of weights", "Name another.") from None
    except Exception as error:  # pickle refuses what is no tensor in ways of its own
        raise NetworkError(file, reason_of(error), "weights without code", "Save a state_dict.") from None
    inner = next((content[key] for key in INSIDE if isinstance(content, Mapping) and key in content), content)
    return (
        {name: one for name, one in inner.items() if isinstance(one, torch.Tensor)} if hasattr(inner, "items") else {}
    )
