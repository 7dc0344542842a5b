"""A study's tables: printed beside reproduced numbers, with intervals and tests, in four formats."""

import json
from pathlib import Path

import pandas as pd

from segrepro.evaluation.statistics import DIAGONAL, Comparison, format_cell, summarise
from segrepro.report.tables.comparisons import compare_runs
from segrepro.report.tables.dvc_metrics import means
from segrepro.report.tables.formats import html, latex, markdown
from segrepro.report.tables.parameters import model_facts
from segrepro.report.tables.protocol_effects import protocol_effects
from segrepro.report.tables.published import published_numbers
from segrepro.utils.csv_files import read_csv, write_csv
from segrepro.utils.files import whole_folder

# Seconds differ from run to run; in a file of their own they leave the tables the same, byte by byte.
COSTS = "costs.csv"
REPLACED = " replaced"
NUMBERS = ("mean", "std", "low", "high", "mean_with_replacement")  # of a cell
TESTED = {  # key of a cell -> what a Comparison with the reference calls it
    "difference_to_reference": "difference",
    "difference_low": "low",
    "difference_high": "high",
    "p": "p",
    "p_corrected": "p_corrected",
    "effect": "effect",
}


def build_tables(settings: dict, scores: list[Path], models: list[Path], output: Path) -> None:
    """Write into `output` each table as CSV, Markdown, LaTeX and HTML, tables.json for the report, metrics.json for
    DVC, all scores and what they cost, and nothing else: tables that the study no longer has go.

    settings: what Plan.study_settings gives; scores: one CSV a run, in the order of its runs.
    """
    frames = {run["name"]: read_csv(path) for run, path in zip(settings["runs"], scores)}
    cards = [json.loads(path.read_text()) for path in models]
    tables = [_table(name, spec, settings, frames, cards) for name, spec in settings["tables"].items()]
    content = {"study": settings["study"], "scale": settings["scale"], "tables": tables}
    costs = [{key: card[key] for key in ("name", "fold", "training_seconds", "device")} for card in cards]
    with whole_folder(output) as folder:
        for table in tables:
            _write(table, folder)
        write_csv(pd.concat(frames.values()), folder / "scores.csv")
        pd.DataFrame(costs).to_csv(folder / COSTS, index=False)
        (folder / "metrics.json").write_text(json.dumps(means(tables), indent=1) + "\n")
        (folder / "tables.json").write_text(json.dumps(content, indent=1) + "\n")


def _table(name: str, spec: dict, settings: dict, frames: dict[str, pd.DataFrame], cards: list[dict]) -> dict:
    groups = spec["groups"] or {"": {}}
    named = {spec["reference"], *(row["experiment"] for row in spec["rows"])}
    runs = [run for run in settings["runs"] if run["experiment"] in named]
    scored = {
        (run["name"], group): _scored(frames[run["name"]], spec["unit"], cases)
        for run in runs
        for group, cases in groups.items()
    }
    tests = compare_runs(spec, runs, scored, settings["seed"])
    protocols = list(dict.fromkeys(run["protocol"] for run in settings["runs"]))
    blocks = [(protocol, group) for protocol in protocols for group in groups]
    rows = [row for block in blocks for row in _rows(spec, *block, runs, scored, tests, cards, settings)]
    rows = [row for row in rows if not row["only_printed"] or row["protocol"] == protocols[0]]
    return {
        "name": name,
        "title": spec["title"],
        "note": spec["note"],
        "unit": spec["unit"],
        "footnotes": _number_notes(rows),
        "rows": rows,
        "metrics": spec["metrics"],
        "protocol_effects": protocol_effects(spec, runs, scored, settings["seed"]),
    }


def _rows(
    spec: dict,
    protocol: str,
    group: str,
    runs: list[dict],
    scored: dict,
    tests: dict,
    cards: list[dict],
    settings: dict,
) -> list[dict]:
    """A row a method, for one protocol and group of cases."""
    published, seed, lacking = published_numbers(spec), settings["seed"], settings["lacking"]
    own = {run["experiment"]: run["name"] for run in runs if run["protocol"] == protocol}
    models = {name: next(card for card in cards if card["name"] == name) for name in own.values()}
    plain = models.get(own.get(spec["plain"]))
    rows = []
    for row in spec["rows"]:
        base = {"label": row["label"], "group": group, "protocol": protocol, "experiment": row["experiment"]}
        run = own.get(row["experiment"])
        base |= {"run": bool(run), "only_printed": row["experiment"] is None}
        if row["experiment"] in lacking:
            base["lacks"] = lacking[row["experiment"]]
        of_method = _of_method(published, row["published_as"], group)
        base["parameters_printed"] = next(iter(of_method["parameters"].dropna()), "")
        cells = _printed(of_method, spec["metrics"])
        if run:
            base |= model_facts(models[run], plain)
            tested = {metric: tests.get((run, group, metric)) for metric in cells}
            _add_scores(cells, scored[run, group], tested, seed)
        rows.append(base | {"cells": cells})
    return rows


def _scored(frame: pd.DataFrame, unit: str, group: dict) -> pd.DataFrame:
    """A run's scores that a table averages: of its unit and group; labels of a case become their mean."""
    rows = _with_diagonals(frame[frame["unit"] == unit])
    if group.get("site") is not None:
        rows = rows[rows["site"] == group["site"]]
    if rows["label"].nunique() > 1:
        kept = ["experiment", "fold", "case", "patient", "site", "weights", "unit"]
        # A measure that is undefined for one label is undefined for the case, so that it is counted.
        measures = rows.columns.difference([*kept, "label"])
        rows = rows.groupby(kept, as_index=False)[list(measures)].agg(lambda values: values.mean(skipna=False))
        rows["label"] = "mean"
    if group.get("ml") is not None:
        low, high = group["ml"]
        rows = rows[(rows["reference_volume_ml"] >= low) & (rows["reference_volume_ml"] < high)]
    return rows


def _of_method(published: pd.DataFrame, method: str | None, group: str) -> pd.DataFrame:
    """The printed rows of a method, and of a group of cases if one is named."""
    rows = published[published["method"] == method]
    return rows[rows["dataset"].str.contains(group, regex=False)] if group else rows


def _with_diagonals(rows: pd.DataFrame) -> pd.DataFrame:
    """Beside every distance one with the image's diagonal where it is undefined.

    It is replaced before labels are averaged: a missing organ costs its own distance, not that of the others.
    """
    distances = [name for name in rows if name.endswith("_mm") and DIAGONAL in rows]
    return rows.assign(**{name + REPLACED: rows[name].fillna(rows[DIAGONAL]) for name in distances})


def _printed(rows: pd.DataFrame, metrics: dict[str, str]) -> dict[str, dict]:
    """For each measure its printed mean and standard deviation, None where nothing is printed."""
    cells = {}
    for metric, column in metrics.items():
        match = rows[rows["metric"] == column]
        found = match.iloc[0] if len(match) else {"mean": None, "std": None}
        # Fractions here, percent in print.
        scale = 100 if column.endswith("(%)") and not metric.endswith("_percent") else 1
        cells[metric] = {
            f"printed_{key}": None if pd.isna(found[key]) else float(found[key]) / scale for key in ("mean", "std")
        }
    return cells


def _add_scores(cells: dict, rows: pd.DataFrame, tests: dict[str, Comparison | None], seed: int) -> None:
    for metric, cell in cells.items():
        if metric not in rows or rows.empty:
            cell |= {"n": 0, "n_undefined": 0, "note": "not scored" if metric not in rows else "no case", "text": "-"}
            continue
        values, replaced = rows[metric].to_numpy(float), rows.get(metric + REPLACED)
        summary = summarise(values, rows["patient"].tolist(), seed, replaced)
        test = tests[metric]
        cell |= {key: _number(getattr(summary, key)) for key in NUMBERS}
        cell |= {"n": summary.n, "n_undefined": summary.n_undefined, "note": summary.note}
        cell["text"] = format_cell(summary, bool(test and test.significant))
        if test:
            cell |= {key: _number(getattr(test, name)) for key, name in TESTED.items()}
            cell |= {"n_compared": test.n, "test_note": test.note}
        if cell["printed_mean"] is not None:
            cell["difference_to_printed"] = _number(summary.mean - cell["printed_mean"])


def _number_notes(rows: list[dict]) -> list[str]:
    """The notes of all cells, each once; every cell gets the numbers of its own, counted from 1."""
    notes: list[str] = []
    for cell in (cell for row in rows for cell in row["cells"].values()):
        own = dict.fromkeys(filter(None, (cell.get("note"), cell.get("test_note"))))
        notes += [note for note in own if note not in notes]
        if own:
            cell["mark"] = f" (note {', '.join(str(1 + notes.index(note)) for note in own)})"
            cell["text"] += cell["mark"]
    return notes


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _write(table: dict, folder: Path) -> None:
    """The table as CSV (a row a measure), Markdown, HTML and LaTeX."""
    long = [
        {key: value for key, value in row.items() if key != "cells"} | {"metric": metric} | cell
        for row in table["rows"]
        for metric, cell in row["cells"].items()
    ]
    pd.DataFrame(long).to_csv(folder / f"{table['name']}.csv", index=False)
    for ending, text in (("md", markdown(table)), ("tex", latex(table)), ("html", html(table))):
        (folder / f"{table['name']}.{ending}").write_text(text, encoding="utf-8")
