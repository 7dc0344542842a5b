"""`segrepro status`: how the run in a folder stands."""

from pathlib import Path
from typing import Annotated

import typer

from segrepro.cli.json_output import AsJson, print_json


def status(
    folder: Annotated[Path, typer.Option(help="The folder that snakemake was started in.")] = Path("."),
    watch: Annotated[bool, typer.Option("--watch", help="Print again and again until the run ends.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two prints, with --watch.")] = 5.0,
    as_json: AsJson = False,
) -> None:
    """Print what ran, what failed and why, the newest scores and the time left; of a finished run as well."""
    import time

    from rich.console import Console

    from segrepro.workflow.monitor.status import read_status
    from segrepro.workflow.monitor.status_text import status_lines, summary

    while True:
        now = read_status(folder)
        if as_json:
            print_json(summary(now))
        else:
            text = "\n".join(status_lines(now))
            if watch:
                Console().clear()
            print(text, flush=True)
        if not watch or now.outcome != "running":
            return
        time.sleep(every)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro status --watch")(status)
