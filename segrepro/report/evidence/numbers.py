"""Level 1: every table, verdict and figure of scores, made again from the stored scores, byte for byte."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.report.claims.files import write_claims
from segrepro.report.evidence.predictions import HISTORY, SCORES
from segrepro.report.evidence.study_results import StudyResults
from segrepro.report.figures import drawn_from_scores
from segrepro.report.figures._drawing import (
    CURVES,
    Drawing,
    FigureList,
    draw_figures,
    read_curves,
    read_scores,
    write_curves,
)
from segrepro.report.spec import ReportedRun
from segrepro.report.tables.build import Results
from segrepro.report.tables.files import write_tables
from segrepro.utils.errors import DataError, SegreproError
from segrepro.utils.files import file_sha256

if TYPE_CHECKING:
    import pandas as pd

TEXTS = (".csv", ".json", ".md", ".tex", ".html", ".svg")
TOO_LONG = 120  # characters of a line that an error shows, around the first that differs


def check_numbers(results: StudyResults, asked: object = None) -> tuple[list[SegreproError], list[str]]:
    """What is not as the evidence says or as the stored scores give it: a fault a file, its first difference named."""
    changed = list(_changed_files(results))
    folders = {name: results.scratch / name for name in ("tables", "claims", "figures")}
    _make_tables(results, folders["tables"])
    _make_claims(results, folders["claims"])
    differing = []
    for part in ("tables", "claims"):
        made = {path.name for path in folders[part].iterdir()}
        differing += _differences(results.folder / part, folders[part], made)
    differing += _figure_faults(results, folders["figures"])
    named = {fault.where.partition(":")[0] for fault in differing}
    files = sum(len(list(folder.iterdir())) for folder in folders.values())
    notes = [f"{len(results.evidence.files)} digests, {files} files made again"]
    added, unnamed = _files_without_digest(results)
    if unnamed:
        notes.append(f"not checked, since evidence.json names nothing beside them: {', '.join(unnamed)}")
    return differing + [fault for fault in changed if fault.where not in named] + added, notes


def _changed_files(results: StudyResults) -> Iterator[DataError]:
    """Files that are missing or have another digest than when they were made."""
    for name, digest in results.evidence.files.items():
        path = results.folder / name
        found = file_sha256(path) if path.is_file() else "no such file"
        if found != digest:
            remedy = "Pull or copy the study's folder again; if the change was meant, make the results again."
            yield DataError(path, found, f"sha256 {digest}, as evidence.json says", remedy)


def _files_without_digest(results: StudyResults) -> tuple[list[DataError], list[str]]:
    """Files that lie beside those of the evidence and are not among them, and folders of which it names no file."""
    named = {results.folder / name for name in results.evidence.files}
    folders, added, unnamed = {path.parent for path in named}, [], []
    for path in sorted(results.folder.rglob("*")):
        inside = path.relative_to(results.folder)
        if not path.is_file() or path in named or path.parent == results.folder:
            continue
        if any(part.startswith(".") for part in inside.parts):  # seals, which belong to the workflow
            continue
        if path.parent in folders:
            added.append(DataError(path, "a file that is not in evidence.json", "none", "Remove it, or move it away."))
        else:
            unnamed.append(inside.parent.as_posix())
    return added, list(dict.fromkeys(unnamed))


def _make_tables(results: StudyResults, folder: Path) -> None:
    settings = results.settings.tables
    folder.mkdir(parents=True)
    found = Results(_scores(results, settings.runs), results.cards, results.counts)
    write_tables(settings, found, folder)


def _make_claims(results: StudyResults, folder: Path) -> None:
    settings = results.settings.claims
    folder.mkdir(parents=True)
    write_claims(settings, _scores(results, settings.runs), results.cards, folder)


def _scores(results: StudyResults, runs: list[ReportedRun]) -> "dict[str, pd.DataFrame]":
    return {run.name: results.predictions.scores(run.name) for run in runs}


def _figure_faults(results: StudyResults, folder: Path) -> Iterator[DataError]:
    """Differences of the figures that are drawn from scores and histories, and of their captions."""
    settings, archive = results.settings.figures, results.predictions
    runs = settings.runs
    folder.mkdir(parents=True)
    scores = [archive.file(f"{run.name}/{SCORES}") for run in runs]
    drawing = Drawing(_no_rows(), _curves(results), read_scores(runs, scores))
    chosen = {name: spec for name, spec in settings.figures.items() if drawn_from_scores(spec.kind)}
    drawn = list(draw_figures(chosen, runs, drawing, folder))
    write_curves(drawing, folder)
    files = {CURVES, *(f"{figure.name}.{ending}" for figure in drawn for ending in ("png", "svg"))}
    yield from _differences(results.folder / "figures", folder, files)
    yield from _caption_faults(results.folder / "figures/figures.json", drawn)


def _no_rows():
    import pandas as pd

    return pd.DataFrame(columns=["run", "case"])


def _curves(results: StudyResults):
    import pandas as pd

    archive = results.predictions
    return pd.concat(
        read_curves(archive.file(f"{run.name}/fold{fold}/{HISTORY}"), run.name, fold)
        for run in results.settings.figures.runs
        for fold in archive.fold_numbers(run.name)
    )


def _caption_faults(path: Path, drawn: list) -> Iterator[DataError]:
    listed = {figure.name: figure for figure in FigureList.model_validate_json(path.read_bytes()).figures}
    for figure in drawn:
        if listed.get(figure.name) != figure:
            yield DataError(f"{path}: {figure.name}", str(listed.get(figure.name)), str(figure), "Draw it again.")


def _differences(stored: Path, made: Path, names: set[str]) -> Iterator[DataError]:
    """A fault for each file of `stored` that is not the one of that name in `made`."""
    for name in sorted(names):
        found, expected = stored / name, (made / name).read_bytes()
        if not found.is_file():
            yield DataError(found, "no such file", "a file of the results", "Pull or copy the study's folder again.")
        elif found.read_bytes() != expected:
            yield _first_difference(found, found.read_bytes(), expected)


def _first_difference(path: Path, found: bytes, expected: bytes) -> DataError:
    remedy = "The stored scores give another value: one of both was changed, or made by other code."
    if path.suffix not in TEXTS:
        return DataError(path, "another picture", "the one that the stored scores give", remedy)
    pairs = zip([*found.decode(errors="replace").splitlines(), ""], [*expected.decode().splitlines(), ""])
    number, (one, other) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    where = f"{path}: line {number}"
    if path.suffix == ".csv":
        return _first_cell(where, found.decode(errors="replace").splitlines()[0], one, other, remedy)
    equal = len(os.path.commonprefix([one, other]))
    shown = slice(max(0, equal - TOO_LONG // 2), equal + TOO_LONG // 2)
    return DataError(where, repr(one[shown].strip()), repr(other[shown].strip()), remedy)


def _first_cell(where: str, header: str, found: str, expected: str, remedy: str) -> DataError:
    """The first cell of a row that differs, with the names that lead the row."""
    names, one, other = (next(csv.reader([line]), []) for line in (header, found, expected))
    for name, mine, theirs in zip(names, one, other):
        if mine != theirs:
            row = dict(zip(names, one))
            owner = ", ".join(row[key] for key in ("experiment", "case", "label", "metric") if row.get(key))
            return DataError(f"{where} ({owner})", f"{name} {mine}", f"{name} {theirs}", remedy)
    return DataError(where, f"{len(one)} cells", f"{len(other)} cells", remedy)
