"""A small model of two labels and a scan for it."""

import numpy as np
import pytest

from segrepro.images.io import write_image
from segrepro.inference.ensemble import segment
from segrepro.inference.predictor import Predictor
from segrepro.inference.scan_inputs import own_cases
from segrepro.training.model import load_model
from segrepro.utils.devices import choose_device
from tests.models import write_model
from tests.scans import affine_of


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "model", labels={"1": "liver", "63": "spleen"}, network="unet", activation="softmax")


@pytest.fixture
def scan(tmp_path):
    array = np.random.default_rng(0).normal(100, 20, (18, 21, 5)).astype(np.float32)
    write_image(tmp_path / "scan.nii.gz", array, affine_of("LAS", (1, 1, 3)))
    return tmp_path / "scan.nii.gz"


@pytest.fixture
def own(model, scan):
    """What segrepro makes of the scan."""
    (case,) = own_cases(model, [scan], []).cases
    return case, segment(case, Predictor([load_model(model)], choose_device("cpu")))
