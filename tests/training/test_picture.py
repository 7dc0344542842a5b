"""The picture of how far a training is."""

import numpy as np
import pytest
import torch

from segrepro.training.picture import validation_picture
from segrepro.training.recipe import Recipe
from segrepro.training.slices import Slices
from segrepro.training.tasks.segmentation import SegmentationTask

RECIPE = Recipe.model_validate({"optimiser": {"name": "adam", "lr": 0.1}, "epochs": 1, "batch_size": 1})


@pytest.mark.parametrize("classes", [1, 3])
def test_it_shows_the_fullest_slice_its_reference_and_the_prediction(classes):
    image, label = np.zeros((3, 4, 4), np.float16), np.zeros((3, 4, 4), np.uint8)
    image[1, 0] = 2
    label[1, 0], label[2, 0, 0] = 1, 1
    network = torch.nn.Conv2d(1, classes, 1)
    with torch.no_grad():
        network.weight.zero_()
        network.bias.copy_(torch.arange(classes) + 1.0)  # the last class, or the label, everywhere
    task = SegmentationTask(network, lambda logits, target: logits.sum(), RECIPE, torch.device("cpu"))
    found = validation_picture(task, Slices([[image]], [label]))
    assert (found.shape, found.dtype) == ((4, 12, 3), np.uint8)
    one = 255 // max(classes - 1, 1)
    np.testing.assert_array_equal(found[:, :, 0], [[255] * 4 + [one] * 4 + [255] * 4] + [[0] * 8 + [255] * 4] * 3)
