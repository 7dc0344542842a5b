"""A table of folds: checked, on disk, and what a run leaves out of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from segrepro.datasets.folds import COLUMNS
from segrepro.datasets.own_folds import PARTS
from segrepro.utils.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def verify_folds(table: "pd.DataFrame", protocol: str, whole: Literal["patient", "case"] = "patient") -> None:
    """Raise DataError unless no case is scored twice and none, or no patient, stands in two parts that may not share.

    Only validation and test of the protocol `published` may share a patient, and parts that are made of slices.
    With several folds every case is scored. whole: what may not be parted.
    """
    scored = table.case[(table.part == "test") & (table.slices == "")]
    by_slice = (table.slices != "").any()
    if scored.duplicated().any() or (table.fold.nunique() > 1 and not by_slice and set(table.case) != set(scored)):
        raise DataError("folds", "a case scored twice or never", "every case scored once", "Split the folds anew.")
    shared = {("validation", "test")} if protocol == "published" else set()
    for fold, rows in table[table.slices == ""].groupby("fold"):
        members = {part: set(rows[whole][rows.part == part]) for part in PARTS}
        for pair in [("train", "validation"), ("train", "test"), ("validation", "test")]:
            both = members[pair[0]] & members[pair[1]]
            if both and pair not in shared:
                found = f"{whole} {min(both)} in both {pair[0]} and {pair[1]} of fold {fold}"
                raise DataError("folds", found, f"every {whole} in one part", "Split the folds anew.")


def train_on_scored(table: "pd.DataFrame") -> "pd.DataFrame":
    """The folds of a model that nothing scores: what was to be scored trains; the validation part stays.

    >>> import pandas as pd
    >>> train_on_scored(pd.DataFrame({"part": ["train", "validation", "test"]}))["part"].tolist()
    ['train', 'validation', 'train']
    """
    return table.assign(part=table["part"].replace("test", "train"))


def write_folds(table: "pd.DataFrame", path: str | Path) -> None:
    """Write the table as CSV, complete or not at all."""
    from segrepro.utils.files import whole_file

    with whole_file(path) as partial:
        table.to_csv(partial, index=False)


def read_folds(path: str | Path) -> "pd.DataFrame":
    """Read what `write_folds` wrote; DataError when the file is missing or has other columns or parts."""
    import pandas as pd

    path = Path(path)
    remedy = "Run the rule split_folds again."
    if not path.is_file():
        raise DataError(path, "no such file", "a table of folds", remedy)
    # Ids such as 031768 and NA are text; pandas would read a number and a missing value.
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False).astype({"fold": int})
    except (ValueError, KeyError) as error:
        raise DataError(path, f"no table of folds ({error})", f"columns {', '.join(COLUMNS)}", remedy) from error
    if tuple(table.columns) != COLUMNS or not set(table.part) <= set(PARTS):
        raise DataError(path, f"columns {', '.join(table.columns)}", ", ".join(COLUMNS), remedy)
    return table
