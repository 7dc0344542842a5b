"""What the report's pages say about a study, gathered from its tables, figures, cases and models."""

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from segrepro.datasets.integrity.found import SetFound
from segrepro.evaluation.statistics import undefined_text
from segrepro.report.claims.claim_list import ClaimList
from segrepro.report.figures._drawing import DrawnFigure
from segrepro.report.page.data_facts import DatasetFacts
from segrepro.report.page.viewer_cases import CaseList
from segrepro.report.tables.costs import Cost, cost_facts, run_cost
from segrepro.report.tables.formats import (
    absent,
    all_effects,
    case_counts,
    footnote_lines,
    full_width,
    legend,
    ranking_lines,
    signed,
    titles_of,
)
from segrepro.report.tables.published import Contradiction, contradictions
from segrepro.report.tables.table import Cell, Row, Table
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 3


class StudyFacts(Strict):
    """What a study says of itself.

    published_protocol: what the paper's own protocol is, None if it has no other. published: files of published/.
    proposed: label of the paper's own method in each table. departures: where the run is not what its file says;
    changed: whether that changes results, so that nothing of the paper is said. A study of one's own has no paper.
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

    def with_found(self, found: dict[str, SetFound]) -> "StudyFacts":
        """These facts with what a check found in each data set, by its name and version."""
        seen = [one.model_copy(update={"found": found.get(f"{one.name}-{one.version}")}) for one in self.datasets]
        return self.model_copy(update={"datasets": seen})


class TrainedRun(Strict):
    """A run with what its folds have in common and what they sum to."""

    name: str
    experiment: str
    protocol: str
    network: str
    hash: str
    seed: int
    folds: int
    cost: Cost
    commits: list[str]
    provenance: dict


class StudyContents(StudyFacts):
    """Everything about one study. scores: of every case; phantom: whether a data set is synthetic."""

    name: str
    phantom: bool
    tables: list[Table]
    claims: ClaimList
    figures: list[DrawnFigure]
    cases: CaseList
    scores: list[dict]
    runs: list[TrainedRun]
    contradictions: list[Contradiction]


@dataclass(frozen=True)
class PageCell:
    """A cell of a table on the page: its text, the number it is sorted by, a small second line, and its measure.

    measure: "" for columns that are always shown; detail: whether it is shown only when its measure is chosen.
    published: whether it is about a number of the paper.
    """

    text: str = ""
    number: float | None = None
    small: str = ""
    measure: str = ""
    detail: bool = False
    published: bool = False


@dataclass(frozen=True)
class PageRow:
    """A row of a table on the page, after its label."""

    label: str
    run: bool
    cells: list[PageCell]


@dataclass(frozen=True)
class TableView:
    """A table as the page shows it. measures: their titles; notes: on the parameters, by row."""

    name: str
    title: str
    legend: str
    footnotes: list[str]
    rankings: list[str]
    effects: list[tuple[str, list[str]]]
    measures: dict[str, str]
    columns: list[PageCell]
    rows: list[PageRow]
    notes: dict[str, str]


def study_contents(
    name: str,
    facts: StudyFacts,
    tables: list[Table],
    claims: ClaimList,
    figures: list[DrawnFigure],
    cases: CaseList,
    scores: "pd.DataFrame",
    cards: list[dict],
    checksums: dict[str, str],
) -> StudyContents:
    """Everything about one study, from its results.

    scores: of every case and run; cards: the model cards of its runs; checksums: of the contents of each data set, by
    name and version.
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
        scores=_scores(scores),
        runs=_runs(cards),
        contradictions=contradictions(facts.published),
    )


def _runs(cards: list[dict]) -> list[TrainedRun]:
    by_name: dict[str, list[dict]] = {}
    for card in cards:
        by_name.setdefault(card["name"], []).append(card)
    return [
        TrainedRun(
            **{
                key: folds[0][key]
                for key in ("name", "experiment", "protocol", "network", "hash", "seed", "provenance")
            },
            folds=len(folds),
            cost=run_cost(folds),
            commits=sorted({card["provenance"]["commit"] for card in folds}),
        )
        for folds in by_name.values()
    ]


def _scores(scores: "pd.DataFrame") -> list[dict]:
    """Per-case scores, an undefined score being None."""
    # Slices only of runs that are scored by nothing else: their patients are parted.
    by_case = set(scores["experiment"][scores["unit"] == "case"])
    kept = scores[(scores["unit"] == "case") | ~scores["experiment"].isin(by_case)]
    if "seed" in kept:  # the viewer shows the masks of the first
        kept = kept[kept["seed"] == kept.groupby("experiment")["seed"].transform("min")]
    return json.loads(kept.to_json(orient="records", double_precision=6))


def table_view(table: Table, reference: str, costs: dict[tuple[str, str], Cost]) -> TableView:
    """A table for the page.

    reference: label of the paper's own method; costs: by experiment and protocol. Each measure has the columns
    published and reproduced, and, shown on request, difference to print, difference to the reference method and its
    corrected p.
    """
    measures, published = titles_of(table), table.has_published
    columns = [
        PageCell("Protocol"),
        *(column for measure, title in measures.items() for column in _columns(measure, title, reference, published)),
        *(PageCell(title) for title in ("Cases", "Undefined", "Seeds")),
        PageCell("published", small="Parameters", published=True),
        *(PageCell(kind, small="Parameters") for kind in ("at full width", "as run")),
        *(PageCell(kind, small="Training, all folds") for kind in ("seconds", "device")),
        *(PageCell(kind, small="Training, all seeds") for kind in ("seconds", "GPU-hours")),
        *(PageCell(kind, small="Peak memory (GB)") for kind in ("host", "GPU")),
    ]
    rows = [_row(row, measures, costs.get((row.experiment, row.protocol))) for row in table.rows]
    return TableView(
        name=table.name,
        title=table.title,
        legend=legend(table),
        footnotes=footnote_lines(table),
        rankings=ranking_lines(table),
        effects=all_effects(table),
        measures=measures,
        columns=_kept(columns, published),
        rows=[replace(row, cells=_kept(row.cells, published)) for row in rows],
        notes={row.label: row.parameters_note for row in table.rows if row.parameters_note},
    )


def _kept(cells: list[PageCell], published: bool) -> list[PageCell]:
    """The cells of a table with published numbers, or of one without."""
    return [cell for cell in cells if published or not cell.published]


def _columns(measure: str, title: str, reference: str, published: bool) -> list[PageCell]:
    details = (f"minus {reference}", f"p, against {reference}")
    return [
        PageCell("published", small=title, measure=measure, published=True),
        PageCell("reproduced" if published else "mean", small=title, measure=measure),
        PageCell("reproduced − published", small=title, measure=measure, detail=True, published=True),
        *(PageCell(kind, small=title, measure=measure, detail=True) for kind in details),
    ]


def _row(row: Row, titles: dict[str, str], cost: Cost | None) -> PageRow:
    """titles: of each measure; cost: None for a row that was not run."""
    missing = absent(row)
    cells = [part for name in titles for part in _cells(row.cells[name], row.run, name, missing)]
    counts = (full_width(row), row.parameters, *cost_facts(cost))
    facts = [_plain(value) for value in (*case_counts(row, titles), row.seeds if row.run else "")]
    facts += [replace(_plain(row.parameters_published), published=True), *map(_plain, counts)]
    return PageRow(row.name, row.run, [PageCell("" if row.only_published else row.protocol), *cells, *facts])


def _cells(cell: Cell, run: bool, measure: str, missing: str) -> list[PageCell]:
    """One measure of one row, in the order of `_columns`; missing: what stands where nothing was reproduced."""
    interval = _interval(cell.difference_low, cell.difference_high)
    reproduced = _reproduced(cell) if run else (missing, None, "")
    return [
        PageCell(cell.published_text, cell.published_mean, measure=measure, published=True),
        PageCell(*reproduced, measure),
        PageCell(
            signed(cell.difference_to_published), cell.difference_to_published, cell.agreement, measure, True, True
        ),
        PageCell(signed(cell.difference_to_reference), cell.difference_to_reference, interval, measure, True),
        PageCell(_p(cell.p), cell.p, "", measure, True),
    ]


def _reproduced(cell: Cell) -> tuple[str, float | None, str]:
    """Mean ± standard deviation with the test's mark, the mean, and a second line: interval and undefined cases."""
    if cell.mean is None:
        return cell.text, None, ""
    text = f"{cell.mean:.{DIGITS}f}" + ("" if cell.std is None else f" ± {cell.std:.{DIGITS}f}")
    undefined = undefined_text(cell.n, cell.n_undefined, cell.mean_with_replacement)
    text += cell.difference_mark + cell.mark
    return text, cell.mean, "; ".join(filter(None, (_interval(cell.low, cell.high), undefined)))


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None else f"[{low:.{DIGITS}f}, {high:.{DIGITS}f}]"


def _p(value: float | None) -> str:
    """A p value as text.

    >>> _p(0.0002), _p(0.0312), _p(None)
    ('< 0.001', '0.031', '')
    """
    return "" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _plain(value: object) -> PageCell:
    """A number, or a published size sorted by the number it starts with.

    >>> _plain("15.1M").number, _plain(1234567).text, _plain("").number
    (15.1, '1,234,567', None)
    """
    if isinstance(value, int | float):
        return PageCell(f"{value:,}", float(value))
    start = re.match(r"[0-9.]*[0-9]", str(value or ""))
    return PageCell(str(value or ""), float(start[0]) if start else None)
