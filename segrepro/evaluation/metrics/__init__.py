"""Measures of segmentations and images, each with its definition and its rule for empty masks."""

from segrepro.evaluation.metrics.challenges import (
    chaos_scores,
    isic2017_scores,
    isles2018_scores,
    isles2022_scores,
    wmh2017_scores,
)
from segrepro.evaluation.metrics.empty_masks import CONVENTIONS, apply_convention, convention
from segrepro.evaluation.metrics.image_quality import image_quality
from segrepro.evaluation.metrics.lesions import lesion_metrics
from segrepro.evaluation.metrics.registry import METRICS, Metric
from segrepro.evaluation.metrics.segmentation import diagonal_mm, segmentation_metrics

__all__ = [
    "CONVENTIONS",
    "METRICS",
    "Metric",
    "apply_convention",
    "chaos_scores",
    "convention",
    "diagonal_mm",
    "image_quality",
    "isic2017_scores",
    "isles2018_scores",
    "isles2022_scores",
    "lesion_metrics",
    "segmentation_metrics",
    "wmh2017_scores",
]
