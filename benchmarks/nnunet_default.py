"""nnU-Net v2 2D as it comes, trained by the clock: its own planner, network, augmentation, loss, optimiser, predictor.

The data set is nnunet_peer's `NAME` in the folders that its `point_to` names.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from measuring import run_process
from nnunet_peer import CONFIGURATION, NAME, PLANS

from segrepro.utils.files import whole_file

SPLITS, RECORD = "splits_final.json", "training.json"
SECONDS_BETWEEN_LINES = 20


def folder_of(kind: str) -> Path:
    """The data set's folder of a kind: raw, preprocessed or results."""
    return Path(os.environ[f"nnUNet_{kind}"]) / NAME


def prepare() -> None:
    """Plan and preprocess the raw data set with nnU-Net's defaults, unless that is done.

    A fold trains on every case that it does not score: nnU-Net has no use for a part that steers.
    """
    raw, done = folder_of("raw"), folder_of("preprocessed") / "done"
    if done.exists():
        return
    cases = json.loads((raw / "dataset.json").read_text())["patients"]
    scored = [split["val"] for split in json.loads((raw / SPLITS).read_text())]
    with whole_file(raw / SPLITS) as partial:
        partial.write_text(json.dumps([{"train": sorted(set(cases) - set(val)), "val": val} for val in scored]))
    command = Path(sys.executable).parent / "nnUNetv2_plan_and_preprocess"
    # The planner takes the number of augmenting processes for one of threads, which must not be 0.
    options = ["-d", NAME.removeprefix("Dataset")[:3], "-c", CONFIGURATION, "-npfp", "1", "-np", "1", "--no_pbar"]
    run_process(["env", "nnUNet_n_proc_DA=1", str(command), *options], raw.parent, raw.parent / "preparation.log")
    done.touch()


def planned() -> dict:
    """What nnU-Net's planner wrote."""
    return json.loads((folder_of("preprocessed") / f"{PLANS}.json").read_text())


def trainer(fold: int, seconds: float, batch: int | None, device: str):
    """nnU-Net's trainer, ready for its first iteration; `batch` takes the place of the planned size."""
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    plans = planned() | {"continue_training": False}
    if batch:
        plans["configurations"][CONFIGURATION]["batch_size"] = batch
    dataset = json.loads((folder_of("preprocessed") / "dataset.json").read_text())
    made = nnUNetTrainer(plans, CONFIGURATION, fold, dataset, torch.device(device))
    made.num_epochs = seconds  # only the learning rate's schedule reads it: see train
    made.on_train_start()
    made.network.train()
    return made


def train(fold: int, seconds: float, batch: int | None, device: str) -> dict:
    """Train a fold for some seconds and keep its last weights, unless that is done; what it took.

    The clock starts at the first iteration: building the network and opening the data are free. The iteration that is
    under way at the end is finished. nnU-Net's schedule falls to 0 over its 1000 epochs; here it falls over the
    seconds, a step an iteration. Its validation after an epoch only picks weights that it does not use; it is left out.
    """
    record = folder_of("results").parent / f"fold{fold}" / RECORD
    if record.exists():
        return json.loads(record.read_text())
    with redirect_stdout(StringIO()):
        made = trainer(fold, seconds, batch, device)
    iterations, spent = _iterate(made, seconds, f"nnU-Net, fold {fold}")
    with redirect_stdout(StringIO()):
        made.on_train_end()
    took = {"iterations": iterations, "seconds": spent, "batch": made.batch_size}
    with whole_file(record) as partial:
        partial.write_text(json.dumps(took))
    return took


def _iterate(made, seconds: float, name: str) -> tuple[int, float]:
    """Iterations until the time is over; their number and seconds."""
    done, spent, said, start = 0, 0.0, 0.0, time.perf_counter()
    while spent < seconds:
        made.lr_scheduler.step(spent)
        loss = made.train_step(next(made.dataloader_train))["loss"]
        done, spent = done + 1, time.perf_counter() - start
        if done == 1 or spent - said > SECONDS_BETWEEN_LINES:
            said = spent
            print(f"{name}: iteration {done}, {spent:.0f} of {seconds:.0f} s, loss {loss:.3f}", flush=True)
    return done, spent


def predict(fold: int, cases: Sequence[str], device: str) -> dict[str, Path]:
    """Segment cases with a fold's last weights as nnU-Net does by default, mirroring included; their masks."""
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    images, output = folder_of("raw") / "imagesTr", folder_of("results").parent / f"fold{fold}" / "predictions"
    output.mkdir(parents=True, exist_ok=True)
    with redirect_stdout(StringIO()):
        predictor = nnUNetPredictor(device=torch.device(device), allow_tqdm=False)
        model = folder_of("results") / f"nnUNetTrainer__{PLANS}__{CONFIGURATION}"
        predictor.initialize_from_trained_model_folder(str(model), (fold,))
        channels = [sorted(map(str, images.glob(f"{case}_[0-9][0-9][0-9][0-9].*"))) for case in cases]
        predictor.predict_from_files_sequential(channels, [str(output / case) for case in cases])
    ending = predictor.dataset_json["file_ending"]
    return {case: output / f"{case}{ending}" for case in cases}
