"""The files of a study's tables: each as CSV (a row a measure), Markdown, HTML and LaTeX, and what stands beside."""

import json
from pathlib import Path

from segrepro.report.tables.build import Results, Settings, build_tables
from segrepro.report.tables.costs import fold_cost
from segrepro.report.tables.dvc_metrics import means
from segrepro.report.tables.formats import html, latex, markdown, titles_of
from segrepro.report.tables.latex_values import latex_values
from segrepro.report.tables.rank_figure import draw_ranks
from segrepro.report.tables.table import Table, TableList

# Seconds differ from run to run; in a file of their own they leave the tables the same, byte by byte.
COSTS = "costs.csv"


def write_tables(settings: Settings, results: Results, folder: Path) -> None:
    """Write every table of a study into `folder`, tables.json, values.tex, metrics.json for DVC, all scores and costs.

    The same results give the same bytes.
    """
    import pandas as pd

    tables = build_tables(settings, results)
    content = TableList(study=settings.study, scale=settings.scale, tables=tables).model_dump(exclude_unset=True)
    for table in tables:
        write_table(table, folder)
    (folder / "values.tex").write_text(latex_values(settings.study, tables), encoding="utf-8")
    pd.concat(results.scores.values()).to_csv(folder / "scores.csv", index=False)
    pd.DataFrame(map(fold_cost, results.cards)).to_csv(folder / COSTS, index=False)
    (folder / "metrics.json").write_text(json.dumps(means(tables), indent=1) + "\n")
    (folder / "tables.json").write_text(json.dumps(content, indent=1) + "\n")


def write_table(table: Table, folder: Path) -> None:
    """Write <name>.csv, .md, .tex and .html into `folder`, and <name>_ranks.png and .svg where its rows are ranked."""
    texts = {"csv": csv_text(table), "md": markdown(table), "tex": latex(table), "html": html(table)}
    for ending, text in texts.items():
        (folder / f"{table.name}.{ending}").write_text(text, encoding="utf-8")
    if table.rankings:
        draw_ranks(table.rankings, titles_of(table)[table.rankings[0].metric], folder / f"{table.name}_ranks")


def csv_text(table: Table) -> str:
    """The table as CSV, a row a measure of each method."""
    import pandas as pd

    long = [
        row.model_dump(exclude_unset=True, exclude={"cells"})
        | {"metric": metric}
        | cell.model_dump(exclude_unset=True, exclude={"published_text"})
        for row in table.rows
        for metric, cell in row.cells.items()
    ]
    return pd.DataFrame(long).to_csv(index=False)
