"""`segrepro volumes`: how large what the masks of a folder show is."""

from pathlib import Path
from typing import Annotated

import typer


def volumes(
    folder: Annotated[Path, typer.Argument(help="A folder of masks.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV: one row a mask and label.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a core.")] = None,
) -> None:
    """Write the volume of every label of every mask of a folder, in voxels and in ml."""
    from segrepro.evaluation.volumes import write_volumes
    from segrepro.utils.parallel import available_cores

    print(write_volumes(folder, output, workers or available_cores()))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro volumes masks --output volumes.csv")(volumes)
