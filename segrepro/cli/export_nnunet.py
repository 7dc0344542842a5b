"""`segrepro export-nnunet`: a data set and its folds in nnU-Net's raw format."""

from pathlib import Path
from typing import Annotated

import typer


def export_nnunet(
    data: Annotated[Path, typer.Argument(help="The data set.")],
    output: Annotated[Path, typer.Argument(help="A new folder, named as nnU-Net wants it: Dataset101_Lesions.")],
    layout: Annotated[str | None, typer.Option(help="How it lies on disk; looked for if not given.")] = None,
    folds: Annotated[
        Path | None, typer.Option(help="work/folds/*.csv of a run, splits_final.json, or a CSV of fold, case, part.")
    ] = None,
    count: Annotated[int, typer.Option(min=2, help="Folds by patient, where no file names them.")] = 5,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Write images, masks, dataset.json and splits_final.json. A fold's `val` are the cases that it scores."""
    from tempfile import TemporaryDirectory

    import pandas as pd

    from segrepro.datasets import open_dataset
    from segrepro.datasets.fold_files import write_folds
    from segrepro.datasets.folds import Folds, make_folds
    from segrepro.datasets.layouts import find_ignore_label, find_label_names, fitting_layout
    from segrepro.datasets.nnunet_export import export_nnunet as export

    layout = layout or fitting_layout(data)
    cases = open_dataset(layout, data).cases
    ignored = find_ignore_label(layout, data)
    labels = {value: name for value, name in find_label_names(layout, data).items() if value != ignored}
    rows = [{"case": case.id, "patient": case.patient, "site": case.site, "part": case.part or ""} for case in cases]
    chosen = Folds(file=str(folds)).planned() if folds else Folds(count=count)
    table = make_folds(pd.DataFrame(rows), chosen, "clean")
    kept = set(table["case"])
    with TemporaryDirectory() as scratch:
        write_folds(table, Path(scratch, "folds.csv"))
        export([c for c in cases if c.id in kept], Path(scratch, "folds.csv"), output, labels, workers, ignored)
    print(f"{output}: {len(kept)} cases, {table['fold'].nunique()} folds")
    print(f"Plan there, and copy {output}/splits_final.json to nnUNet_preprocessed/{output.name} before you train.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro export-nnunet scans Dataset101_Lesions --folds folds.csv")(export_nnunet)
