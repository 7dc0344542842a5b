"""A list of cases to divide."""

import pandas as pd

CASES = pd.DataFrame(
    {
        "case": [f"c{i}" for i in range(24)],
        "patient": [f"p{i // 2}" for i in range(24)],
        "site": ["A", "A", "B", "B", "C", "C"] * 4,
        "part": [""] * 24,
        "slices": [5] * 24,
    }
)


def members(table, part, column="patient", fold=0):
    return set(table[(table["part"] == part) & (table["fold"] == fold)][column])


def places_of(table):
    """(case, slice) of every slice that the table names; all of a case where it names none."""
    return {(row.case, int(z)) for row in table.itertuples() for z in row.slices.split() or range(5)}
