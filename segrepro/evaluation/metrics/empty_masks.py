"""What a measure is worth when a mask is empty: one table of rules, named per study.

A rule gives, for one measure, its value when the prediction is empty, when the reference is empty and when
both are; the registry has those of the default convention.
`FORMULA` keeps what the formula gives (Dice of an empty prediction is 0); NaN marks the value as undefined.
Undefined values are kept: every mean states how many it left out.
"""

from collections.abc import Mapping

from segrepro.evaluation.metrics.registry import FORMULA, LESIONS, MASKS, UNDEFINED, Rule
from segrepro.utils.errors import MetricError, nearest


def ratios(value: float) -> dict[str, Rule]:
    """Overlap rules of code that gives `value` wherever a denominator is 0."""
    return {
        "dice": Rule(both_empty=value),
        "iou": Rule(both_empty=value),
        "precision": Rule(empty_prediction=value, both_empty=value),
        "recall": Rule(empty_reference=value, both_empty=value),
    }


_UNDEFINED = {metric.name: metric.empty for metric in (*MASKS, *LESIONS) if metric.empty}
#: Named conventions. `undefined` is the default: NaN wherever the formula divides by 0 or has no surface to
#: measure to.
CONVENTIONS: dict[str, dict[str, Rule]] = {
    "undefined": _UNDEFINED,
    # X-Net's released evaluation: 0 when the denominator is 0.
    "xnet": {**_UNDEFINED, **ratios(0.0)},
    # The pseudo-DWI paper is silent: its scans all have a lesion, and an empty prediction is reported, not
    # dropped.
    "pseudo_dwi": _UNDEFINED,
    # The challenge's scorer: no lesion to find means all found, no detection means none false; Dice 0/0 stays
    # NaN.
    "wmh": {
        **_UNDEFINED,
        "lesion_recall": Rule(empty_reference=1.0, both_empty=1.0),
        "lesion_precision": Rule(empty_prediction=1.0, both_empty=1.0),
        "lesion_f1": Rule(both_empty=1.0),
    },
    # The released notebooks add 1e-7 to numerator and denominator: two empty masks agree fully.
    "scse": {**_UNDEFINED, "dice": Rule(both_empty=1.0), "iou": Rule(both_empty=1.0)},
    # HLE-Net is silent; every ISIC image and every scored spleen volume has a foreground.
    "hlenet": _UNDEFINED,
    # The ISLES 2022 scorer: two empty masks agree fully.
    "isles2022": {**_UNDEFINED, "dice": Rule(both_empty=1.0), "lesion_f1": Rule(both_empty=1.0)},
}
Convention = str | Mapping[str, Mapping[str, object] | Rule]


def convention(rules: Convention = "undefined") -> dict[str, Rule]:
    """The rule table of that name, or the default table with the given measures replaced.

    rules: a name of `CONVENTIONS`, or a mapping as it stands in a config file: measure -> {empty_prediction,
    empty_reference, both_empty}, each a number, "nan" or "formula" (the value of what is left out).
    Raises MetricError for a name, a measure, a case or a value that does not exist.

    >>> convention({"dice": {"both_empty": 1}})["dice"].both_empty
    1.0
    >>> convention("xnet")["precision"].empty_prediction
    0.0
    """
    if isinstance(rules, str):
        if rules not in CONVENTIONS:
            raise MetricError("empty masks", f"the convention {rules!r}", "a known one", nearest(rules, CONVENTIONS))
        return CONVENTIONS[rules]
    table = dict(_UNDEFINED)
    for metric, rule in rules.items():
        if metric not in table:
            raise MetricError("empty masks", f"the measure {metric!r}", "a known one", nearest(metric, table))
        table[metric] = rule if isinstance(rule, Rule) else _rule(metric, rule)
    return table


def _rule(metric: str, cases: Mapping[str, object]) -> Rule:
    known = Rule.__dataclass_fields__
    for case in cases:
        if case not in known:
            raise MetricError(f"empty masks, {metric}", f"{case!r}", "a known case", nearest(case, known))
    return Rule(**{case: _number(f"empty masks, {metric}, {case}", value) for case, value in cases.items()})


def _number(where: str, value: object) -> float | str:
    if value == FORMULA:
        return FORMULA
    try:
        return float(value)
    except (TypeError, ValueError):
        raise MetricError(where, repr(value), 'a number, "nan" or "formula"') from None


def apply_convention(
    measures: dict[str, float], prediction_empty: bool, reference_empty: bool, rules: Convention = "undefined"
) -> dict[str, float]:
    """The measures with the values that the convention gives for empty masks; unchanged where neither is
    empty.

    >>> apply_convention({"dice": float("nan")}, True, True, "scse")
    {'dice': 1.0}
    """
    table = convention(rules)
    replaced = dict(measures)
    for name in measures.keys() & table.keys():
        value = table[name].value(prediction_empty, reference_empty)
        if value != FORMULA:
            replaced[name] = value
    return replaced


def ratio(numerator: float, denominator: float) -> float:
    """numerator / denominator, NaN where the denominator is 0.

    >>> ratio(1, 2), ratio(0, 0)
    (0.5, nan)
    """
    return float(numerator / denominator) if denominator else UNDEFINED
