"""The means of a study's tables as numbers alone, for `dvc metrics`."""

from segrepro.report.tables.table import Cell, Table


def means(tables: list[Table]) -> dict[str, dict]:
    """{table: {row: {measure: mean}}} of the rows that were run, and {measure}_undefined where cases had no value.

    A row is named by experiment, protocol unless clean, and group of cases.
    """
    return {table.name: {row.key: _numbers(row.cells) for row in table.rows if row.run} for table in tables}


def _numbers(cells: dict[str, Cell]) -> dict[str, float | int | None]:
    """Means and counts of undefined cases.

    >>> _numbers({"dice": Cell(mean=0.5, n_undefined=1)})
    {'dice': 0.5, 'dice_undefined': 1}
    """
    undefined = {f"{measure}_undefined": cell.n_undefined for measure, cell in cells.items()}
    found = {measure: cell.mean for measure, cell in cells.items()}
    return found | {name: count for name, count in undefined.items() if count}
