"""What is known of every metric without computing it: unit, which way is better, what an empty mask makes of it.

An entry here is all that a new metric needs beside its code: score files, checks of studies, tables and the rules for
empty masks follow from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

FORMULA = "formula"
UNDEFINED = float("nan")


@dataclass(frozen=True)
class Rule:
    """Values of one metric for empty masks; `FORMULA` leaves the formula's own value."""

    empty_prediction: float | str = FORMULA
    empty_reference: float | str = FORMULA
    both_empty: float | str = FORMULA

    def value(self, prediction_empty: bool, reference_empty: bool) -> float | str:
        """The rule's value for this pair; `FORMULA` where neither mask is empty."""
        if prediction_empty and reference_empty:
            return self.both_empty
        if prediction_empty:
            return self.empty_prediction
        return self.empty_reference if reference_empty else FORMULA


@dataclass(frozen=True)
class Metric:
    """One column of a score file.

    unit: "" for a fraction or a count. higher_is_better: None where neither is. empty: its rule under the convention
    `undefined`; None where a study cannot set one.
    """

    name: str
    unit: str = ""
    higher_is_better: bool | None = True
    empty: Rule | None = None


_NO_REFERENCE = Rule(empty_reference=UNDEFINED, both_empty=UNDEFINED)
_NO_PREDICTION = Rule(empty_prediction=UNDEFINED, both_empty=UNDEFINED)
_BOTH_EMPTY = Rule(both_empty=UNDEFINED)
_NO_SURFACE = Rule(UNDEFINED, UNDEFINED, UNDEFINED)

#: Of `segmentation_metrics`.
MASKS = (
    Metric("dice", empty=_BOTH_EMPTY),
    Metric("iou", empty=_BOTH_EMPTY),
    Metric("precision", empty=_NO_PREDICTION),
    Metric("recall", empty=_NO_REFERENCE),
    Metric("accuracy", empty=Rule()),
    Metric("specificity", empty=Rule()),
    Metric("rve", higher_is_better=False, empty=_NO_REFERENCE),
    Metric("avd_percent", "%", False, _NO_REFERENCE),
    Metric("prediction_volume_ml", "ml", None),
    Metric("reference_volume_ml", "ml", None),
    Metric("hd_mm", "mm", False, _NO_SURFACE),
    Metric("hd95_mm", "mm", False, _NO_SURFACE),
    Metric("assd_mm", "mm", False, _NO_SURFACE),
    Metric("diagonal_mm", "mm", None),
)
#: Of `lesion_metrics`.
LESIONS = (
    Metric("lesion_recall", empty=_NO_REFERENCE),
    Metric("lesion_precision", empty=_NO_PREDICTION),
    Metric("lesion_f1", empty=_BOTH_EMPTY),
    Metric("lesion_count_difference", higher_is_better=False),
    Metric("prediction_lesions", higher_is_better=None),
    Metric("reference_lesions", higher_is_better=None),
)
#: Of `synthesis_scores`.
SYNTHESIS = (
    Metric("ssim"),
    Metric("ssim_uniform"),
    Metric("psnr", "dB"),
    Metric("local_ssim"),
    Metric("local_ssim_uniform"),
    Metric("local_psnr", "dB"),
)
_KNOWN = {metric.name: metric for metric in (*MASKS, *LESIONS)}


def _known(*names: str) -> tuple[Metric, ...]:
    return tuple(_KNOWN[name] for name in names)


#: Of each challenge's function in `challenges`, in its order; in score files the challenge's name stands before them.
CHALLENGES = {
    "wmh2017": _known("dice", "hd95_mm", "avd_percent", "lesion_recall", "lesion_f1"),
    "chaos": (
        *_known("dice"),
        Metric("ravd_percent", "%", False),
        *_known("assd_mm"),
        Metric("mssd_mm", "mm", False),
    ),
    "isic2017": (*_known("accuracy", "dice"), Metric("jaccard"), Metric("sensitivity"), *_known("specificity")),
    "isles2018": (*_known("dice", "precision", "recall", "hd_mm", "assd_mm"), Metric("avd_ml", "ml", False)),
    "isles2022": (
        *_known("dice"),
        Metric("avd_ml", "ml", False),
        *_known("lesion_count_difference", "lesion_f1"),
    ),
}
#: Every metric by its column in score files.
METRICS = {metric.name: metric for metric in (*MASKS, *LESIONS, *SYNTHESIS)} | {
    f"{challenge}_{metric.name}": replace(metric, name=f"{challenge}_{metric.name}")
    for challenge, metrics in CHALLENGES.items()
    for metric in metrics
}


def names_of(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """The names of metrics, in their order."""
    return tuple(metric.name for metric in metrics)


def scored_columns(challenges: Iterable[str]) -> list[str]:
    """The metrics of a run's scores, where data sets are scored by these challenges too.

    >>> scored_columns(["chaos"])[-1]
    'chaos_mssd_mm'
    """
    own = [f"{challenge}_{name}" for challenge in challenges for name in names_of(CHALLENGES[challenge])]
    return [*names_of(MASKS), *names_of(SYNTHESIS), *own]
