"""`segrepro studies`: the studies that come with segrepro, and what each holds."""

from typing import Annotated

import typer


def studies(
    name: Annotated[str | None, typer.Argument(help="A study; without one all are listed.")] = None,
) -> None:
    """List the studies, or show one: its paper, data, experiments, claims, and each table's published numbers."""
    from segrepro.workflow.config.describe import study_lines, study_list

    print("\n".join(study_lines(name) if name else study_list()))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro studies xnet")(studies)
