"""Which cases a report shows pictures of, where it cannot show all."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("dice", "ssim")  # the first that was scored says what is good
KINDS = ("worst", "best", "middle score", "methods disagree")


def examples(sizes: Mapping[str, float], scores: "pd.DataFrame", limit: int) -> dict[str, str]:
    """At most `limit` of the cases, from small to large label, and what each is an example of.

    sizes: of each case's label. scores: rows of whole cases by method and label. The worst, the best, the middle by the
    mean over methods, and those with the largest spread between methods; what is left, or has no score, at even steps
    through the sizes. No case is named as an example where all are shown.
    """
    ordered = sorted(sizes, key=lambda case: (sizes[case], case))
    if len(ordered) <= limit:
        return dict.fromkeys(ordered, "")
    found: dict[str, str] = {}
    for kind, cases in _by_kind(ordered, scores).items():
        free = [case for case in cases if case not in found]
        found |= dict.fromkeys(free[: limit // (len(KINDS) + 1)], kind)
    rest = [case for case in ordered if case not in found]
    steps = np.linspace(0, len(rest) - 1, limit - len(found)).round().astype(int)
    found |= {rest[step]: "by size" for step in steps}
    return {case: found[case] for case in ordered if case in found}


def _by_kind(cases: list[str], scores: "pd.DataFrame") -> dict[str, list[str]]:
    """For each kind the cases, the clearest example first."""
    rows = scores[(scores["unit"] == "case") & scores["case"].isin(cases)]
    measure = next((name for name in MEASURES if name in rows and rows[name].notna().any()), None)
    if measure is None:
        return {}
    by_method = rows.groupby(["case", "experiment"])[measure].mean().unstack()
    mean, spread = by_method.mean(axis=1).dropna(), by_method.std(axis=1, ddof=0).dropna()
    from_middle = (mean - mean.median()).abs()
    orders = (mean, -mean, from_middle, -spread)
    return {kind: list(order.sort_values(kind="stable").index) for kind, order in zip(KINDS, orders)}
