"""What stands in the place of a network in rows that have none, so that they are made as all others."""

from collections.abc import Mapping

import torch
from torch import nn

from segrepro.utils.errors import NetworkError


class StandIn(nn.Module):
    """No network: nothing is trained, and no scan is segmented. what: it stands for; remedy: for who wants it to."""

    divisor = 1

    def __init__(self, what: str, remedy: str):
        super().__init__()
        self.what, self.remedy = what, remedy

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Raises NetworkError: there is no network."""
        raise NetworkError("network", self.what, "a model that segrepro runs", self.remedy)

    def fit(self, train: object, validation: object) -> dict[str, float]:
        """Nothing is learned."""
        return {}

    def load_state_dict(self, state_dict: Mapping, strict: bool = True, assign: bool = False) -> None:
        """Nothing is loaded: weights of nnU-Net are its own."""


def given_masks(in_channels: int, out_channels: int, **options: object) -> StandIn:
    """The masks of a folder; options: see `segrepro.inference.given_masks.Settings`."""
    return StandIn("finished masks", "Use a model.")


def nnunet(in_channels: int, out_channels: int, **options: object) -> StandIn:
    """nnU-Net, which builds its network itself; options: see `segrepro.training.nnunet_settings.Options`."""
    remedy = "Run nnUNetv2_predict_from_modelfolder on the folder nnunet of the run's fold, below work/runs."
    return StandIn("a model of nnU-Net", remedy)


def combined(in_channels: int, out_channels: int, **options: object) -> StandIn:
    """Trained models together; options: see `segrepro.inference.combined_settings.Options`."""
    return StandIn(
        "several models together", "Name each of them: --model A --model B, and --tta if they were mirrored."
    )
