"""Slices without label that a study leaves out of what is learned and scored."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def leave_out_empty(folds: "pd.DataFrame", cases: "pd.DataFrame", keep: int, seed: int) -> "pd.DataFrame":
    """The fold table without the slices that are drawn out until `keep` of all its cases' slices are left.

    folds: of `make_folds`. cases: columns case, slices (their number) and labelled (those with label, by number).
    Only slices without label are drawn, so more are left where more have one. A case that keeps none leaves the table.

    >>> import pandas as pd
    >>> folds = pd.DataFrame({"case": ["a", "b"], "slices": ["", ""]})
    >>> cases = pd.DataFrame({"case": ["a", "b"], "slices": [4, 3], "labelled": ["1 2", ""]})
    >>> leave_out_empty(folds, cases, 2, seed=0).to_numpy().tolist()
    [['a', '1 2']]
    """
    counts = {row.case: int(row.slices) for row in cases.itertuples() if row.case in set(folds["case"])}
    labelled = {(row.case, int(z)) for row in cases.itertuples() if row.case in counts for z in row.labelled.split()}
    empty = [(case, z) for case, count in counts.items() for z in range(count) if (case, z) not in labelled]
    order = np.random.default_rng(seed).permutation(len(empty))[: max(0, keep - len(labelled))]
    kept = labelled | {empty[number] for number in order}
    rows = zip(folds["case"], folds["slices"])
    chosen = [(case, [*map(int, slices.split())] or range(counts[case])) for case, slices in rows]
    folds = folds.assign(slices=[" ".join(str(z) for z in slices if (case, z) in kept) for case, slices in chosen])
    return folds[folds["slices"] != ""]
