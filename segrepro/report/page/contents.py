"""What the report's pages say about a study, gathered from its tables, figures, cases and models."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from segrepro.evaluation.statistics import undefined_text
from segrepro.report.tables.formats import (
    EFFECTS,
    absent,
    case_counts,
    effect_lines,
    footnote_lines,
    full_width,
    legend,
    signed,
    titles_of,
)
from segrepro.report.tables.published import contradictions
from segrepro.utils.csv_files import read_csv

DIGITS = 3


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, the number it is sorted by, a small second line, and the measure it belongs to.

    measure: "" for columns that are always shown; detail: whether it is shown only when its measure is chosen.
    """

    text: str = ""
    number: float | None = None
    small: str = ""
    measure: str = ""
    detail: bool = False


def read_study(
    name: str, settings: dict, tables: Path, figures: Path, cases: Path, models: list[Path], sources: dict[str, dict]
) -> dict:
    """Everything about one study.

    settings: what Plan.report_settings gives; tables, figures, cases: its tables.json, figures.json and cases.json;
    models: the cards of its runs; sources: the source.json of each data set by its path part.
    """
    facts = settings["studies"][name]
    content = json.loads(tables.read_text())
    return facts | {
        "name": name,
        "datasets": [_dataset(dataset, sources) for dataset in facts["datasets"]],
        "phantom": any(dataset["source"] == "phantom" for dataset in facts["datasets"]),
        "tables": content["tables"],
        "figures": json.loads(figures.read_text())["figures"],
        "cases": json.loads(cases.read_text()),
        "scores": _scores(tables.parent / "scores.csv"),
        "runs": _runs([json.loads(path.read_text()) for path in models]),
        "contradictions": contradictions(facts["published"]),
    }


def _dataset(dataset: dict, sources: dict[str, dict]) -> dict:
    source = sources.get(f"{dataset['name']}-{dataset['version']}", {})
    return dataset | {"checksum": source.get("contents", "")}


def _runs(cards: list[dict]) -> list[dict]:
    """Each run with what its folds have in common and what they sum to."""
    by_name: dict[str, list[dict]] = {}
    for card in cards:
        by_name.setdefault(card["name"], []).append(card)
    return [
        {
            "name": name,
            "experiment": folds[0]["experiment"],
            "protocol": folds[0]["protocol"],
            "network": folds[0]["network"],
            "hash": folds[0]["hash"],
            "seed": folds[0]["seed"],
            "folds": len(folds),
            "seconds": round(sum(card["training_seconds"] for card in folds), 1),
            "devices": sorted({card["device"] for card in folds}),
            "commits": sorted({card["made_with"]["commit"] for card in folds}),
            "made_with": folds[0]["made_with"],
        }
        for name, folds in by_name.items()
    ]


def _scores(path: Path) -> list[dict]:
    """Per-case scores, an undefined score being None."""
    kept = read_csv(path)
    # Slices only of runs that are scored by nothing else: their patients are parted.
    by_case = set(kept["experiment"][kept["unit"] == "case"])
    kept = kept[(kept["unit"] == "case") | ~kept["experiment"].isin(by_case)]
    return json.loads(kept.to_json(orient="records", double_precision=6))


def table_view(table: dict, study: dict) -> dict:
    """A table for the page: column titles and rows of cells. study: what `read_study` gives.

    Each measure has the columns printed and reproduced, and, shown on request, difference to print, difference to the
    reference method and its corrected p.
    """
    measures = titles_of(table)
    decimals = {name: _decimals([row["cells"][name]["printed_mean"] for row in table["rows"]]) for name in measures}
    reference = study["references"][table["name"]]
    seconds = {(run["experiment"], run["protocol"]): run["seconds"] for run in study["runs"]}
    return {
        "name": table["name"],
        "title": table["title"],
        "legend": legend(table),
        "footnotes": footnote_lines(table),
        "effects_title": EFFECTS,
        "effects": effect_lines(table),
        "measures": measures,
        "columns": [Cell("Protocol")]
        + [column for measure, title in measures.items() for column in _columns(measure, title, reference)]
        + [Cell(title) for title in ("Cases", "Undefined")]
        + [Cell(kind, small="Parameters") for kind in ("printed", "at full width", "as run")]
        + [Cell("all folds", small="Seconds of training")],
        "rows": [
            _row(row, measures, decimals, seconds.get((row["experiment"], row["protocol"]))) for row in table["rows"]
        ],
        "notes": {row["label"]: row["parameters_note"] for row in table["rows"] if row.get("parameters_note")},
    }


def _columns(measure: str, title: str, reference: str) -> list[Cell]:
    details = ("reproduced − printed", f"minus {reference}", f"p, against {reference}")
    plain = [Cell(kind, small=title, measure=measure) for kind in ("printed", "reproduced")]
    return plain + [Cell(kind, small=title, measure=measure, detail=True) for kind in details]


def _decimals(values: list[float | None]) -> int:
    """Digits behind the point of the longest number, so that a printed 0.6000 does not become 0.6.

    >>> _decimals([0.6, 0.5993, None]), _decimals([52.69, 45.7]), _decimals([None])
    (4, 2, 0)
    """
    return max((len(f"{value:.6g}".partition(".")[2]) for value in values if value is not None), default=0)


def _row(row: dict, titles: dict[str, str], decimals: dict[str, int], seconds: float | None) -> dict:
    """titles, decimals: of each measure; seconds: of the training of all folds."""
    missing = absent(row)
    cells = [part for name, digits in decimals.items() for part in _cells(row["cells"][name], name, digits, missing)]
    counts = (row["parameters_printed"], full_width(row), row.get("parameters"))
    facts = [_plain(value) for value in (*case_counts(row, titles), *counts, seconds)]
    return {
        "run": row["run"],
        "label": " / ".join(filter(None, (row["label"], row["group"]))),
        "cells": [
            Cell("" if row["only_printed"] else row["protocol"]),
            *cells,
            *facts,
        ],
    }


def _cells(cell: dict, measure: str, digits: int, missing: str) -> list[Cell]:
    """One measure of one row, in the order of `_columns`; missing: what stands where nothing was reproduced."""
    printed = "" if cell["printed_mean"] is None else f"{cell['printed_mean']:.{digits}f}"
    if cell.get("printed_std") is not None:
        printed += f" ± {cell['printed_std']:.{digits}f}"
    difference = cell.get("difference_to_reference")
    interval = _interval(cell.get("difference_low"), cell.get("difference_high"))
    return [
        Cell(printed, cell["printed_mean"], measure=measure),
        Cell(*_reproduced(cell, missing), measure),
        Cell(signed(cell.get("difference_to_printed")), cell.get("difference_to_printed"), "", measure, True),
        Cell(signed(difference), difference, interval, measure, True),
        Cell(_p(cell.get("p_corrected")), cell.get("p_corrected"), "", measure, True),
    ]


def _reproduced(cell: dict, missing: str) -> tuple[str, float | None, str]:
    """Mean ± standard deviation with the test's mark, the mean, and a second line: interval and undefined cases."""
    mean, std, low, high = (cell.get(key) for key in ("mean", "std", "low", "high"))
    if mean is None:
        return cell.get("text", missing), None, ""
    text = f"{mean:.{DIGITS}f}" + ("" if std is None else f" ± {std:.{DIGITS}f}")
    interval = _interval(low, high)
    undefined = undefined_text(cell["n"], cell["n_undefined"], cell["mean_with_replacement"])
    text += ("*" if "*" in cell["text"] else "") + cell.get("mark", "")
    return text, mean, "; ".join(filter(None, (interval, undefined)))


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None else f"[{low:.{DIGITS}f}, {high:.{DIGITS}f}]"


def _p(value: float | None) -> str:
    """A p value as text.

    >>> _p(0.0002), _p(0.0312), _p(None)
    ('< 0.001', '0.031', '')
    """
    return "" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _plain(value: object) -> Cell:
    """A number, or a printed size sorted by the number it starts with.

    >>> _plain("15.1M").number, _plain(1234567).text, _plain("").number
    (15.1, '1,234,567', None)
    """
    if isinstance(value, int | float):
        return Cell(f"{value:,}", float(value))
    start = re.match(r"[0-9.]*[0-9]", str(value or ""))
    return Cell(str(value or ""), float(start[0]) if start else None)
