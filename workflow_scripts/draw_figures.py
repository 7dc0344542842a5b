"""Draw a study's figures."""

from pathlib import Path

from segrepro.datasets.source import as_fetched
from segrepro.report.figures._drawing import FigureList, Settings, draw_figures, read_drawing, write_curves
from segrepro.utils.files import whole_folder
from segrepro.workflow.job import run_job


def main(
    settings: Settings,
    scores: list[Path],
    histories: list[Path],
    predictions: list[Path],
    sources: list[Path],
    output: Path,
) -> list[Path]:
    """Write into the folder output every figure as PNG and SVG, figures.json that lists them, and curves.csv.

    Nothing else stays there: figures that the study no longer has go.
    """
    drawing = read_drawing(settings.runs, scores, histories, predictions)
    with whole_folder(output) as folder, as_fetched(*sources):
        drawn = list(draw_figures(settings.figures, settings.runs, drawing, folder))
        write_curves(drawing, folder)
        content = FigureList(study=settings.study, figures=drawn)
        (folder / "figures.json").write_text(content.model_dump_json(indent=2) + "\n")
    return [output / "figures.json", output]


if __name__ == "__main__":
    run_job(main)
