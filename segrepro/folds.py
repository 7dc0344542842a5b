"""Folds as a table: which case is trained on, validated on and scored in which fold.

Two protocols. `printed` is what the X-Net code does: patients in the order given, contiguous blocks, and the
scored fold is also the one that steers the training. `clean` shuffles the patients and takes the validation
part from the training folds, so that no scored case is seen before it is scored.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.errors import ConfigError, DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("fold", "case", "patient", "part")
PARTS = ("train", "validation", "test")
PROTOCOLS = ("printed", "clean")


def split_folds(
    cases: Iterable[tuple[str, str]],
    k: int,
    seed: int = 0,
    protocol: str = "clean",
    validation_fraction: float = 0.1,
    shuffle: bool | None = None,
) -> "pd.DataFrame":
    """Split cases into k folds by patient; all cases of a patient are always in the same part.

    cases: pairs (case id, patient).
    validation_fraction: share of the training patients that validates, at least one; `printed` ignores it.
    shuffle: whether the seed orders the patients; None for the protocol's way (clean: yes, printed: no).
    Returns the columns fold (0 to k-1), case, patient, part (train, validation, test),
    one row a fold, case and part.
    With `printed` every scored case has two rows, validation and test.
    Raises DataError when there are too few patients, or a case id twice.
    """
    import numpy as np
    import pandas as pd

    if protocol not in PROTOCOLS:
        raise ConfigError("protocol", repr(protocol), "a protocol", nearest(protocol, PROTOCOLS))
    cases = list(cases)
    patients = _patients(cases, k, protocol)
    if protocol == "clean" if shuffle is None else shuffle:
        patients = np.random.default_rng(seed).permutation(patients).tolist()
    blocks = [block.tolist() for block in np.array_split(np.array(patients, dtype=object), k)]
    rows = []
    for fold, test in enumerate(blocks):
        rest = [p for i, block in enumerate(blocks) if i != fold for p in block]
        validation = test if protocol == "printed" else _draw(rest, validation_fraction, (seed, fold))
        train = set(rest) - set(validation)
        for part, members in zip(PARTS, (train, set(validation), set(test))):
            rows += [(fold, case, patient, part) for case, patient in cases if patient in members]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _patients(cases: list[tuple[str, str]], k: int, protocol: str) -> list[str]:
    """The patients in the order of their first case, enough of them for k folds."""
    if len({case for case, _ in cases}) < len(cases):
        raise DataError("folds", "a case id twice", "unique case ids", "Run the data set's check.")
    patients = list(dict.fromkeys(patient for _, patient in cases))
    # Each fold must keep two patients to train and validate on; with two folds a block of two is left.
    least = 4 if protocol == "clean" and k == 2 else k
    if k < 2 or len(patients) < least:
        raise DataError(
            "folds",
            f"{len(patients)} patients for {k} folds",
            f"2 folds or more, and at least {least} patients",
            "Add patients or lower the number of folds.",
        )
    return patients


def _draw(patients: list[str], fraction: float, seed: tuple[int, int]) -> list[str]:
    """A share of the patients, at least one and never all."""
    import numpy as np

    count = min(max(1, round(fraction * len(patients))), len(patients) - 1)
    return np.random.default_rng(seed).permutation(patients)[:count].tolist()


def verify_folds(table: "pd.DataFrame", protocol: str) -> None:
    """Raise DataError unless every case is scored once and no patient stands in two parts that may not share.

    Only validation and test of the protocol `printed` may share a patient.
    """
    twice = table[table.part == "test"].case.duplicated()
    if twice.any() or set(table.case) != set(table.case[table.part == "test"]):
        raise DataError("folds", "a case scored twice or never", "every case scored once", "Split the folds anew.")
    shared = {("validation", "test")} if protocol == "printed" else set()
    for fold, rows in table.groupby("fold"):
        members = {part: set(rows.patient[rows.part == part]) for part in PARTS}
        for pair in [("train", "validation"), ("train", "test"), ("validation", "test")]:
            both = members[pair[0]] & members[pair[1]]
            if both and pair not in shared:
                found = f"patient {min(both)} in both {pair[0]} and {pair[1]} of fold {fold}"
                raise DataError("folds", found, "every patient in one part", "Split the folds anew.")


def write_folds(table: "pd.DataFrame", path: str | Path) -> None:
    """Write the table as CSV, complete or not at all."""
    from segrepro.files import whole_file

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
