"""The files of a table: CSV (a row a measure), Markdown, HTML and LaTeX."""

from pathlib import Path

from segrepro.report.tables.formats import html, latex, markdown
from segrepro.report.tables.table import Table


def write_table(table: Table, folder: Path) -> None:
    """Write <name>.csv, .md, .tex and .html into `folder`."""
    import pandas as pd

    long = [
        row.model_dump(exclude_unset=True, exclude={"cells"})
        | {"metric": metric}
        | cell.model_dump(exclude_unset=True, exclude={"published_text"})
        for row in table.rows
        for metric, cell in row.cells.items()
    ]
    pd.DataFrame(long).to_csv(folder / f"{table.name}.csv", index=False)
    for ending, text in (("md", markdown(table)), ("tex", latex(table)), ("html", html(table))):
        (folder / f"{table.name}.{ending}").write_text(text, encoding="utf-8")
