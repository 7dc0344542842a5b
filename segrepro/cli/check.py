"""`segrepro check`: which release a folder holds, what can be run on it, and every fault of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrepro.cli.json_output import AsJson, print_json

if TYPE_CHECKING:
    from segrepro.datasets.case import Case
    from segrepro.datasets.held import Held


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro check scans --layout slices")(check)


def check(
    folder: Annotated[Path, typer.Argument(help="The data set.")],
    layout: Annotated[
        str | None, typer.Option(help="How it lies on disk: slices, atlas, ...; that of a known release if not given.")
    ] = None,
    labels: Annotated[str | None, typer.Option(help="Values that masks may hold besides 0, such as 1,2,3.")] = None,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Masks without foreground are right.")] = False,
    folds: Annotated[int | None, typer.Option(min=2, help="Folds that there must be patients for.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Say which release a folder holds, how much of it, and which tables can be run; list every fault with its remedy.

    Exit code 2 if there is any. What a release is known for is a note. Nothing is written.
    """
    from segrepro.datasets import open_dataset
    from segrepro.datasets.held import held_by
    from segrepro.datasets.integrity.check import inspect_dataset
    from segrepro.datasets.integrity.found import told
    from segrepro.datasets.patients import visits_hint

    values, looked_at = _whole_numbers(labels), []
    for name, release in layouts_in(folder, layout):
        dataset = open_dataset(name, folder)
        findings = inspect_dataset(dataset, release, allow_empty, folds, workers, values)
        held = held_by(dataset.cases)
        found = "; ".join(
            [told(findings, name), *_lacking(findings.release, held), *_tables(name, held, dataset.cases)]
        )
        looked_at.append((found, findings))
        hint = visits_hint({case.id: case.patient for case in dataset.cases})
        if not as_json:
            _tell(found, findings)
            print(*([f"hint: {hint}"] if hint else []), sep="", end="\n" if hint else "")
    faults = [fault for _, findings in looked_at for fault in findings.faults]
    if as_json:
        print_json(
            {
                "found": [found for found, _ in looked_at],
                "cases": sum(findings.facts.cases for _, findings in looked_at),
                "patients": sum(findings.facts.patients for _, findings in looked_at),
                "faults": faults,
                "notes": [note for _, findings in looked_at for note in findings.notes],
            }
        )
    if faults:
        raise SystemExit(2)


def _tell(found: str, findings) -> None:
    """Faults on the error output; what was found, notes and numbers on the other."""
    import sys

    from segrepro.datasets.integrity.found import note_lines

    for fault in findings.faults:
        print(f"segrepro: {fault}".replace("\n", " "), file=sys.stderr)
    print(found, *(f"note: {line}" for line in note_lines(findings)), sep="\n")
    facts, count = findings.facts, len(findings.faults)
    counted = f"{facts.cases} case{'s' * (facts.cases != 1)} of {facts.patients} patient{'s' * (facts.patients != 1)}"
    print(f"{counted}: {count or 'no'} fault{'s' * (count > 1)}")


def layouts_in(folder: Path, layout: str | None) -> list[tuple]:
    """The layouts to look at, with the release that each reads there; DataError where no release is known."""
    from segrepro.datasets.releases.misfit import misfit
    from segrepro.datasets.releases.recognise import recognise
    from segrepro.utils.errors import DataError
    from segrepro.utils.folders import content_of

    found = recognise(folder, layout) if folder.is_dir() else []
    if layout:
        return [(layout, next(iter(found), None))]
    if layouts := [(one.set.layout, one) for one in found if one.set.layout]:
        return layouts
    if not folder.exists():
        raise DataError(folder, "no such folder", "a data set", "Check the path.")
    seen, remedy = misfit(folder) or (content_of(folder) if folder.is_dir() else "a file", _name_its_layout(folder))
    raise DataError(folder, seen, "the folder of a known release", remedy)


def _name_its_layout(folder: Path) -> str:
    """What to do about a folder of no known release: the one layout that finds cases in it, else all to choose from."""
    from segrepro.datasets.layouts import fitting_layout, layout_names
    from segrepro.utils.errors import SegreproError

    try:
        return f"Name its layout: --layout {fitting_layout(folder)}."
    except (SegreproError, OSError):
        return f"Name its layout with --layout: {', '.join(layout_names())}."


def _lacking(release, held: "Held") -> list[str]:
    """What other editions of a release have and this one lacks."""
    lacks = release.set.lacks if release and not release.own else {}
    absent = [name for modality, name in lacks.items() if modality not in held.modalities]
    return [f"no {', '.join(absent)} in this edition"] if absent else []


def _tables(layout: str, held: "Held", cases: "list[Case]") -> list[str]:
    """Which tables of the studies on such data can be run."""
    from segrepro.workflow.config.config import load_config
    from segrepro.workflow.config.load import load_studies
    from segrepro.workflow.plan.available import runnable_tables

    # A test part is never divided into folds.
    divided = sum(case.part != "test" for case in cases)
    return [
        f"{study}: {runnable_tables(spec, name, held, divided)}"
        for study, spec in load_studies(load_config({"scale": "paper"})).items()
        for name, dataset in spec.datasets.items()
        if dataset.layout == layout
    ]


def _whole_numbers(text: str | None) -> list[int] | None:
    from segrepro.utils.errors import ConfigError

    try:
        return None if text is None else [int(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError("--labels", repr(text), "whole numbers with commas between", "Such as 1,2.") from None
