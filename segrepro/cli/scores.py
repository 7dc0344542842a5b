"""`segrepro evaluate` and `segrepro compare`: score folders of masks, and test two score files."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from segrepro.cli.json_output import AsJson, print_json

Margin = Annotated[
    list[str] | None, typer.Option(help="Smallest difference that matters, such as dice=0.02, repeatable.")
]


def evaluate(
    prediction: Annotated[Path, typer.Option(help="Folder of predicted masks.")],
    reference: Annotated[Path, typer.Option(help="Folder of reference masks of the same names.")],
    output: Annotated[Path, typer.Option(help="CSV of scores; a run that was interrupted goes on.")],
    label: Annotated[list[int] | None, typer.Option(help="A label to score; default: binary.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a core.")] = None,
    also: Annotated[
        list[Path] | None, typer.Option(help="Scores of another training of the method, for --against; repeatable.")
    ] = None,
    against: Annotated[
        list[Path] | None, typer.Option(help="Scores of another method, to test against; repeatable for trainings.")
    ] = None,
    margin: Margin = None,
    as_json: AsJson = False,
) -> None:
    """Score a folder of masks against another, one row a case; with --against test it like `segrepro compare`."""
    from rich.console import Console
    from rich.progress import Progress

    from segrepro.evaluation.compare import compare_files, comparison_report, read_margins, read_scores
    from segrepro.evaluation.folders import evaluate_folders
    from segrepro.utils.parallel import available_cores

    margins = read_margins(margin or [])
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("cases", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        evaluate_folders(prediction, reference, output, label or None, workers or available_cores(), show)
    found = compare_files(against, [output, *(also or [])]) if against else []
    if as_json:
        shown = {"output": output, "scores": read_scores(output).to_dict("records")}
        print_json(shown | ({"comparisons": _as_dicts(found)} if against else {}))
    else:
        print("\n".join([str(output), *(["", *comparison_report(found, margins)] if found else [])]))


def compare(
    first: Annotated[Path, typer.Argument(help="CSV of scores.")],
    second: Annotated[
        Path | None, typer.Argument(help="CSV of scores on the same cases; not needed with --all-pairs.")
    ] = None,
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
    all_pairs: Annotated[
        bool, typer.Option("--all-pairs", help="Every two experiments of the first file, as one family.")
    ] = False,
    margin: Margin = None,
    as_json: AsJson = False,
) -> None:
    """Test two methods' scores against each other: second minus first, * where the methods differ, † these weights."""
    from segrepro.evaluation.compare import compare_all_pairs, compare_files, comparison_report, read_margins
    from segrepro.utils.errors import ConfigError

    margins = read_margins(margin or [])
    if all_pairs:
        if second or experiments or also_first or also_second:
            raise ConfigError("--all-pairs", "more than one file", "one file of several experiments", "Leave it out.")
        found = compare_all_pairs(first, metric, unit)
    elif second is None:
        remedy = "Name another, which may be the same, or ask for --all-pairs."
        raise ConfigError("compare", "one file", "two", remedy)
    else:
        sides = [first, *(also_first or [])], [second, *(also_second or [])]
        found = compare_files(*sides, metric, experiments, unit)
    if as_json:
        print_json(_as_dicts(found))
    else:
        print("\n".join(comparison_report(found, margins)))


def _as_dicts(found: list) -> list[dict]:
    return [asdict(one) | {"mark": one.mark, "significant": one.significant} for one in found]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: segrepro evaluate --prediction masks --reference truth --output scores.csv")(evaluate)
    app.command(epilog="Example: segrepro compare scores.csv scores.csv --experiments unet xnet --metric dice")(compare)
