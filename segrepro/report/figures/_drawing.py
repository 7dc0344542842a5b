"""What all figures of a study are drawn from, and how each of them is drawn."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.report.figures import figure_module
from segrepro.report.spec import FigureSpec, ReportedRun
from segrepro.utils.csv_files import read_csv
from segrepro.utils.plot_style import figure_style
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

CURVES = "curves.csv"


class Settings(Strict):
    """The figures of a study, and the runs that they may show."""

    study: str
    runs: list[ReportedRun]
    figures: dict[str, FigureSpec]


class DrawnFigure(Strict):
    """A figure as figures.json lists it; its files are <name>.png and <name>.svg."""

    name: str
    title: str
    caption: str


class FigureList(Strict):
    """figures.json: the figures of a study that were drawn."""

    study: str
    figures: list[DrawnFigure]


@dataclass(frozen=True)
class Drawing:
    """What figures are drawn from.

    predictions: rows of every predictions.csv, with the run's name, the folder of its model and its labels.
    curves: rows of every history.csv, with the run's name and fold. scores: of all runs, likewise.
    """

    predictions: "pd.DataFrame"
    curves: "pd.DataFrame"
    scores: "pd.DataFrame"

    def prediction(self, run: ReportedRun, case: str) -> dict | None:
        """The row of a run's prediction of a case; None when it has none."""
        rows = self.predictions[(self.predictions["run"] == run.name) & (self.predictions["case"] == case)]
        return rows.iloc[0].to_dict() if len(rows) else None


def read_drawing(
    runs: list[ReportedRun], scores: list[Path], histories: list[Path], predictions: list[Path]
) -> Drawing:
    """scores: a file a run, in the order of `runs`; histories, predictions: a file a fold of each, beside its card."""
    import pandas as pd

    cards = [json.loads((path.parent / "model.json").read_text()) for path in predictions]
    rows = [_predicted(path, card) for path, card in zip(predictions, cards)]
    curves = [read_curves(path, card["name"], card["fold"]) for path, card in zip(histories, cards)]
    return Drawing(pd.concat(rows), pd.concat(curves), read_scores(runs, scores))


def read_scores(runs: list[ReportedRun], scores: list[Path]) -> "pd.DataFrame":
    """The scores of all runs, as a `Drawing` has them; scores: a file a run."""
    import pandas as pd

    return pd.concat([read_csv(path).assign(run=run.name) for run, path in zip(runs, scores)])


def read_curves(history: Path, run: str, fold: int) -> "pd.DataFrame":
    """The history of a fold of a run, as a `Drawing` has it."""
    import pandas as pd

    return pd.read_csv(history).assign(run=run, fold=fold)


def _predicted(path: Path, card: dict) -> "pd.DataFrame":
    learned = json.dumps([int(value) for value in card["dataset"]["labels"]])
    return read_csv(path).assign(run=card["name"], model=str(path.parent), learned=learned)


def draw_figures(
    figures: Mapping[str, FigureSpec], runs: list[ReportedRun], drawing: Drawing, folder: Path
) -> Iterator[DrawnFigure]:
    """Draw every figure that has a run into `folder`, as PNG and SVG."""
    with figure_style():
        for name, spec in figures.items():
            # In the order of the figure, which is the paper's.
            shown = [run for key in spec.experiments for run in runs if run.experiment == key]
            if shown:
                module = figure_module(spec.kind)
                options = module.Options.model_validate(spec.options)
                caption = module.draw(drawing, spec, options, shown, folder / name)
                yield DrawnFigure(name=name, title=spec.title, caption=caption)
                print(f"drew {name}", flush=True)


def write_curves(drawing: Drawing, folder: Path) -> None:
    """Write curves.csv, what the losses and scores of all folds were after each round."""
    drawing.curves.to_csv(folder / CURVES, index=False)
