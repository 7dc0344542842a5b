"""`segrepro verify`, `segrepro report` and `segrepro crate`: what can be done with results alone."""

from pathlib import Path
from typing import Annotated, Literal

import typer

DATA = typer.Option(metavar="NAME=FOLDER", help="Where a data set's scans lie, for levels 2 to 4; repeatable.")


def verify(
    folders: Annotated[
        list[Path], typer.Argument(help="results/<study>, or results for all its studies; or an archive.")
    ],
    level: Annotated[
        int, typer.Option(min=1, max=4, help="How far up: 1 numbers, 2 masks, 3 weights, 4 training.")
    ] = 1,
    data: Annotated[list[str] | None, DATA] = None,
    run: Annotated[str | None, typer.Option(help="Level 4: the run to train again; default: the quickest.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Level 3: which held-out cases are drawn.")] = 0,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Of levels 3 and 4.")] = "auto",
    workers: Annotated[int, typer.Option(min=1, help="Processes that score and prepare.")] = 1,
) -> None:
    """Check a study's results from level 1 up, saying what each level proves and what not; exit code 2 for a fault."""
    import contextlib
    import sys
    import tempfile

    from segrepro.report.evidence.levels import LEVELS, Asked, made_by, verify
    from segrepro.report.evidence.study_results import find_studies

    asked, found = Asked(_folders(data or []), run, seed, device, workers), False
    with tempfile.TemporaryDirectory() as scratch:
        for folder in find_studies(folders, Path(scratch)):
            print(f"{folder}: {made_by(folder)}")
            with contextlib.redirect_stdout(sys.stderr):  # what the library says of its progress
                outcomes = list(verify(folder, level, asked))
            for outcome in outcomes:
                words = LEVELS[outcome.level]
                print(f"  level {outcome.level}, {words.done}: {'does not hold' if outcome.faults else 'holds'}")
                for note in outcome.notes:
                    print(f"    {note}")
                count = len(outcome.faults)
                said = f"{count} fault{'s' * (count > 1)}" if count else f"proves: {words.proves}"
                print(f"    {said}", flush=True)
                print(f"    leaves open: {words.open}")
                for fault in outcome.faults:
                    print(f"segrepro: {fault}", file=sys.stderr)
                found = found or bool(outcome.faults)
    if found:
        raise SystemExit(2)


def _folders(data: list[str]) -> dict[str, Path]:
    from segrepro.utils.errors import ConfigError

    pairs = [text.partition("=") for text in data]
    for name, sign, folder in pairs:
        if not (name and sign and folder):
            raise ConfigError("--data", repr(name + sign + folder), "NAME=FOLDER", "Such as atlas=/scans/ATLAS.")
    return {name: Path(folder) for name, _, folder in pairs}


def report(
    folders: Annotated[list[Path], typer.Argument(help="results, or the folders of some studies; or an archive.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder of the report; default: report in the first folder, or beside an archive."
        ),
    ] = None,
) -> None:
    """Write the report from results alone: no scans, no models run."""
    import tempfile

    from segrepro.report.evidence.study_results import find_studies
    from segrepro.report.page.from_results import report_from_results

    first = folders[0].parent if folders[0].is_file() else folders[0]
    page = (output or first / "report") / "index.html"
    with tempfile.TemporaryDirectory() as scratch:
        report_from_results(find_studies(folders, Path(scratch)), page)
    print(page)


def crate(folder: Annotated[Path, typer.Argument(help="results/<study>.")]) -> None:
    """Make a study's folder a Workflow Run RO-Crate, for archives; nothing is uploaded."""
    from segrepro.report.evidence.crate import write_crate

    print(write_crate(folder))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: segrepro verify results/xnet --level 2 --data atlas=/scans/ATLAS")(verify)
    app.command(epilog="Example: segrepro report results -o page")(report)
    app.command(epilog="Example: segrepro crate results/xnet")(crate)
