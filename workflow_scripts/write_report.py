"""Write the report on all studies: a folder of pages that open from disk."""

import json
from pathlib import Path

from segrepro.report.claims.claim_list import ClaimList
from segrepro.report.figures._drawing import FigureList
from segrepro.report.page.contents import study_contents
from segrepro.report.page.viewer_cases import CaseList
from segrepro.report.page.write import Settings, copy_results, write_report
from segrepro.report.tables.table import TableList
from segrepro.utils.csv_files import read_csv
from segrepro.workflow.job import run_job


def main(
    settings: Settings,
    tables: list[Path],
    claims: list[Path],
    figures: list[Path],
    cases: list[Path],
    models: list[Path],
    sources: list[Path],
    output: Path,
) -> list[Path]:
    """Write output, the first page, and the others beside it.

    tables, claims, figures, cases: the tables.json, claims.json, figures.json and cases.json of each study, the last in
    its place below the report; models: every model.json; sources: every data set's source.json.
    """
    checksums = {path.parent.name: json.loads(path.read_text()).get("contents", "") for path in sources}
    cards = [json.loads(path.read_text()) for path in models]
    studies = []
    files = zip(settings.studies.items(), tables, claims, figures, cases)
    for (name, facts), table_file, claim_file, figure_file, case_file in files:
        study = study_contents(
            name,
            facts,
            TableList.model_validate(json.loads(table_file.read_text())).tables,
            ClaimList.model_validate_json(claim_file.read_text()),
            FigureList.model_validate_json(figure_file.read_text()).figures,
            CaseList.model_validate_json(case_file.read_text()),
            read_csv(table_file.parent / "scores.csv"),
            [card for card in cards if card["study"] == name],
            checksums,
        )
        studies.append(study)
        copy_results(table_file.parent, ("csv", "md", "tex", "html"), output.parent / "tables" / name)
        copy_results(claim_file.parent, ("md", "tex"), output.parent / "claims" / name)
        copy_results(figure_file.parent, ("png", "svg"), output.parent / "figures" / name)
    write_report(settings.config, studies, output)
    pages = [f"{study.name}.html" for study in studies]
    return [output, *(output.parent / name for name in (*pages, "results.json", "assets", "tables", "figures"))]


if __name__ == "__main__":
    run_job(main)
