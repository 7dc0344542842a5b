"""The `segrepro` command: check, predict, evaluate, compare, info. Each command imports only what it uses."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from segrepro.commands import check

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Check data sets, segment scans, score masks and compare score files.",
)


@app.callback()
def _segrepro() -> None:
    """Keeps sub-commands even while there is only one."""


@app.command()
def evaluate(
    prediction: Annotated[Path, typer.Option(help="Folder of predicted masks.")],
    reference: Annotated[Path, typer.Option(help="Folder of reference masks of the same names.")],
    output: Annotated[Path, typer.Option(help="CSV of scores; a run that was interrupted goes on.")],
    label: Annotated[list[int] | None, typer.Option(help="A label to score; default: binary.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a core.")] = None,
) -> None:
    """Score a folder of masks against another, one row a case."""
    from rich.console import Console
    from rich.progress import Progress

    from segrepro.evaluation import evaluate_folders

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("cases", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        evaluate_folders(prediction, reference, output, label, workers, show)
    print(output)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="CSV of scores.")],
    second: Annotated[Path, typer.Argument(help="CSV of scores on the same cases.")],
    metric: Annotated[list[str] | None, typer.Option(help="Measure, repeatable; default: all.")] = None,
) -> None:
    """Test two score files against each other: second minus first, * where it is significant."""
    from segrepro.evaluation import compare_files, comparison_lines

    print("\n".join(comparison_lines(compare_files(first, second, metric))))


check.register(app)


def main() -> None:
    """Run the command line; a fault of the input is one line on stderr and exit code 2."""
    from segrepro.errors import SegreproError

    try:
        app()
    except SegreproError as error:
        print(f"segrepro: {error}", file=sys.stderr)
        raise SystemExit(2) from None
