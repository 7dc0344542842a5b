"""The report, from folders of results alone: neither scans nor the work folder have to be there."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.report.claims.claim_list import ClaimList
from segrepro.report.evidence.study_results import StudyResults
from segrepro.report.figures._drawing import FigureList
from segrepro.report.methods.build import build_methods
from segrepro.report.methods.sources import Sources
from segrepro.report.methods.text import write_methods
from segrepro.report.page.contents import StudyContents, study_contents
from segrepro.report.page.runs import trained_runs
from segrepro.report.page.score_files import ScoreIndex, write_curves, write_score_files
from segrepro.report.page.viewer_cases import CaseList
from segrepro.report.page.write import copy_results, write_report
from segrepro.report.tables.table import TableList
from segrepro.utils.csv_files import read_csv
from segrepro.utils.files import whole_folder

if TYPE_CHECKING:
    import pandas as pd

CASES, SCORES, METHODS = "cases", "scores", "methods"
# Endings of the files that the pages name, by the folder they lie in.
SHOWN = {
    "tables": ("csv", "md", "tex", "html", "png", "svg"),
    "claims": ("md", "tex", "csv", "png", "svg"),
    "figures": ("png", "svg"),
}


def report_from_results(folders: list[Path], output: Path) -> list[str]:
    """Write output, the first page, and the others beside it, with the tables, figures and cases that they show.

    folders: those of studies, in the order of the pages. Returns the names of what stands beside the first page. Raises
    DataError when a study is not whole.
    """
    with tempfile.TemporaryDirectory() as scratch:
        opened = [StudyResults(folder, Path(scratch)) for folder in folders]
        studies = [_contents(results) for results in opened]
        config = _shared_config(opened)
    indices = {}
    for folder, study in zip(folders, studies):
        for part, endings in SHOWN.items():
            copy_results(folder / part, endings, output.parent / part / study.name)
        _copy_cases(folder / CASES, output.parent / CASES / study.name)
        write_methods(study.methods, output.parent / METHODS / study.name)
        indices[study.name] = _write_scores(folder, study, output.parent / SCORES / study.name)
    write_report(config, studies, indices, output)
    return [
        *(f"{study.name}.html" for study in studies),
        "results.json",
        "assets",
        *SHOWN,
        CASES,
        SCORES,
        METHODS,
    ]


def _contents(results: StudyResults) -> StudyContents:
    folder, evidence, sources = results.folder, results.evidence, read_sources(results)
    return study_contents(
        evidence.study,
        evidence.facts.with_folds(_folds_by_dataset(sources)),
        sources.tables,
        sources.claims,
        FigureList.model_validate_json((folder / "figures/figures.json").read_bytes()).figures,
        CaseList.model_validate_json((folder / CASES / "cases.json").read_bytes()),
        sources.runs,
        results.settings.tables.tables,
        evidence.contents,
        evidence.files,
        build_methods(sources),
    )


def _folds_by_dataset(sources: Sources) -> dict[str, "list[pd.DataFrame]"]:
    """The folds of the runs on each data set; those of the paper's own protocol first."""
    found: dict[str, list[pd.DataFrame]] = {}
    for run in sorted(sources.methods, key=lambda run: run.protocol != "published"):
        found.setdefault(run.dataset, []).append(sources.folds[run.name])
    return found


def read_sources(results: StudyResults) -> Sources:
    """What the words about a study are made from."""
    folder, evidence, settings = results.folder, results.evidence, results.settings
    runs = list(trained_runs(results.cards, settings.tables.runs, evidence.files, evidence.facts.differing))
    return Sources(
        evidence=evidence,
        settings=settings,
        cards=results.cards,
        runs=runs,
        folds={run.name: results.predictions.folds(run.name) for run in runs},
        tables=TableList.model_validate_json((folder / "tables/tables.json").read_bytes()).tables,
        claims=ClaimList.model_validate_json((folder / "claims/claims.json").read_bytes()),
    )


def _write_scores(folder: Path, study: StudyContents, output: Path) -> ScoreIndex:
    datasets = {run.name: run.dataset for run in study.runs}
    index = write_score_files(read_csv(folder / "tables/scores.csv"), datasets, output)
    write_curves(read_csv(folder / "figures/curves.csv"), output / "curves.js")
    return index


def _shared_config(opened: list[StudyResults]) -> dict:
    """The config of the first study, for all the studies; says which were made with another."""
    configs = {results.evidence.study: results.evidence.config for results in opened}
    first, shared = next(iter(configs.items()))
    for study, config in configs.items():
        if differing := sorted(key for key in shared if key != "studies" and config.get(key) != shared[key]):
            print(f"{study} was made with another {', '.join(differing)} than {first}, whose config the report shows")
    return shared | {"studies": list(configs)}


def _copy_cases(source: Path, target: Path) -> None:
    with whole_folder(target) as partial:
        shutil.copytree(source, partial, dirs_exist_ok=True)
