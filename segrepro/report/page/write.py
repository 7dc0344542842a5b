"""The report: a folder of pages that open from disk, without a server and without network."""

import gzip
import json
import re
import shutil
from importlib import resources
from pathlib import Path

from segrepro.report.page.contents import read_study, table_view
from segrepro.utils.files import whole_file, whole_folder
from segrepro.utils.provenance import provenance

ASSETS = ("report.css", "tables.js", "plot.js", "slices.js", "volumes.js", "viewer.js", "niivue-LICENCE.txt")
NIIVUE = "niivue-0.69.0.js.gz"


def write_report(
    settings: dict,
    tables: list[Path],
    figures: list[Path],
    cases: list[Path],
    models: list[Path],
    sources: list[Path],
    output: Path,
) -> None:
    """Write index.html (`output`), a page a study, and results.json with everything that the pages show.

    settings: what Plan.report_settings gives; tables, figures, cases: the tables.json, figures.json and cases.json of
    each study, the last in its place below the report; models: every model.json; sources: every data set's source.json.
    """
    folder = output.parent
    origins = {path.parent.name: json.loads(path.read_text()) for path in sources}
    cards = {name: [path for path in models if _study_of(path) == name] for name in settings["studies"]}
    studies = [
        read_study(name, settings, *paths, cards[name], origins)
        for name, *paths in zip(settings["studies"], tables, figures, cases)
    ]
    made_with = provenance()
    _copy_assets(folder / "assets")
    for study, table_file, figure_file in zip(studies, tables, figures):
        _copy(table_file.parent, ("csv", "md", "tex", "html"), folder / "tables" / study["name"])
        _copy(figure_file.parent, ("png", "svg"), folder / "figures" / study["name"])
    _write(folder / "results.json", json.dumps(_results(settings, studies, made_with), indent=1) + "\n")
    _write_pages(settings["config"], studies, made_with, output)


def _study_of(card: Path) -> str:
    return json.loads(card.read_text())["study"]


def _results(settings: dict, studies: list[dict], made_with: dict) -> dict:
    return {
        "config": settings["config"],
        "made_with": made_with,
        "studies": {study["name"]: study for study in studies},
    }


def _write_pages(config: dict, studies: list[dict], made_with: dict, output: Path) -> None:
    """The page of each study, and at last the index, which says that the report is complete."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("segrepro.report.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["code"] = _code
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False}  # measures stay in the order of the tables
    shared = {"config": config, "config_text": json.dumps(config, indent=2), "studies": studies, "made_with": made_with}
    for study in studies:
        views = [table_view(table, study) for table in study["tables"]]
        page = environment.get_template("study.html").render(
            shared, study=study, tables=views, data=page_data(study, views)
        )
        _write(output.parent / f"{study['name']}.html", page)
    _write(output, environment.get_template("index.html").render(shared))


def _code(text: str):
    """Escaped text with `names` in backticks set as code.

    >>> _code("a `b` < c")
    Markup('a <code>b</code> &lt; c')
    """
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def page_data(study: dict, views: list[dict]) -> dict:
    """What the scripts of a study's page need: measures by name, runs, scores and the list of cases."""
    titles = {name: title for view in reversed(views) for name, title in view["measures"].items()}
    measures = {
        name: titles.get(name, name.replace("_", " ")) for row in study["scores"][:1] for name in _measures(row, titles)
    }
    return {
        "study": study["name"],
        "measures": measures,
        "runs": [run["name"] for run in study["runs"]],
        "scores": [
            {key: row[key] for key in ("experiment", "case", "label")} | {name: row.get(name) for name in measures}
            for row in study["scores"]
        ],
        "cases": study["cases"]["cases"],
    }


def _measures(row: dict, titles: dict[str, str]) -> list[str]:
    """The tables' measures first, in their order, then the others."""
    other = ("experiment", "fold", "case", "patient", "site", "weights", "unit", "label")
    return [name for name in titles if name in row] + [name for name in row if name not in titles and name not in other]


def _copy_assets(folder: Path) -> None:
    source = resources.files("segrepro.report.page") / "assets"
    for name in ASSETS:
        _write(folder / name, (source / name).read_text(encoding="utf-8"))
    with whole_file(folder / "niivue.js") as partial:
        partial.write_bytes(gzip.decompress((source / NIIVUE).read_bytes()))


def _copy(source: Path, endings: tuple[str, ...], target: Path) -> None:
    """Put the files of these endings, and nothing else, into `target`; Snakemake waits for it even if it is empty."""
    with whole_folder(target) as partial:
        for file in sorted(path for ending in endings for path in source.glob(f"*.{ending}")):
            shutil.copyfile(file, partial / file.name)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
