"""`segrepro check`: every fault of a data set, before anything is made from it."""

from pathlib import Path
from typing import Annotated

import typer

from segrepro.cli.json_output import AsJson, print_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro check scans --layout slices")(check)


def check(
    folder: Annotated[Path, typer.Argument(help="The data set.")],
    layout: Annotated[str, typer.Option(help="How it lies on disk: slices, atlas, ...")],
    labels: Annotated[str | None, typer.Option(help="Values that masks may hold besides 0, such as 1,2,3.")] = None,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Masks without foreground are right.")] = False,
    folds: Annotated[int | None, typer.Option(min=2, help="Folds that there must be patients for.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    as_json: AsJson = False,
) -> None:
    """List every fault of a data set with file and remedy; exit code 2 if there is any. Nothing is written."""
    import sys

    from segrepro.datasets import open_dataset
    from segrepro.datasets.integrity.check import check_dataset

    dataset = open_dataset(layout, folder)
    faults = check_dataset(dataset, allow_empty, folds, workers, _whole_numbers(labels))
    patients = len({case.patient for case in dataset.cases})
    if as_json:
        print_json({"cases": len(dataset.cases), "patients": patients, "faults": faults})
    else:
        for fault in faults:
            print(f"segrepro: {fault}".replace("\n", " "), file=sys.stderr)
        number = f"{len(faults) or 'no'} fault{'s' * (len(faults) > 1)}"
        print(f"{len(dataset.cases)} cases of {patients} patients: {number}")
    if faults:
        raise SystemExit(2)


def _whole_numbers(text: str | None) -> list[int] | None:
    from segrepro.utils.errors import ConfigError

    try:
        return None if text is None else [int(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError("--labels", repr(text), "whole numbers with commas between", "Such as 1,2.") from None
