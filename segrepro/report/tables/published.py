"""The published numbers: the tables of published/, their methods and the notes on them."""

import csv
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from segrepro.utils.repository import REPOSITORY

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED = REPOSITORY / "published"


@cache
def published_files() -> list[str]:
    """The names of the files in published/."""
    return sorted(path.name for path in PUBLISHED.glob("*.csv"))


@cache
def published_methods(published: str, dataset: str) -> list[str]:
    """The methods of a file in published/, on the data sets whose name begins so."""
    with open(PUBLISHED / published, newline="", encoding="utf-8") as file:
        return sorted({row["method"] for row in csv.DictReader(file) if row["dataset"].startswith(dataset)})


def contradictions(files: Iterable[str]) -> list[dict]:
    """The notes in files of published/, parted by " | " in a cell, each once, with the methods it is about."""
    import pandas as pd

    found: dict[tuple[str, str], list[str]] = {}
    for file in dict.fromkeys(files):
        printed = pd.read_csv(PUBLISHED / file)
        for row in printed[printed["note"].notna()].to_dict("records"):
            for note in str(row["note"]).split(" | "):
                methods = found.setdefault((str(row["table"]), note), [])
                if str(row["method"]) not in methods:
                    methods.append(str(row["method"]))
    return [{"table": table, "note": note, "methods": methods} for (table, note), methods in found.items()]


def published_numbers(spec: dict) -> "pd.DataFrame":
    """The printed numbers of a table's data set; no rows where nothing is printed."""
    import pandas as pd

    if not spec["published"]:
        return pd.DataFrame(columns=["method", "dataset", "metric", "mean", "std", "parameters"])
    frame = pd.read_csv(PUBLISHED / spec["published"], dtype={"parameters": str})
    return frame[frame["dataset"].str.startswith(spec["dataset"])] if spec["dataset"] else frame
