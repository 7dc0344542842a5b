"""How cost grows: the stages with the number of cases, the plan with that of runs, training memory with width and size.

    python benchmarks/bench_growth.py [--cases N ...] [--runs N ...] [--rounds N] [--drawing FILE.svg] [--skip-training]

Every number comes from a process of its own. The memory of training is the growth of its largest resident size over
what the imports take. Cases are phantoms of 24 x 28 x 23 voxels of 8 mm; the masks to evaluate are their labels moved
by a voxel, read from files. Tables and report are those of the two methods of a made-up study with as many scored
cases, eight of them in the viewer. Runs are one experiment from so many seeds. Intervals are those of the tables, of
100 methods with 4 measures each.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from measuring import REPOSITORY, Cost, machine, peak_mb, run_process, table

PATIENTS, METHODS, MEASURES = (100, 1000, 10_000), 100, 4
STAGES = ("check", "prepare", "evaluate", "tables", "report")
BATCH, WIDTHS, SIZES = 4, (8, 16, 32, 64), (64, 128, 224)
PHANTOM = {"shape": (24, 28, 23), "spacing_mm": 8.0, "lesion_ml": (40.0, 200.0), "two_timepoints": 0.0}
PREDICTIONS = "predictions.csv"
SNAKEMAKE = [str(Path(sys.executable).parent / "snakemake"), "--snakefile", str(REPOSITORY / "Snakefile")]
SNAKEMAKE += ["--workflow-profile", str(REPOSITORY / "profiles/default"), "--cores", "2", "--resources", "gpu=1"]
DRY_RUN = [*SNAKEMAKE, "-n", "--quiet", "rules", "--config"]


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
    """The scans, a row of predictions.csv a case, and the results of a made-up study with as many scored cases."""
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
    made_up(folder, count)


def made_up(folder: Path, count: int) -> None:
    """The results of a study of a few cases in the viewer and many scores, and what its tables are made of."""
    import numpy as np
    import pandas as pd

    sys.path.insert(0, str(REPOSITORY))
    from tests.report.made_up import MadeUpStudy

    class Grown(MadeUpStudy):
        def scores(self) -> list[Path]:
            files = super().scores()
            names = [*self.cases["atlas"], *(f"w{number}" for number in range(count))][:count]
            for path in files:
                rows = pd.read_csv(path)
                if self.runs[path.parent.name].dataset == "atlas":
                    dice = np.random.default_rng(len(path.parent.name)).random(count).round(4)
                    rows = rows.loc[rows.index[-1:].repeat(count)]
                    rows.assign(dice=dice, iou=dice / 2, case=names, patient=names).to_csv(path, index=False)
            return files

    (folder / "study").mkdir()
    study = Grown(folder / "study")
    study.make_results()
    scores = [study.folder / f"work/{run.name}/scores.csv" for run in study.table_settings.runs]
    models = [path.with_name("model.json") for path in study.predictions]
    given = {"scores": list(map(str, scores)), "models": list(map(str, models))}
    given["parameters"] = str(study.results / "parameters.json")
    (folder / "tables.json").write_text(json.dumps(given | {"settings": study.table_settings.model_dump(mode="json")}))


def tables(folder: Path, output: Path) -> None:
    from segrepro.report.tables.build import Settings
    from workflow_scripts import build_tables

    given = json.loads((folder / "tables.json").read_text())
    scores, models = (list(map(Path, given[name])) for name in ("scores", "models"))
    settings, parameters = Settings.model_validate(given["settings"]), Path(given["parameters"])
    build_tables.main(settings, scores, models, parameters, output)


def report(folder: Path, output: Path) -> None:
    from workflow_scripts import write_report

    write_report.main([folder / "study/results/xnet/evidence.json"], output / "index.html")


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


def time_rows(counts: list[int], rounds: int) -> dict[str, dict[int, Cost]]:
    """Print what the stages take; by stage and number of cases."""
    found: dict[str, dict[int, Cost]] = {what: {} for what in STAGES}
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            run_process([sys.executable, __file__, "--only", "write", str(folder), str(count)], folder, folder / "log")
            for what in STAGES:
                command = [sys.executable, __file__, "--only", what, str(folder)]
                costs = [
                    run_process([*command, str(folder / f"{what}{n}")], folder, folder / "log") for n in range(rounds)
                ]
                cpu = statistics.median(cost.cpu for cost in costs)
                found[what][count] = costs[0]._replace(cpu=cpu, peak_mb=max(cost.peak_mb for cost in costs))
                print(f"{count} cases, {what}: {' '.join(_cells([found[what][count]]))}", flush=True)
    head = [f"{what}, {how}" for what in STAGES for how in ("CPU", "peak")]
    table(["cases", *head], [[f"{count:,}", *_cells(one[count] for one in found.values())] for count in counts])
    return found


def _cells(costs: Iterable[Cost]) -> list[str]:
    return [cell for cost in costs for cell in (f"{cost.cpu:.2f} s", f"{cost.peak_mb:.0f} MB")]


def plan_rows(counts: list[int], rounds: int) -> dict[int, Cost]:
    """Print what planning so many runs takes."""
    found = {}
    for count in counts:
        chosen = ["studies=xnet", 'experiments=["xnet"]', "overrides=" + json.dumps({"xnet": {"seeds": count}})]
        with tempfile.TemporaryDirectory() as name:
            shutil.copy(REPOSITORY / "config.yaml", name)
            costs = [run_process([*DRY_RUN, *chosen], Path(name), Path(name) / "log") for _ in range(rounds)]
            jobs = re.search(r"^total\s+(\d+)", (Path(name) / "log").read_text(), re.MULTILINE)[1]
        found[count] = costs[0]._replace(cpu=statistics.median(cost.cpu for cost in costs))
        print(f"{count} runs, {jobs} jobs: {' '.join(_cells([found[count]]))}", flush=True)
    table(["runs planned", "CPU", "peak"], [[f"{count:,}", *_cells([cost])] for count, cost in found.items()])
    return found


def draw(stages: dict[str, dict[int, Cost]], plans: dict[int, Cost], path: Path) -> None:
    """Time and memory against the number of cases, and of runs."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, costs in [*stages.items(), ("plan, by runs", plans)]:
        line = {"marker": "o", "markersize": 4, "label": name, "linestyle": ":" if costs is plans else "-"}
        axes[0].loglog(list(costs), [cost.cpu for cost in costs.values()], **line)
        axes[1].loglog(list(costs), [cost.peak_mb for cost in costs.values()], **line)
    axes[0].set(xlabel="cases, runs", ylabel="CPU, s")
    axes[1].set(xlabel="cases, runs", ylabel="peak memory, MB", ylim=(50, 1000))
    axes[0].legend(fontsize=8)
    for one in axes:
        one.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


def one_job(what: str, *arguments: str) -> None:
    if what == "intervals":
        intervals(int(arguments[0]))
    elif what == "training":
        training_peak(int(arguments[0]), int(arguments[1]), arguments[2])
    elif what == "write":
        write_cases(Path(arguments[0]), int(arguments[1]))
    else:
        stages = {"check": check, "prepare": prepare, "evaluate": evaluate, "tables": tables, "report": report}
        stages[what](*map(Path, arguments))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, nargs="*", default=[100, 1000, 10_000])
    parser.add_argument("--runs", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--drawing", type=Path, help="a file for the curves, SVG")
    parser.add_argument("--skip-training", action="store_true")
    parser.add_argument("--only", nargs="*", help="one job, for this script itself")
    options = parser.parse_args()
    if options.only:
        one_job(*options.only)
    else:
        print(machine("torch", "numpy", "scipy", "pandas"), flush=True)
        plans = plan_rows(options.runs, options.rounds)
        stages = time_rows(options.cases, options.rounds)
        if options.drawing:
            draw(stages, plans, options.drawing)
        interval_rows()
        if not options.skip_training:
            memory_rows()


if __name__ == "__main__":
    main()
