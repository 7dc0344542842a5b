"""How cost grows: training memory with width and size, the other stages with the number of cases.

    python benchmarks/bench_growth.py [--cases N ...] [--rounds N]

Every number comes from a process of its own. The memory of training is the growth of its largest resident size over
what the imports take. Cases are phantoms of 50 x 59 x 48 voxels of 4 mm; the masks to evaluate are their labels moved
by a voxel, read from files. Intervals are those of the tables, of 100 methods with 4 measures each.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from measuring import machine, peak_mb, run_process, table

PATIENTS, METHODS, MEASURES = (100, 1000, 10_000), 100, 4
STAGES = ("check", "prepare", "evaluate")
BATCH, WIDTHS, SIZES = 4, (8, 16, 32, 64), (64, 128, 224)
PHANTOM = {"shape": (50, 59, 48), "spacing_mm": 4.0, "lesion_ml": (40.0, 200.0), "two_timepoints": 0.0}
PREDICTIONS = "predictions.csv"


def training_peak(width: int, size: int, precision: str) -> None:
    """Two steps of the product's task; prints the growth of the peak."""
    import numpy as np
    import torch

    from segrepro.networks import build_network
    from segrepro.training.recipe import Recipe
    from segrepro.training.slices import Batch
    from segrepro.training.tasks import build_task

    torch.set_num_threads(1)
    before = peak_mb()
    recipe = Recipe(optimiser={"name": "adam", "lr": 1e-3}, epochs=1, batch_size=BATCH, precision=precision)
    network = build_network("unet", 1, 1, base_width=width)
    task = build_task("segmentation", network, "dice_ce", recipe, torch.device("cpu"))
    images, labels = np.zeros((BATCH, 1, size, size), np.float16), np.zeros((BATCH, size, size), np.uint8)
    labels[:, :8] = 1
    for _ in range(2):
        task.train_step(Batch(images, labels, np.arange(BATCH)))
    print(peak_mb() - before)


def write_cases(folder: Path, count: int) -> None:
    """The scans, and a row of predictions.csv a case."""
    import json

    import numpy as np
    import pandas as pd

    from segrepro.datasets import open_dataset
    from segrepro.datasets.phantoms import write_phantom
    from segrepro.images.io import write_image
    from segrepro.images.labels import read_label
    from segrepro.images.scans import read_scan

    write_phantom("atlas", folder / "data", patients=count, **PHANTOM)
    rows = []
    for case in open_dataset("atlas", folder / "data", "atlas").cases:
        path = case.images["t1"]
        scan = read_scan(path)
        mask = folder / "masks" / f"{case.id}.nii.gz"
        write_image(mask, np.roll(read_label(case.labels, scan, path), 1, 0), scan.affine)
        files = {"images": {"t1": str(path)}, "labels": [str(p) for p in case.labels], "label_ranges": []}
        row = {"fold": 0, "case": case.id, "patient": case.patient, "site": case.site, "checkpoint": "best"}
        rows.append(
            row | {"prediction": str(mask), "image": "", "slices": ""} | {k: json.dumps(v) for k, v in files.items()}
        )
    pd.DataFrame(rows).to_csv(folder / PREDICTIONS, index=False)


def prepare(folder: Path, output: Path) -> None:
    from segrepro.datasets import open_dataset
    from segrepro.preprocessing.preparation import Preparation
    from segrepro.preprocessing.write_cases import write_batch

    write_batch(open_dataset("atlas", folder / "data", "atlas").cases, Preparation(size=(64, 48)), output)


def evaluate(folder: Path, output: Path) -> None:
    from segrepro.datasets.label_map import LabelMap
    from segrepro.evaluation.case_scores import Settings, score_predictions
    from segrepro.utils.csv_files import read_csv, write_csv

    labels = LabelMap(values={1: "lesion"})
    settings = Settings(experiment="x", labels=labels, empty="xnet", challenges=[], units=["case"])
    write_csv(score_predictions(read_csv(folder / PREDICTIONS), settings), output)


def check(folder: Path, output: Path) -> None:
    from segrepro.datasets import open_dataset
    from segrepro.datasets.integrity.check import inspect_dataset

    if inspect_dataset(open_dataset("atlas", folder / "data", "atlas"), None).faults:
        raise SystemExit("a phantom with a fault")


def intervals(patients: int) -> None:
    import numpy as np

    from segrepro.evaluation.bootstrap import bca_interval

    values = np.random.default_rng(0).random((METHODS * MEASURES, patients))
    for one in values:
        bca_interval(one, np.ones(patients))


def interval_rows() -> None:
    rows = []
    for patients in PATIENTS:
        with tempfile.TemporaryDirectory() as name:
            command = [sys.executable, __file__, "--only", "intervals", str(patients)]
            cost = run_process(command, Path(name), Path(name) / "log")
        rows.append([f"{patients:,}", f"{cost.cpu:.1f} s", f"{cost.peak_mb:.0f} MB"])
    table([f"patients, {METHODS} methods with {MEASURES} measures", "CPU of their intervals", "peak"], rows)


def memory_rows() -> None:
    rows = []
    for precision in ("float32", "bfloat16"):
        for width in WIDTHS:
            cells = []
            for size in SIZES:
                arguments = ["training", str(width), str(size), precision]
                with tempfile.TemporaryDirectory() as name:
                    run_process([sys.executable, __file__, "--only", *arguments], Path(name), Path(name) / "output.txt")
                    cells.append(float((Path(name) / "output.txt").read_text().split()[-1]))
            rows.append([f"{precision}, width {width}", *(f"{cell:.0f} MB" for cell in cells)])
    table([f"unet, {BATCH} slices", *(f"{size} x {size}" for size in SIZES)], rows)


def time_rows(counts: list[int], rounds: int) -> None:
    rows = []
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder, cells = Path(name), []
            run_process([sys.executable, __file__, "--only", "write", str(folder), str(count)], folder, folder / "log")
            for what in STAGES:
                command = [sys.executable, __file__, "--only", what, str(folder)]
                costs = [
                    run_process([*command, str(folder / f"{what}{n}")], folder, folder / "log") for n in range(rounds)
                ]
                cpu, peak = statistics.median(c.cpu for c in costs), max(c.peak_mb for c in costs)
                cells += [f"{cpu:.2f} s", f"{1e3 * cpu / count:.1f} ms", f"{peak:.0f} MB"]
        rows.append([str(count), *cells])
    head = [f"{what}, {how}" for what in STAGES for how in ("CPU", "a case", "peak")]
    table(["cases", *head], rows)


def one_job(what: str, *arguments: str) -> None:
    if what == "intervals":
        intervals(int(arguments[0]))
    elif what == "training":
        training_peak(int(arguments[0]), int(arguments[1]), arguments[2])
    elif what == "write":
        write_cases(Path(arguments[0]), int(arguments[1]))
    else:
        {"check": check, "prepare": prepare, "evaluate": evaluate}[what](*map(Path, arguments))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="one job, for this script itself")
    options = parser.parse_args()
    if options.only:
        one_job(*options.only)
    else:
        print(machine("torch", "numpy", "scipy", "pandas"), flush=True)
        interval_rows()
        time_rows(options.cases, options.rounds)
        memory_rows()


if __name__ == "__main__":
    main()
