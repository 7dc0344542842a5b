"""A table as the page shows it: one cell a measure, with what is in print below what was reproduced."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from segrepro.report.tables.cell_text import as_fraction, undefined_text
from segrepro.report.tables.costs import Cost, cost_facts
from segrepro.report.tables.files import csv_text
from segrepro.report.tables.formats import (
    absent,
    all_effects,
    digits_of,
    footnote_lines,
    full_width,
    latex,
    legend,
    markdown,
    ranking_lines,
    signed,
    titles_of,
)
from segrepro.report.tables.table import Cell, Row, Table

SIZE = "size"  # the choice that shows what a method costs


@dataclass(frozen=True)
class PageCell:
    """A cell of a table on the page.

    text: what stands large, number: what it is sorted by, lines: what stands small below. shown_with: the choice above
    the table that shows it, "" for always; overview: whether it stands in the table before anything is chosen. cell:
    the name of a reproduced number, by which its origin is found; against: of the one that it is compared with;
    of_runs: whether the runs alone are its origin, not their scores.
    """

    text: str = ""
    number: float | None = None
    lines: tuple[str, ...] = ()
    shown_with: str = ""
    overview: bool = True
    cell: str = ""
    against: str = ""
    of_runs: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.text and not self.lines


@dataclass(frozen=True)
class PageRow:
    """A row of a table on the page, after its label; small: what stands below the label."""

    label: str
    small: str
    cells: list[PageCell]


@dataclass(frozen=True)
class TableView:
    """A table as the page shows it.

    choices: what may be shown, by title. folded: the rows that were not run, below the line `folded_title`. notes: on
    the parameters, by row. copies: the whole table in the formats that others read.
    """

    name: str
    title: str
    legend: str
    footnotes: list[str]
    rankings: list[str]
    effects: list[tuple[str, list[str]]]
    choices: dict[str, str]
    columns: list[PageCell]
    rows: list[PageRow]
    folded: list[PageRow]
    folded_title: str
    notes: dict[str, str]
    copies: dict[str, str]


def table_view(table: Table, reference: str, costs: dict[tuple[str, str], Cost]) -> TableView:
    """A table for the page.

    reference: label of the paper's own method; costs: by experiment and protocol. Columns in which nothing stands are
    left out.
    """
    page = _Page(table, reference, costs)
    columns = page.columns()
    rows = [(row, page.row(row)) for row in table.rows]
    kept = [i for i in range(len(columns)) if not all(shown.cells[i].empty for _, shown in rows)]
    run, other = (
        [PageRow(shown.label, shown.small, [shown.cells[i] for i in kept]) for row, shown in rows if row.run is wanted]
        for wanted in (True, False)
    )
    return TableView(
        name=table.name,
        title=table.title,
        legend=legend(table),
        footnotes=footnote_lines(table),
        rankings=ranking_lines(table),
        effects=all_effects(table),
        choices=titles_of(table) | {SIZE: "Size and cost"},
        columns=[columns[i] for i in kept],
        rows=run,
        folded=other,
        folded_title=_folded_title(table.rows),
        notes={row.label: row.parameters_note for row in table.rows if row.parameters_note},
        copies={"LaTeX": latex(table), "Markdown": markdown(table), "CSV": csv_text(table)},
    )


def _folded_title(rows: list[Row]) -> str:
    """The line that stands for the rows that were not run."""
    printed = [row for row in rows if row.only_published]
    asked = [row for row in rows if not row.run and not row.only_published]
    parts = [_counted(asked, "not run"), _counted(printed, "in print only")]
    return ". ".join(filter(None, parts))


def _counted(rows: list[Row], what: str) -> str:
    """Their number, and each method once."""
    labels = dict.fromkeys(row.label for row in rows)
    return f"{len(rows)} row{'s' * (len(rows) > 1)} {what}: {'; '.join(labels)}" if rows else ""


class _Page:
    """The columns of one table, and its rows in their order."""

    def __init__(self, table: Table, reference: str, costs: dict[tuple[str, str], Cost]):
        self.table, self.reference, self.costs = table, reference, costs
        self.titles = titles_of(table)
        self.digits = digits_of(table)
        self.several_protocols = len({row.protocol for row in table.rows if row.run}) > 1

    def columns(self) -> list[PageCell]:
        """The titles, each with what its cells hold."""
        measures = [column for name, title in self.titles.items() for column in self._measure_columns(name, title)]
        costs = (
            "Seconds a training",
            "Device",
            "Seconds, all seeds",
            "GPU-hours",
            "Host memory (GB)",
            "GPU memory (GB)",
        )
        return [
            *measures,
            PageCell(f"{self.table.unit.capitalize()}s", shown_with=SIZE),
            PageCell("Parameters", shown_with=SIZE),
            *(PageCell(title, shown_with=SIZE, overview=False) for title in costs),
        ]

    def _measure_columns(self, name: str, title: str) -> Iterator[PageCell]:
        inside = ("mean ± SD", "[95 %, unadjusted]", *(["paper, and ours − paper"] if self.table.has_published else []))
        yield PageCell(title, lines=inside, shown_with=name)
        inside = ("[95 %, simultaneous]", "p corrected over the table")
        yield PageCell(f"{title}: − {self.reference}", lines=inside, shown_with=name, overview=False)

    def row(self, row: Row) -> PageRow:
        """A row with a cell for each of `columns`."""
        cells = [cell for name in self.titles for cell in self._measure(row, name)]
        costs = cost_facts(self.costs.get((row.experiment, row.protocol)) if row.run else None)
        sizes = [self._counts(row), *(replace(cell, of_runs=True) for cell in (_parameters(row), *map(_plain, costs)))]
        first = next(filter(None, (self._address(row, name) for name in self.titles)), "")
        cells += [replace(cell, cell=first) for cell in sizes]
        small = absent(row) if not row.run else f"protocol {row.protocol}" if self.several_protocols else ""
        return PageRow(row.name, small, cells)

    def _measure(self, row: Row, name: str) -> list[PageCell]:
        """One measure of one row: ours beside print, and ours against the paper's own method."""
        cell, digits = row.cells[name], self.digits[name]
        address = self._address(row, name)
        text = _mean(cell, digits) if row.run else ""
        undefined = ""
        if cell.mean is not None:  # else it stands large
            undefined = undefined_text(cell.n, cell.n_undefined, cell.mean_with_replacement, digits)
        lines = [_interval(cell.low, cell.high, digits), undefined, *_printed(cell, digits), cell.mark.strip(" ()")]
        against = [_interval(cell.difference_low, cell.difference_high, digits), _p(cell.p)]
        difference = signed(cell.difference_to_reference, digits)
        return [
            PageCell(text, cell.mean, tuple(filter(None, lines)), cell=address),
            PageCell(
                difference,
                cell.difference_to_reference,
                tuple(filter(None, against)),
                cell=address,
                against=self._address(self._rival(row), name),
            ),
        ]

    def _address(self, row: Row | None, name: str) -> str:
        """The name of a reproduced number; "" where there is none."""
        reproduced = row is not None and row.run and row.cells[name].mean is not None
        return f"{self.table.name}/{row.key}/{name}" if reproduced else ""

    def _rival(self, row: Row) -> Row | None:
        """The paper's own method under the row's protocol, over its group of cases."""
        wanted = (self.reference, row.protocol, row.group)
        return next((other for other in self.table.rows if (other.label, other.protocol, other.group) == wanted), None)

    def _counts(self, row: Row) -> PageCell:
        if not row.run:
            return PageCell()
        cases = max(cell.n + cell.n_undefined for cell in row.cells.values())
        return PageCell(str(cases), cases, (f"{row.seeds} seed{'s' * (row.seeds > 1)}",) if cases else ())


def _mean(cell: Cell, digits: int) -> str:
    """Mean ± standard deviation with the mark of its test; what stands in its place where there is none."""
    if cell.mean is None:
        return cell.text.removesuffix(cell.mark).replace("-", "–")
    spread = "" if cell.std is None else f" ± {cell.std:.{digits}f}"
    return f"{cell.mean:.{digits}f}{spread}{cell.difference_mark}"


def _printed(cell: Cell, digits: int) -> list[str]:
    """What the paper prints, and by how much ours exceeds it."""
    if not cell.published_text:
        return []
    difference = signed(cell.difference_to_published, digits)
    return [f"paper {as_fraction(cell.published_text)}", ": ".join(filter(None, (difference, cell.agreement)))]


def _interval(low: float | None, high: float | None, digits: int) -> str:
    return "" if low is None else f"[{low:.{digits}f}, {high:.{digits}f}]".replace("-", "−")


def _p(value: float | None) -> str:
    """A p value as text.

    >>> _p(0.0002), _p(0.0312), _p(None)
    ('p < 0.001', 'p 0.031', '')
    """
    return "" if value is None else "p < 0.001" if value < 0.001 else f"p {value:.3f}"


def _parameters(row: Row) -> PageCell:
    """The size of a network at the width of the paper, with what is in print and what ran."""
    text = _count(full_width(row))
    lines = [f"paper {_count(row.parameters_published)}" if row.parameters_published else ""]
    lines += [f"{row.parameters:,} as run" if row.parameters is not None else "counted at full width" if text else ""]
    return PageCell(text, _plain(text).number, tuple(filter(None, lines)))


def _count(text: str) -> str:
    """A number of parameters in the notation of its paper, with what a table's heading has said there.

    >>> _count("5.9×10^6"), _count("31.04"), _count("1.11M (+2.59 %)")
    ('5.9×10⁶', '31.04 M', '1.11M (+2.59 %)')
    """
    return text.replace("×10^6", "×10⁶") + " M" * bool(re.fullmatch(r"[0-9]+\.[0-9]+", text))


def _plain(value: object) -> PageCell:
    """A number, or a text sorted by the number it starts with.

    >>> _plain("15.1M").number, _plain(1234567).text, _plain("").number
    (15.1, '1,234,567', None)
    """
    if isinstance(value, int | float):
        return PageCell(f"{value:,}", float(value))
    start = re.match(r"[0-9.]*[0-9]", str(value or ""))
    return PageCell(str(value or ""), float(start[0]) if start else None)
