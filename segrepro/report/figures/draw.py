"""Draws a study's figures: reads what they share, and hands it to the module of each kind."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pandas as pd

from segrepro.utils.csv_files import read_csv
from segrepro.utils.files import whole_folder
from segrepro.utils.plot_style import figure_style


@dataclass(frozen=True)
class Drawing:
    """What figures are drawn from.

    predictions: rows of every predictions.csv, with the run's name, the folder of its model and its labels.
    curves: rows of every history.csv, with the run's name and fold. scores: of all runs, likewise.
    """

    predictions: pd.DataFrame
    curves: pd.DataFrame
    scores: pd.DataFrame

    def prediction(self, run: dict, case: str) -> dict | None:
        """The row of a run's prediction of a case; None when it has none."""
        rows = self.predictions[(self.predictions["run"] == run["name"]) & (self.predictions["case"] == case)]
        return rows.iloc[0].to_dict() if len(rows) else None


def draw_figures(
    settings: dict, scores: list[Path], histories: list[Path], predictions: list[Path], output: Path
) -> None:
    """Write into `output` every figure as PNG and SVG, figures.json that lists them, and curves.csv, and nothing else:
    figures that the study no longer has go.
    """
    drawing = _read(settings, scores, histories, predictions)
    with whole_folder(output) as folder:
        with figure_style():
            drawn = list(_drawn(settings, drawing, folder))
        drawing.curves.to_csv(folder / "curves.csv", index=False)
        content = {"study": settings["study"], "figures": drawn}
        (folder / "figures.json").write_text(json.dumps(content, indent=2) + "\n")


def _drawn(settings: dict, drawing: Drawing, output: Path) -> Iterator[dict]:
    for name, spec in settings["figures"].items():
        # In the order of the figure, which is the paper's.
        runs = [run for key in spec["experiments"] for run in settings["runs"] if run["experiment"] == key]
        if runs:
            module = import_module(f"segrepro.report.figures.{spec['kind']}")
            yield {"name": name, "title": spec["title"], "caption": module.draw(drawing, spec, runs, output / name)}
            print(f"drew {name}", flush=True)


def _read(settings: dict, scores: list[Path], histories: list[Path], predictions: list[Path]) -> Drawing:
    cards = [json.loads((path.parent / "model.json").read_text()) for path in predictions]
    rows = [_predicted(path, card) for path, card in zip(predictions, cards)]
    curves = [pd.read_csv(path).assign(run=card["name"], fold=card["fold"]) for path, card in zip(histories, cards)]
    scored = [read_csv(path).assign(run=run["name"]) for run, path in zip(settings["runs"], scores)]
    return Drawing(pd.concat(rows), pd.concat(curves), pd.concat(scored))


def _predicted(path: Path, card: dict) -> pd.DataFrame:
    learned = json.dumps([int(value) for value in card["dataset"]["labels"]])
    return read_csv(path).assign(run=card["name"], model=str(path.parent), learned=learned)
