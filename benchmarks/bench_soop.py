"""Our network and nnU-Net v2 2D on SOOP's FLAIR slices: the same folds and seconds of training, a paired test.

    snakemake --cores all --resources gpu=1 --configfile examples/soop.yaml --config data=FOLDER
    python benchmarks/bench_soop.py examples/soop.yaml --data FOLDER [--experiment NAME] [--seconds-a-fold N]
        [--batch-size N] [--folds N] [--threads N] [--augmenters N] [--device NAME] [--work FOLDER]

Both commands in the same folder: ours is the finished run of a config, and nothing of it is made again. nnU-Net gets
the raw slices with the same folds and does the rest as it does by default: plans (of all cases, the scored ones too, as
always), network, augmentation, loss, optimiser, last weights, mirroring. Its time is that of its iterations; see
nnunet_default.train. Ours is that of its steps and of its validation. Preparation and prediction count for neither.

Ours learns from the train part of a fold and steers by its validation part; nnU-Net, which steers by nothing, learns
from both. On a CPU nnU-Net computes in float32 and has time for ten or twenty of its planned batches; a smaller
--batch-size buys it more iterations. Augmentation in the same process takes 1 % of an iteration there.

Both sides are scored by the config's evaluation, on the slices' own grid. Done folds are not done again; scores of
both are left as CSV for `segrepro compare`.
"""

import argparse
import json
import os
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ.get("OMP_NUM_THREADS", "1")

import nnunet_default  # noqa: E402
import nnunet_peer  # noqa: E402
import pandas as pd  # noqa: E402
from measuring import machine, table  # noqa: E402

from segrepro.datasets import open_dataset
from segrepro.datasets.nnunet_export import export_nnunet
from segrepro.evaluation.case_scores import score_predictions
from segrepro.evaluation.statistics import Comparison, compare_methods, summarise
from segrepro.utils.csv_files import read_csv, write_csv
from segrepro.utils.files import whole_file
from segrepro.utils.repository import REPOSITORY
from segrepro.utils.validation import merged
from segrepro.utils.yaml_files import read_yaml
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import Run

PEER = "nnU-Net v2 2D"


def finished_run(options: argparse.Namespace) -> tuple[Plan, Run]:
    """The plan of the config, laid over config.yaml as the workflow does it, and the experiment's run."""
    values = merged(read_yaml(REPOSITORY / "config.yaml"), read_yaml(options.config))
    values |= {"data": options.data} if options.data else {}
    plan = make_plan(load_config(values, [(str(options.config), values)]))
    run = next((run for run in plan.all_runs.values() if run.name == options.experiment), None)
    if run is None:
        names = ", ".join(run.name for run in plan.all_runs.values())
        raise SystemExit(f"no experiment {options.experiment} in {options.config}; there is {names}")
    if not (folder_of(plan, run) / "scores.csv").is_file():
        raise SystemExit(f"{folder_of(plan, run)} has no scores: let snakemake finish with this config and data first")
    return plan, run


def folder_of(plan: Plan, run: Run) -> Path:
    return Path(plan.config.work) / "runs" / run.key


def our_cost(plan: Plan, run: Run, folds: list[int]) -> list[dict]:
    """What each fold's training took."""
    costs = []
    for folder in (folder_of(plan, run) / f"fold{fold}" for fold in folds):
        card, history = json.loads((folder / "model.json").read_text()), pd.read_csv(folder / "history.csv")
        cost = {"seconds": card["training_seconds"], "threads": plan.config.train_threads}
        costs.append(cost | {"iterations": history["step"].max(), "batch": card["recipe"]["batch_size"]})
    return costs


def write_raw(plan: Plan, run: Run) -> None:
    """The data set and its folds in nnU-Net's raw format."""
    raw, dataset = nnunet_default.folder_of("raw"), run.dataset
    if not raw.exists():
        cases = open_dataset(dataset.spec.layout, Path(dataset.path), dataset.name).cases
        export_nnunet(cases, Path(plan.config.work) / "folds" / f"{run.folds_key}.csv", raw, dataset.spec.labels)


def peer_fold(plan: Plan, run: Run, fold: int, options: argparse.Namespace) -> tuple[Path, dict]:
    """nnU-Net's masks of a fold as a list like our own, and what training took; made unless they are there."""
    cost = nnunet_default.train(fold, options.seconds_a_fold, options.batch_size, options.device)
    cost["threads"] = options.threads
    output = nnunet_default.folder_of("results").parent / f"fold{fold}" / "predictions.csv"
    if not output.exists():
        ours = read_csv(folder_of(plan, run) / f"fold{fold}" / "predictions.csv")
        print(f"{PEER}, fold {fold}: segmenting {len(ours)} cases", flush=True)
        masks = nnunet_default.predict(fold, ours["case"].tolist(), options.device)
        with whole_file(output) as partial:
            ours.assign(prediction=ours["case"].map(masks), weights="last").to_csv(partial, index=False)
    return output, cost


def scores(file: Path, folds: list[int], output: Path) -> pd.DataFrame:
    """The scores of whole cases of some folds, left in `output` as well."""
    frame = read_csv(file)
    frame = frame[(frame["unit"] == "case") & frame["fold"].isin(folds)]
    with whole_file(output) as partial:
        frame.to_csv(partial, index=False)
    return frame


def row(name: str, frame: pd.DataFrame, costs: list[dict], compared: list[str]) -> list[str]:
    """A method's row of the table."""
    dice = summarise(frame["dice"], frame["patient"])
    values = [[cost[key] for cost in costs] for key in ("seconds", "threads", "iterations", "batch")]
    spans = [" to ".join(dict.fromkeys(f"{end:.0f}" for end in (min(v), max(v)))) for v in values]
    return [name, *spans, f"{dice.mean:.3f} [{dice.low:.3f}, {dice.high:.3f}]", *compared]


def verdict(result: Comparison) -> str:
    """Which way the paired test falls."""
    if not result.mark:
        return "no difference shown"
    return "ours is better, as trained once" if result.difference > 0 else "ours is worse, as trained once"


def report(frames: dict[str, pd.DataFrame], costs: dict[str, list[dict]]) -> None:
    """The table and the verdict."""
    ours = next(name for name in frames if name != PEER)
    [result] = compare_methods(frames, PEER, ["dice"])
    shown = [f"{result.difference:+.3f} [{result.low:+.3f}, {result.high:+.3f}]", f"{result.p:.2g}"]
    compared = {ours: shown, PEER: ["", ""]}
    head = ["seconds a fold", "threads", "iterations", "batch", "mean Dice [95 %]", "difference [95 %]", "p"]
    table([f"{result.n} cases", *head], [row(name, frames[name], costs[name], compared[name]) for name in frames])
    print(f"\nDice, ours minus {PEER}: {verdict(result)}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path, help="of a finished run")
    parser.add_argument("--data", help="the data folder, if the config names another")
    parser.add_argument("--experiment", default="xnet")
    parser.add_argument("--seconds-a-fold", type=float, default=240)
    parser.add_argument("--batch-size", type=int, help="nnU-Net's; default: as it plans")
    parser.add_argument("--folds", type=int, help="the first N; default: all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--augmenters", type=int, default=0, help="processes of nnU-Net's own that augment")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--work", type=Path, default=Path("work/bench_soop"))
    return parser.parse_args()


def main() -> None:
    import torch

    options = arguments()
    torch.set_num_threads(options.threads)
    print(machine("torch", "nnunetv2", "batchgeneratorsv2", "numpy"), f"{options.threads} threads", flush=True)
    plan, run = finished_run(options)
    folds = run.fold_numbers[: options.folds]
    base = options.work.absolute() / run.folds_key
    how = (f"{options.seconds_a_fold:g}s", options.device, options.threads, options.batch_size or "planned")
    place = base / "{}-{}-threads{}-batch{}".format(*how)
    nnunet_peer.point_to(base, place, options.augmenters)
    write_raw(plan, run)
    nnunet_default.prepare()
    wanted = nnunet_default.planned()["configurations"][nnunet_peer.CONFIGURATION]
    print(f"{PEER} plans batches of {wanted['batch_size']} patches of {wanted['patch_size']}", flush=True)
    made, costs = zip(*[peer_fold(plan, run, fold, options) for fold in folds])
    settings = plan.evaluation_settings(run.key).model_copy(update={"experiment": "nnunet"})
    write_csv(score_predictions(pd.concat(map(read_csv, made)), settings), place / "all.csv")
    files = {run.name: folder_of(plan, run) / "scores.csv", PEER: place / "all.csv"}
    names = {run.name: place / f"{run.name}.csv", PEER: place / "nnunet.csv"}
    frames = {name: scores(files[name], folds, names[name]) for name in files}
    report(frames, {run.name: our_cost(plan, run, folds), PEER: list(costs)})
    print(f"segrepro compare {names[PEER]} {names[run.name]} --metric dice")


if __name__ == "__main__":
    main()
