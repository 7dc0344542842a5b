"""The CSV that the website of Claims Reloaded takes: a row a case, its `case_id`, then a column of Dice a method.

claims-reloaded.dkfz.de describes it: columns `case_id` and `alg_*`, values between 0 and 1.
"""

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.evaluation.compare import read_scores
from segrepro.evaluation.published_pairs import PublishedPair
from segrepro.utils.csv_files import read_frame, read_rows, write_csv
from segrepro.utils.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

CASE, METHOD = "case_id", "alg_"
FEWEST = 3  # cases: with two a correlation is always -1 or 1


def holds_case_scores(path: Path) -> bool:
    """Whether a CSV has a row a case, of Claims Reloaded's or of this library's scores; else it may be one of pairs."""
    header = next(iter(read_rows(path)), [])
    return CASE in header or "case" in header


def read_case_scores(path: Path, metric: str = "dice", unit: str = "case") -> "pd.DataFrame":
    """Scores by case (rows) and method (columns), of either file; only cases with a score from every method.

    metric, unit: of a score file, whose labels and seeds are averaged. Raises DataError as `read_scores`, and for fewer
    than two methods, fewer than three cases, and values outside 0 to 1.
    """
    read = _theirs if CASE in read_rows(path)[0] else lambda path: _ours(path, metric, unit)
    scores = read(path).dropna()
    if len(scores.columns) < 2 or len(scores) < FEWEST:
        found = f"{len(scores)} cases with a score from each of {len(scores.columns)} methods"
        raise DataError(path, found, f"two methods on {FEWEST} cases at least", "Join the scores of several methods.")
    outside = scores[(scores < 0) | (scores > 1)].stack().dropna()
    if len(outside):
        (case, method), value = outside.index[0], outside.iloc[0]
        remedy = "Name a measure of overlap: --metric dice."
        raise DataError(path, f"{value:g} for {method}, case {case}", "scores between 0 and 1", remedy)
    return scores


def _theirs(path: Path) -> "pd.DataFrame":
    import pandas as pd

    frame = read_frame(path, dtype={CASE: str}).set_index(CASE)
    methods = frame[[name for name in frame.columns if name.startswith(METHOD)]].apply(pd.to_numeric, errors="coerce")
    wrong = frame[methods.columns].notna() & methods.isna()
    if wrong.any(axis=None):
        case, method = wrong.stack().idxmax()
        found = f"{frame.loc[case, method]!r} for {method}, case {case}"
        raise DataError(path, found, "a number", "Correct the cell.")
    if methods.index.has_duplicates:
        found = f"case {methods.index[methods.index.duplicated()][0]} twice"
        raise DataError(path, found, "a row a case", "Remove one.")
    return methods.rename(columns=lambda name: name.removeprefix(METHOD))


def _ours(path: Path, metric: str, unit: str) -> "pd.DataFrame":
    frame = read_scores(path)
    if lacking := {metric, "experiment"} - {*frame.columns}:
        raise DataError(path, f"no column {sorted(lacking)[0]}", "scores of several experiments", "Name another file.")
    rows = frame[frame["unit"] == unit] if "unit" in frame else frame
    return rows.pivot_table(metric, "case", "experiment", "mean", dropna=False)


def write_case_scores(path: Path, scores: "pd.DataFrame") -> None:
    """Write scores of `read_case_scores` as Claims Reloaded reads them; each method's name follows `alg_`."""
    write_csv(scores.rename(columns=lambda name: f"{METHOD}{name}").rename_axis(CASE).reset_index(), path)


def pairs_of(scores: "pd.DataFrame", measure: str = "dice") -> list[PublishedPair]:
    """Each method and the next in the order of their means, with the correlation of their scores."""
    order = scores.mean().sort_values(ascending=False, kind="stable").index
    return [_pair(scores[better], scores[worse], measure) for better, worse in pairwise(order)]


def _pair(better: "pd.Series", worse: "pd.Series", measure: str) -> PublishedPair:
    r = better.corr(worse)
    return PublishedPair(
        measure=measure,
        better=str(better.name),
        better_mean=better.mean(),
        better_sd=better.std(),
        worse=str(worse.name),
        worse_mean=worse.mean(),
        worse_sd=worse.std(),
        n=len(better),
        correlation=None if r != r else min(max(r, -1.0), 1.0),  # noqa: PLR0124  undefined where one varies not
    )
