"""From a number of a table to what it was made from."""

from collections.abc import Iterable, Mapping

from segrepro.report.page.runs import TrainedRun
from segrepro.report.spec import GroupSpec, TableSpec
from segrepro.report.tables.table import Table
from segrepro.utils.validation import Strict


class CellOrigin(Strict):
    """What a reproduced number stands on: which scores of which runs.

    method: whose scores, as their column `experiment` names it. runs: by name, one a seed. group: which of the cases.
    """

    method: str
    runs: list[str]
    unit: str
    measure: str
    group: GroupSpec


def cell_origins(
    tables: Iterable[Table], specs: Mapping[str, TableSpec], runs: Iterable[TrainedRun]
) -> dict[str, CellOrigin]:
    """By <table>/<row>/<measure> the origin of every reproduced number."""
    trained: dict[tuple[str | None, str], list[TrainedRun]] = {}
    for run in (run for run in runs if not run.choices):
        trained.setdefault((run.experiment, run.protocol), []).append(run)
    found = {}
    for table in tables:
        groups = specs[table.name].groups if table.name in specs else {}
        for row in (row for row in table.rows if row.run):
            own = trained.get((row.experiment, row.protocol), [])
            for measure, cell in row.cells.items():
                if own and cell.mean is not None:
                    found[f"{table.name}/{row.key}/{measure}"] = CellOrigin(
                        method=own[0].name,
                        runs=[run.name for run in own],
                        unit=table.unit,
                        measure=measure,
                        group=groups.get(row.group, GroupSpec()),
                    )
    return found
