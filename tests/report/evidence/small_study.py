"""A small study with real results: two runs of xnet on six tiny phantoms, made by the jobs' own functions."""

from pathlib import Path

from segrepro.report.evidence.record import COUNTS
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.report_settings import (
    claim_settings,
    count_settings,
    export_settings,
    figure_settings,
    table_settings,
)
from segrepro.workflow.plan.runs import Run
from segrepro.workflow.result_settings import origin_of, result_settings, settings_file
from workflow_scripts import (
    build_tables,
    check_dataset,
    count_parameters,
    draw_figures,
    evaluate_predictions,
    export_cases,
    fetch_dataset,
    judge_claims,
    keep_evidence,
    note_settings,
    predict_cases,
    prepare_cases,
    publish_models,
    split_folds,
    train_model,
)

GRID = {"shape": [40, 44, 8], "spacing_mm": [5.0, 5.0, 24.0]}
PHANTOM = {"patients": 6, "two_timepoints": 0, "sites": 2, "seed": 0} | GRID
FILES = ("model.json", "history.csv", "predictions.csv")
EXPERIMENTS = ["unet", "threshold"]
CHANGES = {
    "folds": {"count": 2, "test_fraction": None},
    "recipe": {"epochs": 1},
    "datasets": {"atlas": {"phantom": PHANTOM, "batch_cases": 6}},
    "claims": [{"text": "Training helps.", "table": "table2", "pairs": [["unet", "threshold"]], "measures": ["dice"]}],
}


def plan_in(folder: Path) -> Plan:
    """The plan of the small study, with work and results in a folder."""
    places = {"work": str(folder / "work"), "results": str(folder / "results"), "device": "cpu"}
    chosen = {"studies": "xnet", "experiments": EXPERIMENTS, "overrides": {"xnet": CHANGES}}
    return make_plan(load_config(places | chosen))


def make_study(folder: Path) -> Path:
    """Make everything in the order of the workflow; the study's folder of results."""
    plan = plan_in(folder)
    work, results = folder / "work", folder / "results/xnet"
    (dataset,) = plan.datasets
    source, cases, found = (work / "datasets" / dataset / name for name in ("source.json", "cases.csv", "found.json"))
    fetch_dataset.main(plan.fetch_settings(dataset), 1, source)
    check_dataset.main(plan.check_settings(dataset), source, cases.with_name("faults.csv"), 1, cases)
    for prepared in plan.prepared:
        prepare_cases.main(plan.batch_settings(prepared, 0), source, 1, work / f"prepared/{prepared}/batch0/cases.json")
    for folds in plan.fold_files:
        split_folds.main(plan.fold_settings(folds), cases, work / f"folds/{folds}.csv")
    for run in plan.runs["xnet"]:
        _make_run(plan, run, work, results, source)
    _make_results(plan, work, results, source, found)
    return results


def _make_run(plan: Plan, run: Run, work: Path, results: Path, source: Path) -> None:
    prepared, folds = [Path(path) for path in plan.prepared_batches(run.key)], work / f"folds/{run.folds_key}.csv"
    place = work / "runs" / run.key
    for fold in run.fold_numbers:
        settings = plan.run_settings(run.key, fold)
        train_model.main(settings, folds, prepared, [], place / f"fold{fold}")
        model, predictions = (place / f"fold{fold}" / name for name in ("model.json", "predictions.csv"))
        predict_cases.main(settings, model, folds, prepared, predictions)
    predictions = [place / f"fold{fold}/predictions.csv" for fold in run.fold_numbers]
    evaluate_predictions.main(plan.evaluation_settings(run.key), predictions, source, 1, place / "scores.csv")
    models = [path.with_name("model.json") for path in predictions]
    publish_models.main(models, results / run.name / "models.csv")


def _make_results(plan: Plan, work: Path, results: Path, source: Path, found: Path) -> None:
    files = {name: list(map(Path, plan.run_files(plan.runs["xnet"], name))) for name in FILES}
    scores = list(map(Path, plan.score_files(plan.runs["xnet"])))
    settings = Path(settings_file(plan, "xnet"))
    note_settings.main(result_settings(plan, "xnet"), settings)
    tables, counts = table_settings(plan, "xnet"), results / COUNTS
    count_parameters.main(count_settings(plan, "xnet"), counts)
    build_tables.main(tables, scores, files["model.json"], counts, results / "tables")
    judge_claims.main(claim_settings(plan, "xnet"), scores, files["model.json"], results / "claims/claims.json")
    drawn = (files["history.csv"], files["predictions.csv"], [source])
    draw_figures.main(figure_settings(plan, "xnet"), scores, *drawn, results / "figures")
    shown = (scores, files["predictions.csv"], [source])
    export_cases.main(export_settings(plan, "xnet"), *shown, 1, results / "cases/cases.json")
    made = [settings, counts, *(results / f"{kind}/{kind}.json" for kind in ("tables", "figures", "cases"))]
    made += [results / "claims/claims.json", *map(Path, plan.model_lists("xnet"))]
    folds = [work / f"folds/{run.folds_key}.csv" for run in plan.runs["xnet"]]
    keep_evidence.main(origin_of(plan, "xnet"), made, scores, folds, [source], [found], results / "evidence.json")
