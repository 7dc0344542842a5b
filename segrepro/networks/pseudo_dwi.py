"""Whole networks of the pseudo-DWI paper: from perfusion maps to a pseudo-DWI, and on to a segmentation."""

from typing import NamedTuple

import torch
from torch import nn

from segrepro.networks.slnet import slnet
from segrepro.networks.synthesis import extractor, generator
from segrepro.networks.unet import unet
from segrepro.utils.errors import NetworkError, nearest

FRAMES = "frames"  # the group of channels that goes through the extractor: I* of Eq. 4
SEGMENTERS = {"slnet": slnet, "unet": unet}


class Parts(NamedTuple):
    """What the networks here make of their images, each (N, channels, H, W); None where a network has no such part.

    dwi: the pseudo-DWI Ig (Eq. 5). feature: Fh (Eq. 4). logits: of the segmentation (Eq. 10 before its softmax).
    """

    dwi: torch.Tensor
    feature: torch.Tensor | None
    logits: torch.Tensor | None = None


class Synthesis(nn.Module):
    """Extractor and generator; see `synthesis`."""

    divisor = 16

    def __init__(self, in_channels: int, out_channels: int, base_width: int, groups: dict[str, int] | None):
        super().__init__()
        self.base_width, self.groups = base_width, _checked(groups or {"fo": in_channels}, in_channels)
        frames = self.groups.get(FRAMES, 0)
        self.extractor = extractor(frames, 1, base_width) if frames else None
        self.generator = generator(in_channels - frames + (frames > 0), out_channels, base_width)

    def split(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """The images (N, C, H, W) by group of channels."""
        return dict(zip(self.groups, images.split(list(self.groups.values()), 1)))

    def forward(self, images: torch.Tensor, parts: bool = False) -> torch.Tensor | Parts:
        """(N, C, H, W) to the pseudo-DWI (N, K, H, W); with `parts` the high-level feature too."""
        inputs = self.split(images)
        feature = None if self.extractor is None else self.extractor(inputs.pop(FRAMES))
        shown = [*inputs.values()] if feature is None else [*inputs.values(), feature]
        dwi = self.generator(torch.cat(shown, 1))
        return Parts(dwi, feature) if parts else dwi


class PseudoDwi(nn.Module):
    """Synthesis with a segmentation network behind it; see `pseudo_dwi`."""

    divisor = 16

    def __init__(self, in_channels: int, out_channels: int, base_width: int, groups, segmenter: str, segmenter_inputs):
        super().__init__()
        self.synthesis = Synthesis(in_channels, 1, base_width, groups)
        self.segmenter_inputs = [_known(name, self.synthesis.groups) for name in segmenter_inputs]
        width = 1 + sum(self.synthesis.groups[name] for name in self.segmenter_inputs)
        self.segmenter = SEGMENTERS[segmenter](width, out_channels, base_width)

    def forward(self, images: torch.Tensor, parts: bool = False) -> torch.Tensor | Parts:
        """(N, C, H, W) to logits (N, K, H, W); with `parts` the pseudo-DWI and the high-level feature too."""
        made = self.synthesis(images, parts=True)
        logits = self.segment(images, made.dwi)
        return made._replace(logits=logits) if parts else logits

    def segment(self, images: torch.Tensor, dwi: torch.Tensor) -> torch.Tensor:
        """The logits (N, K, H, W) of a pseudo-DWI (N, 1, H, W) that was made of the images (N, C, H, W)."""
        inputs = self.synthesis.split(images)
        return self.segmenter(torch.cat([*(inputs[name] for name in self.segmenter_inputs), dwi], 1))


def synthesis(in_channels: int, out_channels: int, base_width: int = 64, groups: dict | None = None) -> Synthesis:
    """Phi_g (Eq. 5), with Phi_e (Eq. 4) before it where there are frames: images to the pseudo-DWI.

    groups: channels of each group in the order of the images, {fo: 4, fl: 1, frames: 6} in the paper. The frames
    I* go through the extractor, whose one channel Fh the generator gets behind all other groups; None: all
    channels go to the generator.

    >>> network = synthesis(11, 1, base_width=4, groups={"fo": 4, "fl": 1, "frames": 6})
    >>> network(torch.zeros(1, 11, 16, 32)).shape
    torch.Size([1, 1, 16, 32])
    """
    return Synthesis(in_channels, out_channels, base_width, groups)


def pseudo_dwi(
    in_channels: int,
    out_channels: int,
    base_width: int = 64,
    groups: dict | None = None,
    segmenter: str = "slnet",
    segmenter_inputs: tuple = (),
) -> PseudoDwi:
    """`synthesis`, and the segmenter Phi_s (Eq. 10) on its pseudo-DWI: images to logits.

    segmenter: slnet or, for Tables 1 and 2, unet. segmenter_inputs: groups that the segmenter sees before the
    pseudo-DWI, [fo] in Table 5's "Fo + DWI".
    """
    return PseudoDwi(in_channels, out_channels, base_width, groups, segmenter, segmenter_inputs)


def _checked(groups: dict[str, int], in_channels: int) -> dict[str, int]:
    """A copy of the groups; NetworkError unless they are the input's channels."""
    if sum(groups.values()) != in_channels:
        expected = f"groups of {in_channels} channels in all"
        raise NetworkError("network option groups", str(dict(groups)), expected, "Count the images of each group.")
    return dict(groups)


def _known(name: str, groups: dict[str, int]) -> str:
    if name not in groups:
        raise NetworkError("network option segmenter_inputs", repr(name), "one of the groups", nearest(name, groups))
    return name
