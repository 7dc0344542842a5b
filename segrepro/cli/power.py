"""`segrepro power`: what a comparison can show, and what a gap asks for."""

from pathlib import Path
from typing import Annotated

import typer


def power(
    scores: Annotated[list[Path], typer.Argument(help="A CSV of scores that holds two methods, or two, one a method.")],
    gap: Annotated[float, typer.Option(help="The difference that is to be shown, such as 0.03.")],
    metric: Annotated[str, typer.Option(help="The measure.")] = "dice",
    experiments: Annotated[
        tuple[str, str] | None, typer.Option(help="The two experiments, if a file holds others too.")
    ] = None,
    unit: Annotated[str, typer.Option(help="Rows to take, if the files have a column unit: case or slice.")] = "case",
    seed_sd: Annotated[
        float | None,
        typer.Option(min=0, help="Standard deviation of a mean from seed to seed, if it is not in the files."),
    ] = None,
) -> None:
    """Say which difference between two methods can be shown, and how many patients and seeds a gap asks for."""
    from segrepro.evaluation.power_report import power_lines

    print("\n".join(power_lines(scores, gap, metric, experiments or (), unit, seed_sd)))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro power scores.csv --gap 0.03 --experiments unet xnet")(power)
