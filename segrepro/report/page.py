"""The report: one page that opens from disk, pictures and tables inside it."""

import base64
import json
from pathlib import Path

from segrepro.files import whole_file
from segrepro.jobs import provenance
from segrepro.report.tables import header, legend, lines


def write_report(settings: dict, tables: list[Path], figures: list[Path], output: Path) -> None:
    """Write the page on all studies.

    settings: what Plan.report_settings gives; tables, figures: the tables.json and figures.json of each study.
    """
    from jinja2 import Environment, PackageLoader

    environment = Environment(loader=PackageLoader("segrepro.report"), autoescape=True, trim_blocks=True)
    studies = [_study(settings, *paths) for paths in zip(tables, figures)]
    page = environment.get_template("report.html").render(
        studies=studies,
        config=json.dumps(settings["config"], indent=2),
        made_with=provenance(),
        scale=settings["config"]["scale"],
    )
    with whole_file(output) as partial:
        partial.write_text(page, encoding="utf-8")


def _study(settings: dict, tables: Path, figures: Path) -> dict:
    content, drawn = json.loads(tables.read_text()), json.loads(figures.read_text())
    name = content["study"]
    for table in content["tables"]:
        table |= {"header": header(table), "lines": lines(table), "legend": legend(table)}
    for figure in drawn["figures"]:
        figure["picture"] = base64.b64encode((figures.parent / f"{figure['name']}.png").read_bytes()).decode()
    facts = settings["studies"][name]
    return facts | {
        "name": name,
        "tables": content["tables"],
        "figures": drawn["figures"],
        "phantom": any(dataset["source"] == "phantom" for dataset in facts["datasets"]),
        "devices": sorted({row["device"] for table in content["tables"] for row in table["rows"] if row["run"]}),
        "protocols": sorted({row["protocol"] for table in content["tables"] for row in table["rows"] if row["run"]}),
    }
