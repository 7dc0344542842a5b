"""What the report's pages say about a study, gathered from its tables, figures, cases and models."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segrepro.datasets.integrity.found import SetFound
from segrepro.report.claims.claim_list import ClaimList
from segrepro.report.figures._drawing import DrawnFigure
from segrepro.report.methods.text import Methods
from segrepro.report.page.answers import best_methods
from segrepro.report.page.data_facts import DatasetFacts, drawn_parts
from segrepro.report.page.origins import CellOrigin, cell_origins
from segrepro.report.page.runs import TrainedRun, names_of
from segrepro.report.page.viewer_cases import CaseList
from segrepro.report.spec import TableSpec
from segrepro.report.tables.published import Contradiction, contradictions
from segrepro.report.tables.table import Table
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd


class StudyFacts(Strict):
    """What a study says of itself.

    published_protocol: what the paper's own protocol is, None if it has no other. published: files of published/.
    proposed: label of the paper's own method in each table. departures: where the run is not what its file says;
    changed: whether that changes results, so that nothing of the paper is said. differing: by experiment what is not as
    at paper scale. A study of one's own has no paper.
    """

    title: str
    citation: str = ""
    differences: list[str] = []
    changed: bool = False
    departures: list[str] = []
    published_protocol: str | None
    datasets: list[DatasetFacts]
    published: list[str]
    proposed: dict[str, str]
    differing: dict[str, list[str]] = {}

    def with_found(self, found: dict[str, SetFound]) -> "StudyFacts":
        """These facts with what a check found in each data set, by its name and version."""
        seen = [one.model_copy(update={"found": found.get(f"{one.name}-{one.version}")}) for one in self.datasets]
        return self.model_copy(update={"datasets": seen})

    def with_folds(self, folds: "dict[str, list[pd.DataFrame]]") -> "StudyFacts":
        """These facts with how the study divides its data sets, from the folds of the runs on each, by its name."""
        seen = [one.model_copy(update={"drawn": drawn_parts(folds.get(one.name, []))}) for one in self.datasets]
        return self.model_copy(update={"datasets": seen})


class StudyContents(StudyFacts):
    """Everything about one study.

    phantom: whether a data set is synthetic. scores: the file with those of every case. origins: by the name of a
    reproduced number. files: digests of the study's results. command: makes all of it again.
    """

    name: str
    phantom: bool
    tables: list[Table]
    claims: ClaimList
    figures: list[DrawnFigure]
    cases: CaseList
    scores: str
    runs: list[TrainedRun]
    origins: dict[str, CellOrigin]
    files: dict[str, str]
    command: str
    contradictions: list[Contradiction]
    methods: Methods

    @property
    def best(self) -> list[str]:
        """Which method is the best, a sentence a table."""
        return list(best_methods(self.tables))

    @property
    def labels(self) -> dict[str, str]:
        """What people call the method of each run, by its name."""
        return names_of(self.runs)


def study_contents(
    name: str,
    facts: StudyFacts,
    tables: list[Table],
    claims: ClaimList,
    figures: list[DrawnFigure],
    cases: CaseList,
    runs: list[TrainedRun],
    specs: Mapping[str, TableSpec],
    checksums: Mapping[str, str],
    files: Mapping[str, str],
    methods: Methods,
) -> StudyContents:
    """Everything about one study, from its results.

    specs: what its tables were asked to show; checksums: of the contents of each data set, by name and version; files:
    digests of its results.
    """
    datasets = [
        dataset.model_copy(update={"checksum": checksums.get(f"{dataset.name}-{dataset.version}", "")})
        for dataset in facts.datasets
    ]
    return StudyContents(
        **dict(facts) | {"datasets": datasets},
        name=name,
        phantom=any(dataset.source == "phantom" for dataset in datasets),
        tables=tables,
        claims=claims,
        figures=figures,
        cases=cases,
        scores=f"tables/{name}/scores.csv",
        runs=runs,
        origins=cell_origins(tables, specs, runs),
        files=dict(files),
        command=f"snakemake {name} --cores all --resources gpu=1",
        contradictions=contradictions(facts.published),
        methods=methods,
    )
