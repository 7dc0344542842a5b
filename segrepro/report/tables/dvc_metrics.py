"""The means of a study's tables as numbers alone, for `dvc metrics`."""


def means(tables: list[dict]) -> dict[str, dict]:
    """{table: {row: {measure: mean}}} of the rows that were run, and {measure}_undefined where cases had no value.

    tables: those of tables.json. A row is named by experiment, protocol unless clean, and group of cases.

    >>> cells = {"dice": {"mean": 0.5, "n_undefined": 1}}
    >>> row = {"experiment": "xnet", "protocol": "printed", "group": "", "run": True, "cells": cells}
    >>> means([{"name": "table1", "rows": [row]}])
    {'table1': {'xnet-printed': {'dice': 0.5, 'dice_undefined': 1}}}
    """
    return {
        table["name"]: {_name(row): _numbers(row["cells"]) for row in table["rows"] if row["run"]} for table in tables
    }


def _name(row: dict) -> str:
    protocol = "" if row["protocol"] == "clean" else row["protocol"]
    # dvc takes a dot for the border between two keys.
    return "-".join(filter(None, (row["experiment"], protocol, row["group"]))).replace(".", "_")


def _numbers(cells: dict[str, dict]) -> dict[str, float | int | None]:
    found = {measure: cell.get("mean") for measure, cell in cells.items()}
    undefined = {f"{measure}_undefined": cell["n_undefined"] for measure, cell in cells.items()}
    return found | {name: count for name, count in undefined.items() if count}
