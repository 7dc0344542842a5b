"""nnU-Net v2 on the slices of this folder's benchmarks: its files, its plans and its trainer with a given network."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from slices import SIZE

NAME, PLANS, CONFIGURATION = "Dataset001_Slices", "nnUNetPlans", "2d"


def point_to(folder: Path, results: Path | None = None, augmenters: int = 0) -> None:
    """Name nnU-Net's folders, before its first import, and the number of its processes for the data."""
    for name in ("raw", "preprocessed", "results"):
        os.environ[f"nnUNet_{name}"] = str(folder / name)
    if results:
        os.environ["nnUNet_results"] = str(results)  # noqa: SIM112
    os.environ["nnUNet_n_proc_DA"] = str(augmenters)  # noqa: SIM112


def write_case(images: np.ndarray, labels: np.ndarray, file: Path) -> None:
    """(C, S, H, W) float32 and (S, H, W) as nnU-Net's preprocessing stores them: b2nd, chunked for the patch."""
    from nnunetv2.training.dataloading.nnunet_dataset import comp_blosc2_params
    from nnunetv2.training.dataloading.nnunet_dataset import nnUNetDatasetBlosc2 as Dataset

    file.parent.mkdir(parents=True, exist_ok=True)
    segmentation = labels[None].astype(np.int8)
    blocks, chunks = comp_blosc2_params(images.shape, SIZE, images.itemsize)
    blocks_seg, chunks_seg = comp_blosc2_params(segmentation.shape, SIZE, 1)
    places = np.argwhere(segmentation == 1)
    drawn = np.random.default_rng(0).choice(len(places), min(10_000, len(places)), replace=False)
    properties = {"class_locations": {1: places[np.sort(drawn)]}}
    Dataset.save_case(images, segmentation, properties, str(file), chunks, blocks, chunks_seg, blocks_seg)


def write_dataset(folder: Path, cases: dict[str, tuple[np.ndarray, np.ndarray]], validation: list[str]) -> Path:
    """A preprocessed data set of cases (C, S, H, W), (S, H, W), with its split; the folder of its cases."""
    base = folder / "preprocessed" / NAME
    for case, (images, labels) in cases.items():
        write_case(images.astype(np.float32), labels, base / "slices" / case)
    split = [{"train": sorted(set(cases) - set(validation)), "val": validation}]
    (base / "splits_final.json").write_text(json.dumps(split))
    return base / "slices"


def plans(batch: int) -> dict:
    """What the experiment planner would write, as far as training reads it."""
    configuration = {
        "data_identifier": "slices",
        "batch_size": batch,
        "patch_size": list(SIZE),
        "use_mask_for_norm": [False],
        "batch_dice": True,
        "architecture": {"network_class_name": "", "arch_kwargs": {"strides": []}, "_kw_requires_import": []},
    }
    return {
        "dataset_name": NAME,
        "plans_name": PLANS,
        "label_manager": "LabelManager",
        "configurations": {CONFIGURATION: configuration},
        "continue_training": False,
    }


def trainer(network: Callable, batch: int, steps: int, validation_steps: int):
    """nnU-Net's trainer, ready for its first epoch: its loaders, augmentation, loss, optimiser, logs, checkpoints."""
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    class Trainer(nnUNetTrainer):
        @staticmethod
        def build_network_architecture(
            plans_manager, configuration_manager, num_input_channels, num_output_channels, enable_deep_supervision=False
        ):
            return network(num_input_channels, num_output_channels)

    dataset = {"channel_names": {"0": "noNorm"}, "labels": {"background": 0, "lesion": 1}, "file_ending": ".nii.gz"}
    made = Trainer(plans(batch), CONFIGURATION, 0, dataset, torch.device("cpu"))
    made.enable_deep_supervision = False
    made.num_iterations_per_epoch, made.num_val_iterations_per_epoch = steps, validation_steps
    made.initialize()
    made.dataloader_train, made.dataloader_val = made.get_dataloaders()
    return made


def epoch(made) -> float:
    """One turn of `run_training`; the Dice it logs."""
    import torch

    made.on_epoch_start()
    made.on_train_epoch_start()
    made.on_train_epoch_end(
        [made.train_step(next(made.dataloader_train)) for _ in range(made.num_iterations_per_epoch)]
    )
    with torch.no_grad():
        made.on_validation_epoch_start()
        steps = range(made.num_val_iterations_per_epoch)
        made.on_validation_epoch_end([made.validation_step(next(made.dataloader_val)) for _ in steps])
    made.on_epoch_end()
    return float(made.logger.get_value("mean_fg_dice", step=-1))
