"""Where nnU-Net's own predictor finds a fold's model."""

from pathlib import Path

from segrepro.inference.nnunet import model_folder
from segrepro.training.nnunet_settings import Options


def test_the_folder_is_the_one_that_nnunets_own_trainer_writes():
    found = model_folder(Path("run"), Options(epochs=1, configuration="3d_fullres"))
    assert found == Path("run/Dataset001_Cases/nnUNetTrainer__nnUNetPlans__3d_fullres")
