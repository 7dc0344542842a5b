"""Files of scores, and two of them against each other."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.contrasts import FEWEST_FOR_FLIPS
from segrepro.evaluation.scored_methods import KEYS
from segrepro.evaluation.statistics import Comparison, compare_methods, differences, judged
from segrepro.evaluation.trainings import FEWEST_PATIENTS
from segrepro.utils.csv_files import read_frame
from segrepro.utils.errors import DataError, nearest

if TYPE_CHECKING:
    import pandas as pd

# Resampling them takes 10,000 bytes a patient, several times over.
MOST_PATIENTS = 50_000
MOST_COLUMNS = 1_000
# As spreadsheets write numbers in some languages, and percentages.
OTHER_NUMBERS = r"\s*[+-]?(\d+,\d+\s*%?|\d+(\.\d+)?\s*%)\s*"


def read_scores(path: str | Path) -> "pd.DataFrame":
    """A score file as a frame; `patient` defaults to the case, and cases stay text ("007").

    Raises DataError when it is missing, empty or no CSV in UTF-8, has no column case, or holds text among the numbers
    of a measure, infinity, or numbers as 0,5 or 50%, or more than can be compared; a column that holds other text alone
    is no measure.
    """
    if not Path(path).is_file():
        raise DataError(path, "no such file", "a CSV of scores", "Run segrepro evaluate first.")
    frame = read_frame(path, dtype=dict.fromkeys(KEYS, str), low_memory=False)
    if "case" not in frame:
        raise DataError(path, "no column case", "a CSV with one row a case", "Name the column of the cases case.")
    if frame.empty:
        raise DataError(path, "no scores", "a CSV with one row a case", "Run segrepro evaluate again.")
    _refuse_too_many(path, len(frame.columns), MOST_COLUMNS, "columns", "Keep the measures that are compared.")
    _refuse_text(frame, path)
    frame = frame if "patient" in frame else frame.assign(patient=frame["case"])
    whose = "Say in a column patient which cases are of one patient, or compare a part."
    _refuse_too_many(path, frame["patient"].nunique(), MOST_PATIENTS, "patients", whose)
    return frame


def _refuse_too_many(path: str | Path, count: int, most: int, what: str, remedy: str) -> None:
    if count > most:
        raise DataError(path, f"{count:,} {what}", f"at most {most:,}", remedy)


def _refuse_text(frame: "pd.DataFrame", path: str | Path) -> None:
    """DataError when a column of numbers holds a text, for which it would not be taken for a measure, or infinity."""
    import pandas as pd

    for name in frame.columns.difference(KEYS, sort=False):
        filled = frame[name].dropna()
        numbers = pd.to_numeric(filled, errors="coerce")
        text = numbers.isna()
        odd = filled.astype(str).str.fullmatch(OTHER_NUMBERS) if text.all() else text | np.isinf(numbers)
        if odd.any():
            row = odd.idxmax()
            found = f"{str(filled[row])!r} in column {name}, row {row + 2}"
            expected = "a finite number with a point, or nothing for undefined"
            raise DataError(path, found, expected, "Correct the cell.")


def compare_files(
    first: str | Path | Sequence[str | Path],
    second: str | Path | Sequence[str | Path],
    metrics: Sequence[str] | None = None,
    experiments: tuple[str, str] | None = None,
    unit: str = "case",
) -> list[Comparison]:
    """`compare_methods` for two methods' score files on the same cases: the second minus the first.

    first, second: a file, or one for each training of the method. experiments: which experiment of the first and of the
    second files; needed where a file holds several, as a study's scores.csv does, which may then be both. unit: the
    rows that are compared where the files have a column unit, `case` or `slice`. Raises DataError as `read_scores`, and
    when a file has no such rows or several experiments and none is named.
    """
    sides = [[side] if isinstance(side, str | Path) else list(side) for side in (first, second)]
    methods = read_methods(sides, experiments or (), unit)
    return compare_methods(methods, next(iter(methods)), metrics)


def compare_all_pairs(path: str | Path, metrics: Sequence[str] | None = None, unit: str = "case") -> list[Comparison]:
    """Every two experiments of a score file against each other, as one family: the later minus the earlier.

    Raises DataError as `compare_files`, and for a file of fewer than two experiments.
    """
    frame = read_scores(path)
    names = list(dict.fromkeys(frame["experiment"].dropna())) if "experiment" in frame else []
    if len(names) < 2:
        found = f"the experiment {names[0]}" if names else "no column experiment"
        raise DataError(path, found, "two experiments at least", "Join the score files of several methods.")
    methods = {name: _chosen(path, name, unit) for name in names}
    found = []
    for number, own in enumerate(names[:-1]):
        found += differences({name: methods[name] for name in names[number:]}, own, metrics)
    return judged(found)


def read_methods(
    sides: Sequence[Sequence[str | Path]], experiments: Sequence[str] = (), unit: str = "case"
) -> dict[str, "pd.DataFrame"]:
    """The scores of two methods by name, each from the files of its trainings.

    sides: the files of each method; without a column `seed` every file is one training. experiments, unit: as in
    `compare_files`; without names a single file with two experiments holds both methods. Raises DataError as
    `read_scores`, where a method cannot be told, and where one file stands for two of its trainings.
    """
    for files in sides:
        paths = [Path(file).resolve() for file in files]
        if twice := next((file for file, path in zip(files, paths) if paths.count(path) > 1), None):
            raise DataError(twice, "one file for two trainings", "a file for each training", "Name each file once.")
    if len(sides) == 1:
        experiments = experiments or _two_experiments(sides[0][0])
        sides = [*sides, *sides]
    found = {}
    for files, experiment in zip(sides, experiments or ("", "")):
        told = f"{experiment} of {files[0]}" if experiment else str(files[0])
        name = experiment if len({*experiments}) == 2 else told
        name += " again" * (name in found)
        found[name] = _trainings([_chosen(file, experiment, unit) for file in files])
    return found


def _two_experiments(path: str | Path) -> list[str]:
    frame = read_scores(path)
    names = sorted(frame["experiment"].dropna().unique()) if "experiment" in frame else []
    if len(names) != 2:
        found = f"the experiments {', '.join(names)}" if names else "no column experiment"
        remedy = "Name two experiments, or a second file."
        raise DataError(path, found, "two experiments", remedy)
    return names


def _trainings(frames: list["pd.DataFrame"]) -> "pd.DataFrame":
    """The rows of all trainings of a method, each with its seed; the file's number where it has none."""
    import pandas as pd

    if len(frames) == 1:
        return frames[0]
    parts = []
    for number, frame in enumerate(frames):
        seeds = frame["seed"] if "seed" in frame else [0] * len(frame)
        parts.append(frame.assign(seed=[f"{number}-{seed}" for seed in seeds]))
    return pd.concat(parts)


def _chosen(path: str | Path, experiment: str, unit: str) -> "pd.DataFrame":
    frame = read_scores(path)
    if "unit" in frame or unit != "case":
        frame = _with_value(frame, path, "unit", unit)
    if experiment:
        return _with_value(frame, path, "experiment", experiment)
    several = sorted(frame["experiment"].dropna().unique()) if "experiment" in frame else []
    if len(several) > 1:
        remedy = "Name one of each file: --experiments FIRST SECOND."
        raise DataError(path, f"the experiments {', '.join(several)}", "one experiment", remedy)
    return frame


def _with_value(frame: "pd.DataFrame", path: str | Path, column: str, value: str) -> "pd.DataFrame":
    """The rows with a value in a column, at least one."""
    values = frame[column].dropna().unique() if column in frame else []
    if value not in values:
        remedy = nearest(value, values) if len(values) else ""
        raise DataError(path, f"no {column} {value!r}", f"scores of this {column}", remedy)
    return frame[frame[column] == value]


def comparison_lines(results: Sequence[Comparison]) -> list[str]:
    """A plain table of comparisons: difference, simultaneous interval, corrected p, seeds, cases."""
    pairs = len({(r.own, r.other) for r in results}) > 1
    head = ("label", "metric", "difference", "95 % interval", "p", "seeds", "n", "undefined", "note")
    rows = [(*(["methods"] if pairs else []), *head)] + [
        (
            *([f"{r.other} − {r.own}"] if pairs else []),
            r.label,
            r.metric,
            f"{r.difference:+.4g}{r.mark}",
            "" if np.isnan(r.low) else f"[{r.low:+.4g}, {r.high:+.4g}]",
            "" if np.isnan(r.p) else f"{r.p:.2g}",
            str(r.seeds),
            str(r.n),
            str(r.n_undefined),
            r.note,
        )
        for r in results
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def comparison_report(results: Sequence[Comparison], margins: Mapping[str, float]) -> list[str]:
    """The table of comparisons and the paragraph for a paper, a paragraph for each two methods."""
    pairs = dict.fromkeys((r.own, r.other) for r in results)
    texts = [comparison_text([r for r in results if (r.own, r.other) == pair], margins, results) for pair in pairs]
    return [*comparison_lines(results), *(line for text in texts for line in ("", text))]


def comparison_text(
    results: Sequence[Comparison], margins: Mapping[str, float], family: Sequence[Comparison] = ()
) -> str:
    """The comparisons of two methods as a paragraph for a paper.

    margins: by measure, declared beforehand. family: all comparisons that were judged together, if they are more.
    """
    together = [r for r in family or results if not np.isnan(r.p)]
    tested = [r for r in results if not np.isnan(r.p)]
    if not tested:
        return f"No difference was tested: fewer than {FEWEST_PATIENTS} patients."
    seeds = min(r.seeds for r in tested)
    over = f"patients and at least {seeds} trainings of each method" if seeds > 1 else "patients"
    first = tested[0]
    intervals = "simultaneous 95 % intervals" if len(together) > 1 else "its 95 % interval"
    differences, values = ("Differences are", "p values") if len(together) > 1 else ("The difference is", "p value")
    text = [
        f"{differences} the mean of {first.other} minus that of {first.own} on the same cases, with {intervals} and"
        f" {values} over {over} ({_test_of(together)})."
    ]
    text += [_sentence(r, margins.get(r.metric)) for r in tested]
    if seeds == 1:
        text.append("A method was trained once: this holds for these weights, and may not for another training.")
    return " ".join(text)


def _test_of(together: Sequence[Comparison]) -> str:
    """Which test a family was judged by, and how many comparisons it has."""
    count, flipped = len(together), sum(r.patients >= FEWEST_FOR_FLIPS for r in together)
    flips = "max-t sign flipping" if count > 1 else "sign flipping"
    student = "Student's t" + (", Bonferroni's correction" if count > 1 else "")
    tests = [flips] if flipped else [student]
    if 0 < flipped < count:
        tests.append(f"under {FEWEST_FOR_FLIPS} patients {student}")
    return "; ".join([*tests, *([f"{count} comparisons"] if count > 1 else [])])


def _sentence(r: Comparison, margin: float | None) -> str:
    name = f"{r.metric} ({r.label})" if r.label else r.metric
    cases = f"{r.n} cases" + (f" of {r.patients} patients" if r.patients != r.n else "")
    numbers = f"{r.difference:+.4g} [{r.low:+.4g}, {r.high:+.4g}], p = {r.p:.2g}, {cases}"
    said = "a difference is shown" if r.mark else "no difference is shown"
    if margin is not None and r.within(margin):
        said += f", and none larger than {margin:g} either way (two one-sided tests)"
    elif margin is not None and not r.mark:
        said += f", nor is it shown to be smaller than {margin:g}"
    return f"{name}: {numbers}; {said}."


def read_margins(texts: Iterable[str]) -> dict[str, float]:
    """Margins by measure from texts such as `dice=0.02`; DataError for anything else.

    >>> read_margins(["dice=0.02"])
    {'dice': 0.02}
    """
    margins = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            margins[name] = float(number)
        except ValueError:
            margins[name] = float("nan")
        if not (name and margins[name] > 0):
            raise DataError("--margin", repr(text), "a measure and a number above 0, such as dice=0.02", "Correct it.")
    return margins
