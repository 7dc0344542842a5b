"""Draw a study's figures."""

from pathlib import Path

from segrepro.workflow.job import run_job


def main(settings: dict, scores: list[Path], histories: list[Path], predictions: list[Path], output: Path) -> None:
    """Write each figure as PNG and SVG into the folder output."""
    from segrepro.report.figures.draw import draw_figures

    draw_figures(settings, scores, histories, predictions, output)


if __name__ == "__main__":
    run_job(main)
