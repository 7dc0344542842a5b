"""`segrepro evaluate` and `segrepro compare`: score folders of masks, and test two score files."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from segrepro.cli.json_output import AsJson, print_json


def evaluate(
    prediction: Annotated[Path, typer.Option(help="Folder of predicted masks.")],
    reference: Annotated[Path, typer.Option(help="Folder of reference masks of the same names.")],
    output: Annotated[Path, typer.Option(help="CSV of scores; a run that was interrupted goes on.")],
    label: Annotated[list[int] | None, typer.Option(help="A label to score; default: binary.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a core.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score a folder of masks against another, one row a case."""
    from rich.console import Console
    from rich.progress import Progress

    from segrepro.evaluation.compare import read_scores
    from segrepro.evaluation.folders import evaluate_folders
    from segrepro.utils.parallel import available_cores

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("cases", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        evaluate_folders(prediction, reference, output, label or None, workers or available_cores(), show)
    if as_json:
        print_json({"output": output, "scores": read_scores(output).to_dict("records")})
    else:
        print(output)


def compare(
    first: Annotated[Path, typer.Argument(help="CSV of scores.")],
    second: Annotated[Path, typer.Argument(help="CSV of scores on the same cases.")],
    metric: Annotated[list[str] | None, typer.Option(help="Measure, repeatable; default: all.")] = None,
    experiments: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Experiment of the first and of the second file, if they hold several."),
    ] = None,
    unit: Annotated[
        str, typer.Option(help="Rows to compare, if the files have a column unit: case or slice.")
    ] = "case",
    also_first: Annotated[
        list[Path] | None, typer.Option(help="Scores of another training of the first method, repeatable.")
    ] = None,
    also_second: Annotated[
        list[Path] | None, typer.Option(help="Scores of another training of the second method, repeatable.")
    ] = None,
    margin: Annotated[
        list[str] | None, typer.Option(help="Smallest difference that matters, such as dice=0.02, repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Test two methods' scores against each other: second minus first, * where the methods differ, † these weights."""
    from segrepro.evaluation.compare import compare_files, comparison_lines, comparison_text, read_margins

    margins = read_margins(margin or [])
    sides = [first, *(also_first or [])], [second, *(also_second or [])]
    found = compare_files(*sides, metric, experiments, unit)
    if as_json:
        print_json([asdict(one) | {"mark": one.mark, "significant": one.significant} for one in found])
    else:
        print("\n".join([*comparison_lines(found), "", comparison_text(found, margins)]))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: segrepro evaluate --prediction masks --reference truth --output scores.csv")(evaluate)
    app.command(epilog="Example: segrepro compare scores.csv scores.csv --experiments unet xnet --metric dice")(compare)
