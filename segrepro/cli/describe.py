"""`segrepro describe`: facts about a folder that its owner may tell anybody."""

from pathlib import Path
from typing import Annotated

import typer


def describe(
    folder: Annotated[Path, typer.Argument(help="The data set.")],
    layout: Annotated[
        str | None, typer.Option(help="How it lies on disk; that of a known release if not given.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Print types, headers and counts of a data set, to be pasted into an issue: no voxel, and no name of anybody."""
    from segrepro.cli.check import layouts_in
    from segrepro.datasets import open_dataset
    from segrepro.datasets.releases.describe import describe as lines_on

    for name, release in layouts_in(folder, layout):
        print(*lines_on(open_dataset(name, folder), release, workers), sep="\n")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro describe /scans/ATLAS_R1.1")(describe)
