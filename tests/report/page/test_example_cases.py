"""Which cases are shown."""

import pandas as pd

from segrepro.report.page.example_cases import examples


def scores(values: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        {"experiment": f"m{number}", "case": case, "unit": "case", "label": "lesion", "dice": value}
        for case, both in values.items()
        for number, value in enumerate(both)
    ]
    return pd.DataFrame(rows)


def test_the_worst_the_best_the_middle_and_where_methods_disagree():
    values = {f"c{i}": [0.1 * i, 0.1 * i] for i in range(10)} | {"split": [0.1, 1.0]}
    sizes = {case: number for number, case in enumerate(values)}
    found = examples(sizes, scores(values), 5)
    assert found == {
        "c0": "worst", "c1": "by size", "c5": "middle score", "c9": "best", "split": "methods disagree",
    }  # fmt: skip


def test_all_where_there_is_room_from_small_to_large():
    assert examples({"b": 2, "a": 3}, scores({"a": [1.0], "b": [0.5]}), 2) == {"b": "", "a": ""}


def test_without_scores_by_size():
    found = examples({f"c{i}": i for i in range(9)}, scores({"other": [1.0]}), 3)
    assert found == {"c0": "by size", "c4": "by size", "c8": "by size"}
