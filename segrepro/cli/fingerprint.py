"""`segrepro fingerprint`: what a data set is like."""

from pathlib import Path
from typing import Annotated

import typer


def fingerprint(
    folder: Annotated[Path, typer.Argument(help="The data set.")],
    layout: Annotated[str | None, typer.Option(help="How it lies on disk; looked for if not given.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder for fingerprint.json, .csv and .png.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Print spacings, shapes, intensities and sizes of labels, once no fault is left in the data set."""
    from segrepro.datasets.fingerprint.measure import fingerprint_folder
    from segrepro.datasets.fingerprint.show import summary_lines, write_fingerprint

    found = fingerprint_folder(folder, layout, workers)
    print("\n".join(summary_lines(found)))
    for path in write_fingerprint(found, output) if output else []:
        print(path)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro fingerprint scans -o fingerprint")(fingerprint)
