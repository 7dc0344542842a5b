"""`segrepro new-study`: a study of one's own data, ready to run."""

from pathlib import Path
from typing import Annotated

import typer


def new_study(
    name: Annotated[str, typer.Argument(help="The study's name: small letters, digits and _.")],
    data: Annotated[Path, typer.Option(help="The folder of the data set.")],
    layout: Annotated[str | None, typer.Option(help="How it lies on disk; looked for if not given.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Look at a data set and write studies/NAME.yaml: how to prepare, divide, train and show it, with reasons."""
    from segrepro.datasets.fingerprint.measure import fingerprint_folder
    from segrepro.datasets.fingerprint.show import summary_lines
    from segrepro.workflow.new_study.write import require_free, write_study

    require_free(name)
    found = fingerprint_folder(data, layout, workers)
    print("\n".join(summary_lines(found)))
    print(f"\n{write_study(name, data, found)}")
    print(f"First look, in minutes: snakemake --cores all --resources gpu=1 --config studies={name}")
    print(f"The whole recipe:       snakemake --cores all --resources gpu=1 --config studies={name} scale=paper")
    print("Both end with results/report/index.html.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro new-study lesions --data scans")(new_study)
