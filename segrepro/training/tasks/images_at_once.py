"""How many images of a batch pass through the network at once; the gradients of its parts are added up."""

import torch
from torch import nn

from segrepro.networks.blocks import SwitchNorm2d
from segrepro.training.recipe import Recipe
from segrepro.utils.errors import ConfigError

WHERE = "recipe.micro_batch_size"
TOGETHER = (nn.modules.batchnorm._BatchNorm, SwitchNorm2d, nn.modules.dropout._DropoutNd)


class ImagesAtOnce:
    """The number of a recipe; of `auto` as many as fit: the whole batch at first, and halves where a GPU's memory
    does not suffice.

    On a CPU `auto` is one image: more are no faster there, and weights stay the same bits whatever memory is free.
    """

    def __init__(self, recipe: Recipe, device: torch.device):
        self.may_change = recipe.micro_batch_size == "auto"
        first = 1 if device.type == "cpu" else recipe.batch_size
        self.number: int = first if self.may_change else recipe.micro_batch_size or recipe.batch_size

    def halve(self) -> bool:
        """Let half as many pass; False where the recipe fixes their number, or it is one."""
        if not self.may_change or self.number == 1:
            return False
        self.number //= 2
        print(f"{2 * self.number} images or more do not fit into memory at once; from now on {self.number}", flush=True)
        torch.cuda.empty_cache()  # else what lies there in pieces may still be in the way
        return True


def require_images_apart(network: nn.Module) -> None:
    """Raise ConfigError unless an image's gradient is the same whatever images pass with it."""
    found = next((layer for layer in network.modules() if isinstance(layer, TOGETHER)), None)
    if found is not None:
        expected = "a network whose result does not depend on how many images pass at once"
        raise ConfigError(WHERE, f"auto beside {type(found).__name__}", expected, "Give a number, or leave it out.")
