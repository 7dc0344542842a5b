"""Bilinear resizing whose gradient a GPU sums in a fixed order."""

from functools import lru_cache

import torch
from torch import nn
from torch.nn.functional import interpolate


class Bilinear(nn.Module):
    """Resizes images (N, C, H, W) as torch's `interpolate` does: by `scale`, or to the size that is given.

    align_corners: whether the corners stay where they are.

    >>> Bilinear(scale=2)(torch.ones(1, 3, 4, 5)).shape
    torch.Size([1, 3, 8, 10])
    """

    def __init__(self, scale: int | None = None, align_corners: bool = False):
        super().__init__()
        self.scale, self.align_corners = scale, align_corners

    def forward(self, images: torch.Tensor, size: tuple[int, int] | None = None) -> torch.Tensor:
        """Images (N, C, *size) of the same type."""
        size = size or (images.shape[2] * self.scale, images.shape[3] * self.scale)
        return resized(images, size, self.align_corners)


def resized(images: torch.Tensor, size: tuple[int, int], align_corners: bool = False) -> torch.Tensor:
    """Images (N, C, H, W) resized to `size`.

    Where a GPU has to be deterministic, torch replaces its own kernel by dozens of small ones, since its gradient adds
    in any order. There each axis is one product with a matrix of weights instead. Elsewhere it is torch's kernel.
    """
    if images.is_cuda and torch.are_deterministic_algorithms_enabled():
        return by_products(images, size, align_corners)
    return interpolate(images, size=tuple(size), mode="bilinear", align_corners=align_corners)


def by_products(images: torch.Tensor, size: tuple[int, int], align_corners: bool) -> torch.Tensor:
    """A X B^T for each image plane X, in float32, with the weights of rows A and columns B."""
    rows, columns = (
        _weights(old, new, align_corners, images.device) for old, new in zip(images.shape[2:], size, strict=True)
    )
    with torch.autocast(images.device.type, enabled=False):
        return (rows @ images.float() @ columns.T).to(images.dtype)


@lru_cache(maxsize=64)
def _weights(old: int, new: int, align_corners: bool, device: torch.device) -> torch.Tensor:
    """The matrix (new, old) by which an axis is resized: what torch makes of an identity's rows."""
    # Sizes depend on shapes alone; a tensor made in inference mode could not be used in training later.
    with torch.inference_mode(False), torch.no_grad():
        identity = torch.eye(old)[None, None]
        weights = interpolate(identity, size=(new, old), mode="bilinear", align_corners=align_corners)
        return weights[0, 0].to(device)
