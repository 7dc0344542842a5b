"""In what precision a network computes: float32, or half of it for all but the convolutions that see the images."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch.nn.functional import conv2d
from torch.overrides import TorchFunctionMode

LOW_PRECISION = {"bfloat16": torch.bfloat16, "float16": torch.float16}


@contextmanager
def computing_in(precision: str, images: torch.Tensor) -> Iterator[None]:
    """Run a network on images (N, C, H, W), float32, in a recipe's precision.

    bfloat16 and float16 are torch's autocast, but that convolutions of the images themselves stay in float32: the 8
    bits of bfloat16 would leave 58 of the 302 HU from -150 to 151 apart in a CT of 12 bits that is scaled to 0-1.
    """
    kind = LOW_PRECISION.get(precision)
    with ExitStack() as stack:
        if kind is not None:
            stack.enter_context(torch.autocast(images.device.type, kind))
            stack.enter_context(_FirstInFloat32(images))
        yield


class _FirstInFloat32(TorchFunctionMode):
    """Takes convolutions of the images, or of some of their channels, out of autocast."""

    def __init__(self, images: torch.Tensor):
        super().__init__()
        self.device, self.storage = images.device.type, images.untyped_storage().data_ptr()

    def __torch_function__(self, func: Callable, types: tuple, args: tuple = (), kwargs: dict | None = None):
        if func is conv2d and args[0].untyped_storage().data_ptr() == self.storage:
            with torch.autocast(self.device, enabled=False):
                return func(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))
