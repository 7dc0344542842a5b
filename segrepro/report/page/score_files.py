"""The scores of every case as scripts that a page opened from disk loads when it needs them, one a measure.

A page of ten thousand cases so opens as fast as one of ten.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.evaluation.scored_methods import DIAGONAL, KEYS
from segrepro.utils.files import whole_file, whole_folder
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

LOSSES = ("train_loss", "validation_loss")
UNSCORED = ""  # where a method has no row of a case; an undefined score is null
DIGITS = 5
NO_MEASURES = {*KEYS, DIAGONAL, "note"}


class ScoreIndex(Strict):
    """What the score files of a study hold.

    datasets: by method. measures: of each unit. scored: by method, the measures that it has. labels: of each
    method, by unit. with_sites: data sets whose cases name their site.
    """

    datasets: dict[str, str]
    measures: dict[str, list[str]]
    scored: dict[str, list[str]]
    labels: dict[str, dict[str, list[str]]]
    with_sites: list[str]


def write_score_files(scores: "pd.DataFrame", datasets: Mapping[str, str], folder: Path) -> ScoreIndex:
    """Write into `folder` cases-<unit>.js, the cases of each data set, and <unit>-<measure>.js for every measure.

    scores: of every case, method and seed; datasets: by method. In a measure's file stand, for each method and label,
    the seeds' scores in the order of its data set's cases.
    """
    import pandas as pd

    scores = scores.assign(dataset=scores["experiment"].map(dict(datasets)))
    index = ScoreIndex(datasets=dict(datasets), measures={}, scored={}, labels={}, with_sites=[])
    with whole_folder(folder) as partial:
        for unit, rows in scores.groupby("unit"):
            cases = {name: own.drop_duplicates("case").sort_values("case") for name, own in rows.groupby("dataset")}
            listed = {
                name: {key: _texts(own[key]) for key in ("case", "patient", "site")} for name, own in cases.items()
            }
            _write(partial / f"cases-{unit}.js", listed)
            index.with_sites.extend(name for name, own in listed.items() if any(own["site"]))
            parts = [_Part(*key, own, cases[own["dataset"].iloc[0]]["case"]) for key, own in _parts_of(rows)]
            found = [
                name
                for name in rows
                if name not in NO_MEASURES | {"dataset"} and pd.api.types.is_numeric_dtype(rows[name])
            ]
            index.measures[unit] = [name for name in found if rows[name].notna().any()]
            for measure in index.measures[unit]:
                content = _measured(parts, measure)
                _write(partial / f"{unit}-{measure}.js", content)
                for method in content:
                    index.scored.setdefault(method, []).append(measure)
            for part in parts:
                index.labels.setdefault(unit, {}).setdefault(part.method, [])
                labels = index.labels[unit][part.method]
                labels += [part.label] if part.label not in labels else []
    return index


def write_curves(curves: "pd.DataFrame", path: Path) -> None:
    """Write curves.js: by method the mean over folds of training and validation loss after each epoch.

    curves: rows of every history.csv with the run.
    """
    columns = [name for name in LOSSES if name in curves]
    content = {
        str(run): {name: _numbers(values) for name, values in rows.groupby("epoch")[columns].mean().items()}
        for run, rows in curves.groupby("run")
    }
    with whole_file(path) as partial:
        _write(partial, content)


def _numbers(values: "pd.Series") -> list[float | None]:
    return [None if value != value else round(value, DIGITS) for value in values.tolist()]


def _parts_of(rows: "pd.DataFrame") -> Iterable[tuple[tuple, "pd.DataFrame"]]:
    rows = rows.assign(seed=rows.get("seed", 0))
    return rows.groupby(["experiment", "label", "seed"], sort=False)


class _Part:
    """The scores of a method for one label and from one seed."""

    def __init__(self, method: str, label: str, seed: int, rows: "pd.DataFrame", cases: "pd.Series"):
        self.method, self.label, self.seed = method, str(label), seed
        self.rows = rows.drop_duplicates("case").set_index("case").reindex(cases)
        self.scored = cases.isin(rows["case"]).to_numpy()

    def values(self, measure: str) -> list[float | str | None]:
        """A measure in the order of the cases."""
        values = self.rows[measure].astype(float).round(DIGITS)
        return [
            UNSCORED if not scored else None if value != value else value
            for value, scored in zip(values.tolist(), self.scored)
        ]


def _measured(parts: list[_Part], measure: str) -> dict[str, dict[str, list]]:
    """By method and label the scores of each seed; nothing of a method that has none of this measure."""
    content: dict[str, dict[str, list]] = {}
    for part in parts:
        if part.rows[measure].notna().any():
            content.setdefault(part.method, {}).setdefault(part.label, []).append(part.values(measure))
    return content


def _texts(values: "pd.Series") -> list[str]:
    return ["" if value != value else str(value) for value in values.tolist()]


def _write(path: Path, content: dict) -> None:
    path.write_text(f"segreproFile({json.dumps(content, separators=(',', ':'))});\n", encoding="utf-8")
