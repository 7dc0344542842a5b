"""Single slices: divided whosever they are, and left out where there are more than wanted."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from pydantic import PositiveInt

from segrepro.datasets.own_folds import PARTS
from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    import pandas as pd


class PartSlices(Strict):
    """How many slices each part has."""

    train: PositiveInt
    validation: PositiveInt
    test: PositiveInt


def divide_slices(
    cases: "pd.DataFrame",
    protocol: str,
    seed: int,
    count: int = 1,
    test_fraction: float | None = None,
    validation_fraction: float = 0.2,
    keep: int | None = None,
) -> list[tuple]:
    """The rows (fold, case, patient, part, slices) of folds by slice: single slices drawn at random.

    cases: columns case, patient, slices (their number) and, with keep, labelled. test_fraction: what is scored where
    there is one fold. keep: see `kept_slices`; slices are left out before they are divided, so that the parts have
    exact shares. The scored ones also validate, but under protocol clean validation_fraction of the others does.
    """
    places = [(row.case, row.patient, z) for row in cases.itertuples() for z in range(int(row.slices))]
    if keep:
        kept = kept_slices(cases, keep, seed)
        places = [place for place in places if (place[0], place[2]) in kept]
    order = np.random.default_rng(seed).permutation(len(places))
    single = count == 1
    blocks = [order[: max(1, round(test_fraction * len(places)))]] if single else np.array_split(order, count)
    rows = []
    for fold, test in enumerate(blocks):
        rest, validation = np.setdiff1d(order, test), test
        if protocol == "clean":
            drawn = np.random.default_rng((seed, fold + 1)).permutation(rest)
            validation = drawn[: max(1, round(validation_fraction * len(rest)))]
        train = np.setdiff1d(rest, validation)
        rows += _rows(fold, places, dict(zip(PARTS, (train, validation, test))))
    return rows


def _rows(fold: int, places: list[tuple], members: Mapping[str, np.ndarray]) -> list[tuple]:
    chosen: dict[tuple, list[int]] = {}
    for part, numbers in members.items():
        for case, patient, z in (places[number] for number in sorted(numbers.tolist())):
            chosen.setdefault((PARTS.index(part), case, patient), []).append(z)
    return [(fold, c, p, PARTS[part], " ".join(map(str, zs))) for (part, c, p), zs in sorted(chosen.items())]


def kept_slices(cases: "pd.DataFrame", keep: int, seed: int) -> set[tuple[str, int]]:
    """(case, number) of the slices that are left when those without label are drawn out until `keep` of all are left.

    cases: columns case, slices (their number) and labelled (those with label, by number). More are left where more have
    a label.
    """
    labelled = {(row.case, int(z)) for row in cases.itertuples() for z in row.labelled.split()}
    every = [(row.case, z) for row in cases.itertuples() for z in range(int(row.slices))]
    empty = [place for place in every if place not in labelled]
    order = np.random.default_rng(seed).permutation(len(empty))[: max(0, keep - len(labelled))]
    return labelled | {empty[number] for number in order}


def leave_out_empty(
    folds: "pd.DataFrame", cases: "pd.DataFrame", keep: int | Mapping[str, int], seed: int
) -> "pd.DataFrame":
    """The fold table without the slices that are drawn out until `keep` of all its cases' slices are left.

    folds: of `make_folds`, by whole cases. cases: as `kept_slices` takes them. keep: of all, or by part, each part of
    each fold then for itself. A case that keeps no slice leaves the table.

    >>> import pandas as pd
    >>> folds = pd.DataFrame({"case": ["a", "b"], "slices": ["", ""]})
    >>> cases = pd.DataFrame({"case": ["a", "b"], "slices": [4, 3], "labelled": ["1 2", ""]})
    >>> leave_out_empty(folds, cases, 2, seed=0).to_numpy().tolist()
    [['a', '1 2']]
    """
    if isinstance(keep, int):
        return _thinned(folds, cases, keep, seed)
    import pandas as pd

    parts = folds.groupby(["fold", "part"], sort=False)
    return pd.concat([_thinned(rows, cases, keep[part], seed) for (_, part), rows in parts], ignore_index=True)


def _thinned(folds: "pd.DataFrame", cases: "pd.DataFrame", keep: int, seed: int) -> "pd.DataFrame":
    cases = cases[cases["case"].isin(folds["case"])]
    kept, counts = kept_slices(cases, keep, seed), dict(zip(cases["case"], cases["slices"]))
    left = [" ".join(str(z) for z in range(int(counts[case])) if (case, z) in kept) for case in folds["case"]]
    folds = folds.assign(slices=left)
    return folds[folds["slices"] != ""]


def slices_left(folds: "pd.DataFrame") -> str:
    """How many slices each part of the first fold has, in words.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"fold": [0, 0, 0], "part": ["train", "train", "test"], "slices": ["1 2", "4", "0 3"]})
    >>> slices_left(table)
    'train 3, test 2'
    """
    first = folds[folds["fold"] == 0]
    counts = first["slices"].str.split().str.len().groupby(first["part"]).sum()
    return ", ".join(f"{part} {counts[part]}" for part in PARTS if part in counts)
