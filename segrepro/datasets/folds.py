"""Folds as a table: which case is trained on, validated on and scored in which fold.

Two protocols. `published` is what a paper did, flaws included: no part only validates, the scored one does. `clean`
takes the validation part from the training folds, so that no scored case is seen before it is scored.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field, PositiveInt, model_validator

from segrepro.datasets.own_folds import PARTS, matched, read_own_folds
from segrepro.datasets.patient_draws import CasesOfSize, draw_cases, draw_patients, draw_sizes, draw_validation
from segrepro.datasets.slice_folds import PartSlices, divide_slices
from segrepro.utils.errors import ConfigError, DataError, nearest
from segrepro.utils.files import file_sha256
from segrepro.utils.validation import Seed, Strict, merged

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("fold", "case", "patient", "part", "slices")
PROTOCOLS = ("published", "clean")


class Folds(Strict):
    """How cases are divided; patients are never parted, except by case or slice."""

    renamed = {"printed": "published"}

    by: Literal["patient", "case", "site", "official", "slice"] = Field(
        "patient",
        description="what goes to one part as a whole; case: two scans of a patient may be parted; site: each site is"
        " scored once; official: as published",
    )
    count: int = Field(5, ge=1, description="1: a single division; by site: the number of sites")
    test_fraction: float | None = Field(None, gt=0, lt=1, description="of the patients or slices, with count 1")
    validation_fraction: float = Field(0.2, gt=0, lt=1, description="of the training patients, protocol clean")
    validation_by_site: bool = Field(
        False,
        exclude_if=lambda by_site: not by_site,
        description="whether the validation part has its share of each site's patients",
    )
    test_cases: int | None = Field(
        None, ge=1, description="instead of test_fraction, by patient: whole patients are drawn that have so many cases"
    )
    test_sizes: tuple[CasesOfSize, ...] | None = Field(
        None,
        exclude_if=lambda sizes: not sizes,
        description="how many of the test_cases have which volume",
    )
    validation_cases: int | None = Field(None, ge=1, description="instead of validation_fraction, with test_cases")
    shuffle: bool = Field(
        True,
        description="with several folds by patient or case: the seed orders them; false: the release's own list does,"
        " or their names where it has none",
    )
    keep_slices: PositiveInt | PartSlices | None = Field(
        None,
        exclude_if=lambda count: count is None,  # keeps the hashes of folds that do without
        description="of the data set, or of each part: slices without label are left out, drawn by the seed, until so"
        " many are left",
    )
    file: str | None = Field(
        None,
        exclude_if=lambda file: file is None,
        description="one's own in place of drawn ones: nnU-Net's splits_final.json, or a CSV of fold, case, part",
    )
    sha256: str | None = Field(
        None, exclude_if=lambda digest: digest is None, description="of the file; noted when a run is planned"
    )
    seed: Seed = 0
    published: dict = Field({}, description="laid over these for protocol published")

    @model_validator(mode="after")
    def _single_division(self) -> "Folds":
        if self.file is not None:  # which says it all
            return self
        drawn = self.count == 1 and self.by in ("patient", "case", "slice")
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
        if self.test_sizes and (of_sizes := sum(size.cases for size in self.test_sizes)) != self.test_cases:
            raise ValueError(f"test_sizes of {of_sizes} cases, test_cases {self.test_cases}", "the same", "Change one.")
        if self.by == "official" and self.count != 1:
            raise ValueError(f"count {self.count} by {self.by}", "1", "Set count: 1.")
        if self.by == "slice" and isinstance(self.keep_slices, PartSlices):
            raise ValueError("keep_slices by part, by slice", "one number", "The fractions divide what is left.")
        return self

    def under(self, protocol: str) -> "Folds":
        """These folds under a protocol."""
        return Folds.model_validate(merged(self.model_dump(), self.published)) if protocol == "published" else self

    def planned(self) -> "Folds":
        """These folds as a run is planned with them: with the count and the digest of their file, if they have one."""
        if self.file is None:
            return self
        counted = {"count": len(read_own_folds(Path(self.file))), "sha256": file_sha256(Path(self.file))}
        # What would divide the cases otherwise does not count.
        return self.model_copy(
            update=counted | {"by": "patient", "test_fraction": None, "test_cases": None, "test_sizes": None}
        )


class Settings(Strict):
    """Which folds are wanted. train_on_scored: the scored cases of a single division train as well."""

    folds: Folds
    protocol: Literal["clean", "published"]
    train_on_scored: bool = False


def make_folds(cases: "pd.DataFrame", folds: Folds, protocol: str) -> "pd.DataFrame":
    """Divide a data set's cases.

    cases: columns case, patient, site, part; by slice slices, their number; with test_sizes ml, of the learned labels.
    folds: as `Folds.under` gives them. Only by official parts do cases of an official test part belong to a fold.
    Returns the table of `split_folds`; its column slices lists those of the part, empty for all. Raises DataError
    when there are too few patients, sites or official parts, or no patients have the number of cases asked for.
    """
    if folds.file is not None:
        return _by_file(cases, folds, protocol)
    if folds.by == "official":
        return _by_parts(cases, folds, protocol)
    cases = cases[cases["part"] != "test"]
    if folds.by == "slice":
        shares = (folds.test_fraction, folds.validation_fraction)
        return _table(divide_slices(cases, protocol, folds.seed, folds.count, *shares, folds.keep_slices))
    if not folds.shuffle:
        cases = in_listed_order(cases)
    if folds.by == "case":
        return _by_case(cases, folds, protocol)
    pairs = list(zip(cases["case"], cases["patient"]))
    if folds.by == "site":
        return _by_site(cases, folds, protocol)
    if folds.count > 1:
        sites = _sites(cases, folds)
        return split_folds(pairs, folds.count, folds.seed, protocol, folds.validation_fraction, folds.shuffle, sites)
    patients = list(dict.fromkeys(cases["patient"]))
    if len(patients) < 3:
        raise DataError("folds", f"{len(patients)} patients", "at least 3, one a part", "Add patients.")
    if folds.test_sizes:
        test = set(draw_sizes(zip(cases["patient"], cases["ml"]), folds.test_sizes, (folds.seed, 0)))
    elif folds.test_cases:
        test = set(draw_cases(pairs, folds.test_cases, (folds.seed, 0)))
    else:
        test = set(draw_patients(patients, folds.test_fraction, (folds.seed, 0), leave=2))
    return _table(_with_validation(cases, test, folds, protocol, 0))


def _with_validation(cases: "pd.DataFrame", test: set[str], folds: Folds, protocol: str, fold: int) -> list[tuple]:
    """The rows of a fold whose test patients are given; with `clean` the validation part is drawn from the others."""
    pairs = list(zip(cases["case"], cases["patient"]))
    rest = [patient for patient in dict.fromkeys(p for _, p in pairs) if patient not in test]
    seed = (folds.seed, fold + 1)
    if protocol == "published":
        validation = test
    elif folds.validation_cases:
        validation = set(draw_cases([pair for pair in pairs if pair[1] not in test], folds.validation_cases, seed))
    else:
        validation = set(draw_validation(rest, folds.validation_fraction, seed, _sites(cases, folds)))
    members = {"train": set(rest) - validation, "validation": validation, "test": test}
    return [(fold, c, p, part, "") for part in PARTS for c, p in pairs if p in members[part]]


def _sites(cases: "pd.DataFrame", folds: Folds) -> dict[str, str] | None:
    """The site of each patient, where the validation part has its share of each."""
    return dict(zip(cases["patient"], cases["site"])) if folds.validation_by_site else None


def _by_case(cases: "pd.DataFrame", folds: Folds, protocol: str) -> "pd.DataFrame":
    """As by patient, were every case a patient of his own."""
    alone = cases.assign(patient=cases["case"])
    table = make_folds(alone, folds.model_copy(update={"by": "patient"}), protocol)
    return table.assign(patient=table["case"].map(dict(zip(cases["case"], cases["patient"]))))


def in_listed_order(cases: "pd.DataFrame") -> "pd.DataFrame":
    """The cases in the order of their release's own list, by the column listed; as they are without one.

    Raises DataError when the list has some of them only.
    """
    if "listed" not in cases:
        return cases
    if missing := cases["case"][cases["listed"].isna()].tolist():
        found = f"{len(missing)} of {len(cases)} cases, such as {missing[0]}, that the release's own list has not"
        raise DataError("folds", found, "all cases in it", "Complete the list, or set folds.shuffle: true.")
    return cases.sort_values("listed", ignore_index=True)


def _by_file(cases: "pd.DataFrame", folds: Folds, protocol: str) -> "pd.DataFrame":
    """As the file says; a validation part that it does not name is the scored one or, with `clean`, drawn."""
    path, rows = Path(folds.file), []
    if folds.sha256 not in (None, file_sha256(path)):
        raise DataError(path, "another content", "the folds that the run was planned with", "Repeat the command.")
    patient_of = dict(zip(cases["case"], cases["patient"]))
    for number, division in enumerate(matched(path, read_own_folds(path), patient_of)):
        if not division.get("validation"):
            rest = list(dict.fromkeys(patient_of[case] for case in division["train"]))
            if protocol == "clean" and len(rest) < 2:
                found = f"one patient to train on in fold {number}"
                raise DataError(path, found, "two, one of whom validates", "Name a validation part, or add patients.")
            seed, sites = (folds.seed, number + 1), _sites(cases, folds)
            drawn = set(draw_validation(rest, folds.validation_fraction, seed, sites) if protocol == "clean" else [])
            validation = [case for case in division["train"] if patient_of[case] in drawn] or division["test"]
            train = [case for case in division["train"] if patient_of[case] not in drawn]
            division = division | {"train": train, "validation": validation}
        rows += [(number, case, patient_of[case], part, "") for part in PARTS for case in division[part]]
    return _table(rows)


def _by_site(cases: "pd.DataFrame", folds: Folds, protocol: str) -> "pd.DataFrame":
    sites = sorted(set(cases["site"]))
    if len(sites) != folds.count or len(sites) < 2:
        raise DataError("folds", f"{len(sites)} sites", f"{folds.count}, one a fold", "Set folds.count to that number.")
    tests = [set(cases["patient"][cases["site"] == site]) for site in sites]
    return _table(
        row for fold in range(len(sites)) for row in _with_validation(cases, tests[fold], folds, protocol, fold)
    )


def _by_parts(cases: "pd.DataFrame", folds: Folds, protocol: str) -> "pd.DataFrame":
    by_part = {part: cases[cases["part"] == part] for part in PARTS}
    for part in ("train", "test"):
        if by_part[part].empty:
            raise DataError("folds", f"no case in the official part {part}", "at least one", "Complete the data set.")
    if by_part["validation"].empty:
        kept = cases[cases["part"].isin(PARTS)]
        return _table(_with_validation(kept, set(by_part["test"]["patient"]), folds, protocol, 0))
    return _table((0, row.case, row.patient, part, "") for part in PARTS for row in by_part[part].itertuples())


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
    site_of: Mapping[str, str] | None = None,
) -> "pd.DataFrame":
    """Split cases into k folds by patient; all cases of a patient are always in the same part.

    cases: pairs (case id, patient).
    validation_fraction: share of the training patients that validates, at least one; `published` ignores it.
    shuffle: whether the seed orders the patients; else they are taken as given.
    site_of: the site of each patient, if the validation part shall have its share of each.
    Returns the columns fold (0 to k-1), case, patient, part (train, validation, test) and slices (empty: all),
    one row a fold, case and part. With `published` every scored case has two rows, validation and test.
    Raises DataError when there are too few patients, or a case id twice.
    """
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
        drawn = draw_validation(rest, validation_fraction, (seed, fold), site_of)
        validation = test if protocol == "published" else drawn
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
