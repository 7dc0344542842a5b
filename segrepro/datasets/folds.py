"""Folds as a table: which case is trained on, validated on and scored in which fold.

Two protocols. `published` is what a paper did, flaws included: no part only validates, the scored one does. `clean`
takes the validation part from the training folds, so that no scored case is seen before it is scored.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, model_validator

from segrepro.utils.errors import ConfigError, DataError, nearest
from segrepro.utils.validation import Seed, Strict, merged

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("fold", "case", "patient", "part", "slices")
PARTS = ("train", "validation", "test")
PROTOCOLS = ("published", "clean")


class Folds(Strict):
    """How cases are divided; patients are never parted, except by slice."""

    renamed = {"printed": "published"}

    by: Literal["patient", "site", "official", "slice"] = Field(
        "patient",
        description="what goes to one part as a whole; site: each site is scored once; official: as published",
    )
    count: int = Field(5, ge=1, description="1: a single division; by site: the number of sites")
    test_fraction: float | None = Field(None, gt=0, lt=1, description="of the patients or slices, with count 1")
    validation_fraction: float = Field(0.2, gt=0, lt=1, description="of the training patients, protocol clean")
    test_cases: int | None = Field(
        None, ge=1, description="instead of test_fraction, by patient: whole patients are drawn that have so many cases"
    )
    validation_cases: int | None = Field(None, ge=1, description="instead of validation_fraction, with test_cases")
    shuffle: bool = Field(
        True, description="with several folds by patient: the seed orders the patients; false: the data set does"
    )
    keep_slices: int | None = Field(
        None,
        ge=1,
        exclude_if=lambda count: count is None,  # keeps the hashes of folds that do without
        description="of the data set: slices without label are left out, drawn by the seed, until so many are left",
    )
    seed: Seed = 0
    published: dict = Field({}, description="laid over these for protocol published")

    @model_validator(mode="after")
    def _single_division(self) -> "Folds":
        drawn = self.count == 1 and self.by in ("patient", "slice")
        given = [key for key in ("test_fraction", "test_cases") if getattr(self, key) is not None]
        if len(given) != drawn or (self.by == "slice" and given == ["test_cases"]):
            raise ValueError(
                f"count {self.count} by {self.by} with {' and '.join(given) or 'no test_fraction'}",
                "test_fraction or, by patient, test_cases if count is 1; neither otherwise",
                "Change count, or set what does not fit to null.",
            )
        if (self.test_cases is None) != (self.validation_cases is None):
            found = f"test_cases {self.test_cases}, validation_cases {self.validation_cases}"
            raise ValueError(found, "both or neither", "Give the other too.")
        if self.by in ("official", "slice") and self.count != 1:
            raise ValueError(f"count {self.count} by {self.by}", "1", "Set count: 1.")
        return self

    def under(self, protocol: str) -> "Folds":
        """These folds under a protocol."""
        return Folds.model_validate(merged(self.model_dump(), self.published)) if protocol == "published" else self


class Settings(Strict):
    """Which folds are wanted. train_on_scored: the scored cases of a single division train as well."""

    folds: Folds
    protocol: Literal["clean", "published"]
    train_on_scored: bool = False


def make_folds(cases: "pd.DataFrame", folds: Folds, protocol: str) -> "pd.DataFrame":
    """Divide a data set's cases.

    cases: columns case, patient, site, part, and, by slice, slices (their number). folds: as `Folds.under` gives them
    for the protocol. Only by official parts do cases of an official test part belong to a fold. Returns the table of
    `split_folds`; its column slices lists those of a case that belong to the part, empty for all. Raises DataError
    when there are too few patients, sites or official parts, or no patients have the number of cases asked for.
    """
    if folds.by == "official":
        return _by_parts(cases, folds, protocol)
    cases = cases[cases["part"] != "test"]
    pairs = list(zip(cases["case"], cases["patient"]))
    if folds.by == "slice":
        return _by_slice(cases, folds)
    if folds.by == "site":
        return _by_site(cases, folds, protocol)
    if folds.count > 1:
        return split_folds(pairs, folds.count, folds.seed, protocol, folds.validation_fraction, folds.shuffle)
    patients = list(dict.fromkeys(cases["patient"]))
    if len(patients) < 3:
        raise DataError("folds", f"{len(patients)} patients", "at least 3, one a part", "Add patients.")
    if folds.test_cases:
        test = set(_draw_cases(pairs, folds.test_cases, (folds.seed, 0)))
    else:
        test = set(_draw(patients, folds.test_fraction, (folds.seed, 0), leave=2))
    return _table(_with_validation(pairs, test, folds, protocol, 0))


def _with_validation(
    pairs: list[tuple[str, str]], test: set[str], folds: Folds, protocol: str, fold: int
) -> list[tuple]:
    """The rows of a fold whose test patients are given; with `clean` the validation part is drawn from the others."""
    rest = [patient for patient in dict.fromkeys(p for _, p in pairs) if patient not in test]
    seed = (folds.seed, fold + 1)
    if protocol == "published":
        validation = test
    elif folds.validation_cases:
        validation = set(_draw_cases([pair for pair in pairs if pair[1] not in test], folds.validation_cases, seed))
    else:
        validation = set(_draw(rest, folds.validation_fraction, seed))
    members = {"train": set(rest) - validation, "validation": validation, "test": test}
    return [(fold, c, p, part, "") for part in PARTS for c, p in pairs if p in members[part]]


def _by_site(cases: "pd.DataFrame", folds: Folds, protocol: str) -> "pd.DataFrame":
    sites = sorted(set(cases["site"]))
    if len(sites) != folds.count or len(sites) < 2:
        raise DataError("folds", f"{len(sites)} sites", f"{folds.count}, one a fold", "Set folds.count to that number.")
    pairs = list(zip(cases["case"], cases["patient"]))
    tests = [set(cases["patient"][cases["site"] == site]) for site in sites]
    return _table(
        row for fold, test in enumerate(tests) for row in _with_validation(pairs, test, folds, protocol, fold)
    )


def _by_parts(cases: "pd.DataFrame", folds: Folds, protocol: str) -> "pd.DataFrame":
    by_part = {part: cases[cases["part"] == part] for part in PARTS}
    for part in ("train", "test"):
        if by_part[part].empty:
            raise DataError("folds", f"no case in the official part {part}", "at least one", "Complete the data set.")
    if by_part["validation"].empty:
        kept = cases[cases["part"].isin(PARTS)]
        pairs, test = list(zip(kept["case"], kept["patient"])), set(by_part["test"]["patient"])
        return _table(_with_validation(pairs, test, folds, protocol, 0))
    return _table((0, row.case, row.patient, part, "") for part in PARTS for row in by_part[part].itertuples())


def _by_slice(cases: "pd.DataFrame", folds: Folds) -> "pd.DataFrame":
    """Single slices drawn at random, whosever they are; the scored ones also validate."""
    import numpy as np

    places = [(row.case, row.patient, z) for row in cases.itertuples() for z in range(int(row.slices))]
    order = np.random.default_rng(folds.seed).permutation(len(places))
    scored = set(order[: max(1, round(folds.test_fraction * len(places)))].tolist())
    chosen: dict[tuple, list[int]] = {}
    for number, (case, patient, z) in enumerate(places):
        for part in ("validation", "test") if number in scored else ("train",):
            chosen.setdefault((PARTS.index(part), case, patient), []).append(z)
    return _table((0, c, p, PARTS[part], " ".join(map(str, zs))) for (part, c, p), zs in sorted(chosen.items()))


def _table(rows: Iterable[tuple]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def split_folds(
    cases: Iterable[tuple[str, str]],
    k: int,
    seed: int = 0,
    protocol: str = "clean",
    validation_fraction: float = 0.1,
    shuffle: bool = True,
) -> "pd.DataFrame":
    """Split cases into k folds by patient; all cases of a patient are always in the same part.

    cases: pairs (case id, patient).
    validation_fraction: share of the training patients that validates, at least one; `published` ignores it.
    shuffle: whether the seed orders the patients; else they are taken as given.
    Returns the columns fold (0 to k-1), case, patient, part (train, validation, test) and slices (empty: all),
    one row a fold, case and part.
    With `published` every scored case has two rows, validation and test.
    Raises DataError when there are too few patients, or a case id twice.
    """
    import numpy as np

    if protocol not in PROTOCOLS:
        raise ConfigError("protocol", repr(protocol), "a protocol", nearest(protocol, PROTOCOLS))
    cases = list(cases)
    patients = _patients(cases, k, protocol)
    if shuffle:
        patients = np.random.default_rng(seed).permutation(patients).tolist()
    blocks = [block.tolist() for block in np.array_split(np.array(patients, dtype=object), k)]
    rows = []
    for fold, test in enumerate(blocks):
        rest = [p for i, block in enumerate(blocks) if i != fold for p in block]
        validation = test if protocol == "published" else _draw(rest, validation_fraction, (seed, fold))
        train = set(rest) - set(validation)
        for part, members in zip(PARTS, (train, set(validation), set(test))):
            rows += [(fold, case, patient, part, "") for case, patient in cases if patient in members]
    return _table(rows)


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


def _draw(patients: list[str], fraction: float, seed: tuple[int, int], leave: int = 1) -> list[str]:
    """A share of the patients, at least one; at least `leave` are left."""
    import numpy as np

    count = min(max(1, round(fraction * len(patients))), len(patients) - leave)
    return np.random.default_rng(seed).permutation(patients)[:count].tolist()


def _draw_cases(pairs: list[tuple[str, str]], wanted: int, seed: tuple[int, int]) -> list[str]:
    """Patients in the seed's order who have `wanted` cases together, passing over as few as possible; some are left."""
    import numpy as np

    sizes = Counter(patient for _, patient in pairs)
    # For each number of cases that can be had, the first patients found to have them.
    found: dict[int, list[str]] = {0: []}
    for patient in np.random.default_rng(seed).permutation(list(sizes)).tolist():
        for count in sorted(found, reverse=True):
            if count + sizes[patient] <= wanted:
                found.setdefault(count + sizes[patient], [*found[count], patient])
        if wanted in found:
            break
    if wanted not in found or wanted == len(pairs):
        raise DataError(
            "folds",
            f"{len(pairs)} cases of {len(sizes)} patients with {min(sizes.values())} to {max(sizes.values())} each",
            f"whole patients with {wanted} cases, and others",
            "Change folds.test_cases or folds.validation_cases.",
        )
    return found[wanted]


def verify_folds(table: "pd.DataFrame", protocol: str) -> None:
    """Raise DataError unless no case is scored twice and no patient stands in two parts that may not share.

    Only validation and test of the protocol `published` may share a patient, and parts that are made of slices.
    With several folds every case is scored.
    """
    scored = table.case[table.part == "test"]
    if scored.duplicated().any() or (table.fold.nunique() > 1 and set(table.case) != set(scored)):
        raise DataError("folds", "a case scored twice or never", "every case scored once", "Split the folds anew.")
    shared = {("validation", "test")} if protocol == "published" else set()
    for fold, rows in table[table.slices == ""].groupby("fold"):
        members = {part: set(rows.patient[rows.part == part]) for part in PARTS}
        for pair in [("train", "validation"), ("train", "test"), ("validation", "test")]:
            both = members[pair[0]] & members[pair[1]]
            if both and pair not in shared:
                found = f"patient {min(both)} in both {pair[0]} and {pair[1]} of fold {fold}"
                raise DataError("folds", found, "every patient in one part", "Split the folds anew.")


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
