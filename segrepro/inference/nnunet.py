"""A fold of nnU-Net on the cases that it scores, as nnU-Net predicts by itself: with its last weights, mirrored."""

from collections.abc import Sequence
from pathlib import Path

import torch

from segrepro.training.nnunet import NAME, PLANS, point_to
from segrepro.training.nnunet_settings import Options


def predict_nnunet(
    planned: Path, results: Path, fold: int, options: Options, cases: Sequence[str], device: torch.device, output: Path
) -> None:
    """Write the mask of each case into a folder, named by the case, in nnU-Net's values: labels in order, from 1.

    planned, results: as of `train_nnunet`.
    """
    point_to(planned, results)
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    output.mkdir(parents=True, exist_ok=True)
    predictor = nnUNetPredictor(device=device, allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(model_folder(results, options)), (fold,))
    images = planned / "raw" / NAME / "imagesTr"
    for count, case in enumerate(cases, 1):
        channels = sorted(map(str, images.glob(f"{case}_[0-9][0-9][0-9][0-9].*")))
        predictor.predict_from_files_sequential([channels], [str(output / case)])
        print(f"{count}/{len(cases)} cases", flush=True)


def model_folder(results: Path, options: Options) -> Path:
    """What nnUNetv2_predict_from_modelfolder takes."""
    return results / NAME / f"nnUNetTrainer__{PLANS}__{options.configuration}"
