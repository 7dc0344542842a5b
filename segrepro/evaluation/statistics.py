"""Intervals, paired tests and table cells for per-case scores.

The unit that is resampled and tested is the patient: cases of one patient (slices, visits) are not
independent. A score file or frame has the columns `case`, `patient`, measures, and where they apply
the other `KEYS`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.bootstrap import bca_interval, expanded_level, holm, per_patient, wilcoxon_test
from segrepro.utils.errors import MetricError, nearest

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("experiment", "fold", "case", "patient", "site", "checkpoint", "unit", "label")  # columns that say whose score
DIAGONAL = "diagonal_mm"
FEW_FOR_INTERVAL = 10  # patients
FEW_FOR_TEST = 6  # patients: with fewer no outcome of the Wilcoxon test reaches p < 0.05
NAN = float("nan")


@dataclass(frozen=True)
class Summary:
    """One measure over many cases.

    mean, std (n - 1) over the n cases whose value is defined; low, high: the 95 % interval of the mean;
    n_undefined: cases left out; mean_with_replacement: the mean over all cases with undefined values
    replaced; note: what keeps the numbers from saying anything, or "".
    """

    mean: float
    std: float
    low: float
    high: float
    n: int
    n_undefined: int
    mean_with_replacement: float
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """Two methods on the same cases, `other` minus `own`.

    difference: mean over the n cases where both are defined, with its 95 % interval low, high; p: two-sided
    Wilcoxon signed-rank test over patients; p_corrected: Holm, over all comparisons of the table; effect:
    matched-pairs rank-biserial correlation, 1 when `other` is larger in every patient, -1 when it is smaller.
    """

    own: str
    other: str
    metric: str
    label: str
    difference: float
    low: float
    high: float
    p: float
    p_corrected: float
    effect: float
    n: int
    n_undefined: int
    note: str = ""

    @property
    def significant(self) -> bool:
        """Whether the corrected p is below 0.05."""
        return self.p_corrected < 0.05


def summarise(
    values: Sequence[float],
    patients: Sequence[object] | None = None,
    seed: int = 0,
    replacement: float | Sequence[float] | None = None,
) -> Summary:
    """Mean, spread and 95 % interval of one measure.

    values: one a case, NaN where undefined. patients: whose case it is (default: every case its own patient).
    replacement: what stands for undefined values in `mean_with_replacement`, one number or one a case (the
    image's diagonal for distances); without it that mean is NaN as soon as a value is undefined. The interval
    is the BCa bootstrap over patients (`bca_interval` at `expanded_level`); NaN below 2 patients. Raises
    MetricError when the lengths differ or there is no case.

    >>> summary = summarise([1.0, 2.0, 3.0, float("nan")], replacement=6.0)
    >>> summary.mean, summary.n, summary.n_undefined, summary.mean_with_replacement, summary.note
    (2.0, 3, 1, 3.0, 'only 3 patients: the interval says little')
    """
    values = np.asarray(values, float)
    patients = _patients(values, patients)
    defined = ~np.isnan(values)
    kept = values[defined]
    low, high, note = _interval(kept, patients[defined], seed)
    filled = np.where(defined, values, NAN if replacement is None else np.asarray(replacement, float))
    return Summary(
        mean=float(kept.mean()) if kept.size else NAN,
        std=float(kept.std(ddof=1)) if kept.size > 1 and np.isfinite(kept).all() else NAN,
        low=low,
        high=high,
        n=int(kept.size),
        n_undefined=int(values.size - kept.size),
        mean_with_replacement=float(filled.mean()),
        note=note,
    )


def measures_of(frame: "pd.DataFrame") -> list[str]:
    """The columns of a score frame that hold measures."""
    return [c for c in frame.select_dtypes("number").columns if c not in (*KEYS, DIAGONAL)]


def compare_methods(
    table: Mapping[str, "pd.DataFrame"], own: str, metrics: Sequence[str] | None = None, seed: int = 0
) -> list[Comparison]:
    """Every other method of a table against the paper's own, on the same cases, for each measure and label.

    table: method -> score frame with `case`, `patient`, measures and, with several labels, `label`.
    own: the method that the others are compared with. metrics: default all that every frame has.
    p values are Holm-corrected over everything that is returned.
    Raises MetricError when a method is unknown, a case occurs twice, or two methods were not scored on the
    same cases.

    >>> import pandas as pd
    >>> dice = [0.5, 0.6, 0.7, 0.4, 0.8, 0.3, 0.6, 0.7]
    >>> own = pd.DataFrame({"case": range(8), "patient": range(8), "dice": dice})
    >>> [result] = compare_methods({"ours": own, "theirs": own.assign(dice=own.dice - 0.1)}, "ours")
    >>> round(result.difference, 3), result.effect, result.significant
    (-0.1, -1.0, True)
    """
    if own not in table:
        raise MetricError("compare", f"no method {own!r}", "one of the table", nearest(own, table))
    results = []
    for other in (name for name in table if name != own):
        frames = _aligned(own, table[own], other, table[other])
        shared = [m for m in measures_of(frames[0]) if m in frames[1]]
        names = shared if metrics is None else _known(_known(metrics, frames[0], own), frames[1], other)
        for label, rows in _labels(frames[0]):
            patients = frames[0]["patient"].to_numpy()[rows]
            for metric in names:
                a, b = (f[metric].to_numpy(float)[rows] for f in frames)
                results.append(_compare(own, other, metric, label, b - a, patients, seed))
    return holm_corrected(results)


def holm_corrected(results: Iterable[Comparison]) -> list[Comparison]:
    """The comparisons with `p_corrected` over all of them, whatever it was before."""
    results = list(results)
    return [replace(r, p_corrected=float(p)) for r, p in zip(results, holm([r.p for r in results]))]


def format_cell(summary: Summary, significant: bool = False, digits: int = 3) -> str:
    """A table cell: mean ± std, the interval, * where significant, and what is undefined.

    >>> format_cell(Summary(0.4867, 0.283, 0.45, 0.523, 229, 2, NAN), significant=True)
    '0.487 ± 0.283 [0.450, 0.523]* (2 of 231 undefined)'
    >>> format_cell(Summary(NAN, NAN, NAN, NAN, 0, 3, 52.0))
    '3 of 3 undefined; 52.000 with the diagonal'
    """
    undefined = undefined_text(summary.n, summary.n_undefined, summary.mean_with_replacement, digits)
    if not summary.n:
        return undefined
    cell = f"{summary.mean:.{digits}f}"
    if not np.isnan(summary.std):
        cell += f" ± {summary.std:.{digits}f}"
    if not np.isnan(summary.low):
        cell += f" [{summary.low:.{digits}f}, {summary.high:.{digits}f}]"
    cell += "*" if significant else ""
    return f"{cell} ({undefined})" if undefined else cell


def undefined_text(n: int, n_undefined: int, mean_with_replacement: float | None, digits: int = 3) -> str:
    """How many cases a mean leaves out, and the mean with the image's diagonal for them where there is one.

    >>> undefined_text(18, 2, 31.2), undefined_text(18, 2, None), undefined_text(20, 0, 25.0)
    ('2 of 20 undefined; 31.200 with the diagonal', '2 of 20 undefined', '')
    """
    if not n_undefined:
        return ""
    replaced = mean_with_replacement is not None and not np.isnan(mean_with_replacement)
    text = f"{n_undefined} of {n + n_undefined} undefined"
    return f"{text}; {mean_with_replacement:.{digits}f} with the diagonal" if replaced else text


def _patients(values: np.ndarray, patients: Sequence[object] | None) -> np.ndarray:
    if values.ndim != 1 or not values.size:
        raise MetricError("values", f"shape {values.shape}", "one value a case", "Score at least one case.")
    patients = np.arange(values.size) if patients is None else np.asarray(patients)
    if patients.shape != values.shape:
        raise MetricError("patients", f"{patients.size} patients", f"{values.size}, one a case")
    return patients


def _interval(values: np.ndarray, patients: np.ndarray, seed: int) -> tuple[float, float, str]:
    if not values.size:
        return NAN, NAN, "no defined value"
    if not np.isfinite(values).all():
        return NAN, NAN, "infinite values: no interval"
    sums, counts = per_patient(values, patients)
    if sums.size < 2:
        return NAN, NAN, "only 1 patient: no interval"
    note = f"only {sums.size} patients: the interval says little" if sums.size < FEW_FOR_INTERVAL else ""
    return *bca_interval(sums, counts, seed, level=expanded_level(sums.size)), note


def _compare(own, other, metric, label, differences: np.ndarray, patients: np.ndarray, seed: int) -> Comparison:
    defined = ~np.isnan(differences)
    kept, patients = differences[defined], patients[defined]
    low, high, note = _interval(kept, patients, seed)
    p, effect = NAN, NAN
    if kept.size:
        sums, counts = per_patient(kept, patients)
        p, effect = wilcoxon_test(sums / counts)
        if sums.size < FEW_FOR_TEST:
            note = f"only {sums.size} patients: no difference could be significant"
    mean = float(kept.mean()) if kept.size else NAN
    undefined = int(differences.size - kept.size)
    return Comparison(own, other, metric, label, mean, low, high, p, NAN, effect, int(kept.size), undefined, note)


def _aligned(own: str, first: "pd.DataFrame", other: str, second: "pd.DataFrame") -> tuple["pd.DataFrame", ...]:
    """Both frames in the order of their cases, which have to be the same."""
    keys = [k for k in ("case", "label") if k in first and k in second]
    frames = []
    for name, frame in ((own, first), (other, second)):
        missing = {"case", "patient"} - set(frame.columns)
        if missing:
            raise MetricError(name, f"no column {min(missing)!r}", "the columns case and patient")
        if frame.duplicated(keys).any():
            raise MetricError(name, "a case that occurs twice", "one row a case and label", "Keep one experiment.")
        frames.append(frame.sort_values(keys).reset_index(drop=True))
    cases = [set(map(tuple, f[keys].astype(str).to_numpy())) for f in frames]
    if cases[0] != cases[1]:
        alone = sorted(" ".join(c) for c in cases[0] ^ cases[1])
        found = f"{len(alone)} cases in one of both only ({', '.join(alone[:5])}{', ...' if alone[5:] else ''})"
        raise MetricError(f"{own} and {other}", found, "the same cases", "Score both on the same cases.")
    return tuple(frames)


def _labels(frame: "pd.DataFrame") -> list[tuple[str, np.ndarray]]:
    if "label" not in frame:
        return [("", np.arange(len(frame)))]
    labels = frame["label"].astype(str).to_numpy()
    return [(label, np.flatnonzero(labels == label)) for label in sorted(set(labels))]


def _known(metrics: Sequence[str], frame: "pd.DataFrame", name: str) -> list[str]:
    measures = measures_of(frame)
    for metric in metrics:
        if metric not in measures:
            raise MetricError(name, f"no measure {metric!r}", "a measure of the scores", nearest(metric, measures))
    return list(metrics)
