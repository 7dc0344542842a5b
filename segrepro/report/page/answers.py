"""What a study found, in a sentence a table, for whoever reads no table."""

from collections.abc import Iterable, Iterator

from segrepro.report.tables.formats import best_cells, titles_of
from segrepro.report.tables.table import Table


def best_methods(tables: Iterable[Table]) -> Iterator[str]:
    """Of each table the method with the best mean in its first measure, with its interval, and which may be as good.

    Where a table has several protocols or groups, of the first; nothing of a table with fewer than two methods.
    """
    for table in tables:
        metric = next(iter(table.metrics))
        numbers = sorted(number for number, name in best_cells(table) if name == metric)
        if numbers:
            yield _line(table, metric, numbers[0])


def _line(table: Table, metric: str, number: int) -> str:
    row = table.rows[number]
    cell = row.cells[metric]
    interval = "" if cell.low is None else f" [{cell.low:.3f}, {cell.high:.3f}]"
    seeds = f"{row.seeds} seed{'s' * (row.seeds > 1)}"
    others = _as_good(table, metric, number)
    also = f"; not shown worse: {'; '.join(others)}" if others else ""
    return (
        f"{table.title}: {row.name} has the best {titles_of(table)[metric]}, {cell.mean:.3f}{interval} ({seeds}){also}."
    )


def _as_good(table: Table, metric: str, number: int) -> list[str]:
    """The other rows that may be the best, where the table ranks by this measure."""
    best = table.rows[number]
    for ranking in table.rankings:
        if (ranking.metric, ranking.protocol or best.protocol, ranking.group) == (metric, best.protocol, best.group):
            return [row.label for row in ranking.rows if row.may_be_best and row.label != best.label]
    return []
