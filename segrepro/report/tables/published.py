"""The published numbers: the tables of published/, their methods and the notes on them."""

import csv
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from segrepro.evaluation.metrics.registry import METRICS
from segrepro.report.tables.cell_text import PERCENT
from segrepro.report.tables.table import Cell
from segrepro.utils.repository import shipped
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED = shipped("published")


@cache
def published_files() -> list[str]:
    """The names of the files in published/."""
    return sorted(path.name for path in PUBLISHED.glob("*.csv"))


@cache
def published_methods(published: str, dataset: str) -> list[str]:
    """The methods of a file in published/, on the data sets whose name begins so."""
    with open(PUBLISHED / published, newline="", encoding="utf-8") as file:
        return sorted({row["method"] for row in csv.DictReader(file) if row["dataset"].startswith(dataset)})


class Contradiction(Strict):
    """A note on published numbers, and the methods of a table that it is about."""

    table: str
    note: str
    methods: list[str]


def contradictions(files: Iterable[str]) -> list[Contradiction]:
    """The notes in files of published/, parted by " | " in a cell, each once."""
    import pandas as pd

    found: dict[tuple[str, str], list[str]] = {}
    for file in dict.fromkeys(files):
        numbers = pd.read_csv(PUBLISHED / file)
        for row in numbers[numbers["note"].notna()].to_dict("records"):
            for note in str(row["note"]).split(" | "):
                methods = found.setdefault((str(row["table"]), note), [])
                if str(row["method"]) not in methods:
                    methods.append(str(row["method"]))
    return [Contradiction(table=table, note=note, methods=methods) for (table, note), methods in found.items()]


@cache
def published_numbers(published: str | None, dataset: str | None) -> "pd.DataFrame":
    """A file of published/ with numbers as text, in the paper's digits; no rows without a file.

    dataset: what the column `dataset` begins with; None: anything. Read once: not to be changed.
    """
    import pandas as pd

    if not published:
        return pd.DataFrame(columns=["method", "dataset", "metric", "mean", "std", "parameters"])
    frame = pd.read_csv(PUBLISHED / published, dtype=dict.fromkeys(("mean", "std", "parameters"), str))
    return frame[frame["dataset"].str.startswith(dataset)] if dataset else frame


def rows_of_method(published: "pd.DataFrame", method: str | None, group: str) -> "pd.DataFrame":
    """The published rows of a method, and of a group of cases if one is named."""
    rows = published[published["method"] == method]
    return rows[rows["dataset"].str.contains(group, regex=False)] if group else rows


def published_cell(rows: "pd.DataFrame", metric: str, column: str) -> Cell:
    """What a method's published rows say of one metric, which stands under the name `column` there.

    The numbers are fractions where ours are, the text has the digits and the percent of the paper.
    """
    match = rows[rows["metric"] == column][["mean", "std"]].fillna("")
    mean, std = match.iloc[0] if len(match) else ("", "")
    scale = 100 if column.endswith("(%)") and METRICS[metric].unit != "%" else 1
    text = " ± ".join(filter(None, (mean, std)))
    return Cell(
        published_mean=float(mean) / scale if mean else None,
        published_std=float(std) / scale if std else None,
        published_text=text + PERCENT if text and scale > 1 else text,
    )


@cache
def cell_in_print(
    file: str | None, dataset: str | None, method: str | None, group: str, metric: str, column: str
) -> Cell:
    """What a file of published/ says of one metric of a method, over a group of cases; looked up once."""
    return published_cell(rows_of_method(published_numbers(file, dataset), method, group), metric, column)
