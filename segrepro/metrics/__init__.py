"""Measures of segmentations and images, each with its definition and its rule for empty masks."""

from segrepro.metrics.challenge import (
    chaos_scores,
    chaos_spacing_mm,
    isic2017_scores,
    isles2018_scores,
    isles2022_scores,
    wmh2017_scores,
)
from segrepro.metrics.conventions import CONVENTIONS, apply_convention, convention
from segrepro.metrics.image_quality import image_quality
from segrepro.metrics.lesions import lesion_metrics
from segrepro.metrics.segmentation import diagonal_mm, segmentation_metrics

__all__ = [
    "CONVENTIONS",
    "apply_convention",
    "chaos_scores",
    "chaos_spacing_mm",
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
