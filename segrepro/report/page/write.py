"""The report: a folder of pages that open from disk, without a server and without network."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from segrepro.evaluation.metrics.registry import CHALLENGES, METRICS
from segrepro.report.claims.formats import HEADER, LEGEND, chance, contrast, margins_text, reproduced
from segrepro.report.page.contents import StudyContents
from segrepro.report.page.score_files import ScoreIndex
from segrepro.report.page.table_view import SIZE, TableView, table_view
from segrepro.report.tables.costs import Cost, summed_cost
from segrepro.report.tables.table import Table
from segrepro.utils.files import whole_file, whole_folder
from segrepro.utils.provenance import current_provenance

STYLES = ("page.css", "tables.css", "plots.css", "viewer.css", "print.css")
# In the order in which they need each other.
SCRIPTS = (
    "data.js",
    "tables.js",
    "slices.js",
    "viewer.js",
    "origin.js",
    "lightbox.js",
    "cases.js",
    "chart.js",
    "plots.js",
)
SCRIPTS += ("plot-cases.js", "plot-pairs.js", "plot-methods.js")
ASSETS = (*STYLES, *SCRIPTS)
RESULT_FOLDERS = ("tables/", "predictions.zip")  # of the files that a number stands on


def write_report(config: dict, studies: list[StudyContents], indices: Mapping[str, ScoreIndex], output: Path) -> None:
    """Write index.html (`output`), a page a study, and results.json with everything that the pages show.

    config: the whole config, as it may be repeated; indices: by study, of its score files. The files that the pages
    name beside these, copied by `copy_results`, must be there.
    """
    provenance = current_provenance()
    _copy_assets(output.parent / "assets")
    contents = {study.name: study.model_dump(exclude_unset=True) for study in studies}
    results = {"config": config, "provenance": provenance, "studies": contents}
    _write(output.parent / "results.json", json.dumps(results, indent=1) + "\n")
    _write_pages(config, studies, indices, provenance, output)


def _write_pages(
    config: dict, studies: list[StudyContents], indices: Mapping[str, ScoreIndex], provenance: dict, output: Path
) -> None:
    """The page of each study, and at last the index, which says that the report is complete."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("segrepro.report.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"code": _code, "chance": chance, "contrast": contrast, "reproduced": reproduced}
    environment.filters["margins"] = margins_text
    environment.globals |= {"claim_header": HEADER, "claim_legend": LEGEND, "styles": STYLES, "scripts": SCRIPTS}
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # measures stay in the order of the tables
    shared = {
        "config": config,
        "config_text": json.dumps(config, indent=2),
        "studies": studies,
        "provenance": provenance,
    }
    for study in studies:
        views = [table_view(table, study.proposed[table.name], _costs(study)) for table in study.tables]
        page = environment.get_template("study.html").render(
            shared, study=study, tables=views, data=page_data(study, views, indices[study.name])
        )
        _write(output.parent / f"{study.name}.html", page)
    _write(output, environment.get_template("index.html").render(shared))


def _costs(study: StudyContents) -> dict[tuple[str, str], Cost]:
    """What all seeds of a method cost together, by experiment and protocol."""
    found: dict[tuple[str, str], list[Cost]] = {}
    for run in (run for run in study.runs if not run.choices):
        found.setdefault((run.experiment, run.protocol), []).append(run.cost)
    return {method: summed_cost(costs) for method, costs in found.items()}


def _code(text: str):
    """Escaped text with `names` in backticks set as code.

    >>> _code("a `b` < c")
    Markup('a <code>b</code> &lt; c')
    """
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def page_data(study: StudyContents, views: list[TableView], index: ScoreIndex) -> dict:
    """What the scripts of a study's page need, as JSON; the scores lie in files that they load on need."""
    titles = {name: title for view in reversed(views) for name, title in view.choices.items() if name != SIZE}
    measures = list(dict.fromkeys(name for found in index.measures.values() for name in found))
    return {
        "study": study.name,
        "measures": _told_apart({name: titles.get(name) or _title(name) for name in _ordered(measures, titles)}),
        "lower_is_better": [name for name in measures if name in METRICS and METRICS[name].higher_is_better is False],
        "index": index.model_dump(),
        "labels": study.labels,
        "methods": list({run.method: run.name for run in reversed(study.runs)}.values())[::-1],
        "proposed": _proposed(study),
        "runs": {run.name: run.model_dump() for run in study.runs},
        "origins": {name: origin.model_dump() for name, origin in study.origins.items()},
        "results": {name: digest for name, digest in study.files.items() if name.startswith(RESULT_FOLDERS)},
        "command": study.command,
        "tables": [_table_data(table) for table in study.tables],
        "copies": {view.name: view.copies for view in views} | {"methods": study.methods.copies()},
        "cases": [case.model_dump() for case in study.cases.cases],
    }


def _told_apart(titles: dict[str, str]) -> dict[str, str]:
    """Titles by measure; where a challenge's measure is called as another is, it says so.

    >>> _told_apart({"chaos_dice": "Dice", "chaos_mssd_mm": "MSSD (mm)", "dice": "dice"})
    {'chaos_dice': "Dice, the challenge's", 'chaos_mssd_mm': 'MSSD (mm)', 'dice': 'dice'}
    """
    alike = Counter(title.casefold() for title in titles.values())
    own = tuple(f"{challenge}_" for challenge in CHALLENGES)
    return {
        name: f"{title}, the challenge's" if name.startswith(own) and alike[title.casefold()] > 1 else title
        for name, title in titles.items()
    }


def _title(measure: str) -> str:
    """What a measure that no table shows is called.

    >>> _title("hd95_mm"), _title("avd_percent"), _title("lesion_recall")
    ('hd95 (mm)', 'avd (%)', 'lesion recall')
    """
    unit = METRICS[measure].unit if measure in METRICS else ""
    name = measure.removesuffix("_" + unit.replace("%", "percent")).replace("_", " ")
    return f"{name} ({unit})" if unit else name


def _proposed(study: StudyContents) -> str | None:
    """The paper's own method of the first table in which it ran, by which plots and cases open."""
    own = {(run.experiment, run.protocol): run.name for run in reversed(study.runs) if not run.choices}
    for table in study.tables:
        for row in table.rows:
            if row.run and row.label == study.proposed.get(table.name) and (row.experiment, row.protocol) in own:
                return own[row.experiment, row.protocol]
    return None


def _table_data(table: Table) -> dict:
    """The means of a table with their intervals and the published ones."""
    names = {"mean": "mean", "low": "low", "high": "high", "published": "published_mean", "print": "published_text"}
    rows = [
        {
            "name": row.name,
            "cells": {m: {k: getattr(cell, f) for k, f in names.items()} for m, cell in row.cells.items()},
        }
        for row in table.rows
    ]
    return {"title": table.title, "rows": rows}


def _ordered(measures: list[str], titles: Mapping[str, str]) -> list[str]:
    """The tables' measures first, in their order, then the others."""
    return [name for name in titles if name in measures] + [name for name in measures if name not in titles]


def _copy_assets(folder: Path) -> None:
    source = resources.files("segrepro.report.page") / "assets"
    for name in ASSETS:
        _write(folder / name, (source / name).read_text(encoding="utf-8"))


def copy_results(source: Path, endings: tuple[str, ...], target: Path) -> None:
    """Put the files of these endings, and nothing else, into `target`; Snakemake waits for it even if it is empty."""
    with whole_folder(target) as partial:
        for file in sorted(path for ending in endings for path in source.glob(f"*.{ending}")):
            shutil.copyfile(file, partial / file.name)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
