"""The report: a folder of pages that open from disk, without a server and without network."""

import gzip
import json
import re
import shutil
from importlib import resources
from pathlib import Path

from segrepro.evaluation.scored_methods import KEYS
from segrepro.report.claims.formats import HEADER, LEGEND, chance, margins_text, reproduced
from segrepro.report.page.contents import StudyContents, TableView, table_view
from segrepro.report.tables.costs import Cost, summed_cost
from segrepro.report.tables.formats import signed
from segrepro.utils.files import whole_file, whole_folder
from segrepro.utils.provenance import current_provenance

ASSETS = ("report.css", "tables.js", "plot.js", "slices.js", "volumes.js", "viewer.js", "niivue-LICENCE.txt")
NIIVUE = "niivue-0.69.0.js.gz"


def write_report(config: dict, studies: list[StudyContents], output: Path) -> None:
    """Write index.html (`output`), a page a study, and results.json with everything that the pages show.

    config: the whole config, as it may be repeated. The files that the pages name beside these, copied by
    `copy_results`, must be there.
    """
    provenance = current_provenance()
    _copy_assets(output.parent / "assets")
    contents = {study.name: study.model_dump(exclude_unset=True) for study in studies}
    results = {"config": config, "provenance": provenance, "studies": contents}
    _write(output.parent / "results.json", json.dumps(results, indent=1) + "\n")
    _write_pages(config, studies, provenance, output)


def _write_pages(config: dict, studies: list[StudyContents], provenance: dict, output: Path) -> None:
    """The page of each study, and at last the index, which says that the report is complete."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("segrepro.report.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"code": _code, "signed": signed, "chance": chance, "reproduced": reproduced}
    environment.filters["margins"] = margins_text
    environment.globals |= {"claim_header": HEADER, "claim_legend": LEGEND}
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
            shared, study=study, tables=views, data=page_data(study, views)
        )
        _write(output.parent / f"{study.name}.html", page)
    _write(output, environment.get_template("index.html").render(shared))


def _costs(study: StudyContents) -> dict[tuple[str, str], Cost]:
    """What all seeds of a method cost together, by experiment and protocol."""
    found: dict[tuple[str, str], list[Cost]] = {}
    for run in study.runs:
        found.setdefault((run.experiment, run.protocol), []).append(run.cost)
    return {method: summed_cost(costs) for method, costs in found.items()}


def _code(text: str):
    """Escaped text with `names` in backticks set as code.

    >>> _code("a `b` < c")
    Markup('a <code>b</code> &lt; c')
    """
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def page_data(study: StudyContents, views: list[TableView]) -> dict:
    """What the scripts of a study's page need, as JSON: measures by name, runs, scores and the list of cases."""
    titles = {name: title for view in reversed(views) for name, title in view.measures.items()}
    measures = {
        name: titles.get(name, name.replace("_", " ")) for row in study.scores[:1] for name in _measures(row, titles)
    }
    return {
        "study": study.name,
        "measures": measures,
        "runs": list({(run.experiment, run.protocol): run.name for run in reversed(study.runs)}.values())[::-1],
        "scores": [
            {key: row[key] for key in ("experiment", "case", "label")} | {name: row.get(name) for name in measures}
            for row in study.scores
        ],
        "cases": [case.model_dump() for case in study.cases.cases],
    }


def _measures(row: dict, titles: dict[str, str]) -> list[str]:
    """The tables' measures first, in their order, then the others."""
    return [name for name in titles if name in row] + [name for name in row if name not in titles and name not in KEYS]


def _copy_assets(folder: Path) -> None:
    source = resources.files("segrepro.report.page") / "assets"
    for name in ASSETS:
        _write(folder / name, (source / name).read_text(encoding="utf-8"))
    with whole_file(folder / "niivue.js") as partial:
        partial.write_bytes(gzip.decompress((source / NIIVUE).read_bytes()))


def copy_results(source: Path, endings: tuple[str, ...], target: Path) -> None:
    """Put the files of these endings, and nothing else, into `target`; Snakemake waits for it even if it is empty."""
    with whole_folder(target) as partial:
        for file in sorted(path for ending in endings for path in source.glob(f"*.{ending}")):
            shutil.copyfile(file, partial / file.name)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
