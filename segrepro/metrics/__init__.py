"""Measures of segmentations and images, each with its definition and its rule for empty masks."""

from segrepro.metrics.conventions import CONVENTIONS, apply_convention, convention
from segrepro.metrics.segmentation import diagonal_mm, segmentation_metrics

__all__ = ["CONVENTIONS", "apply_convention", "convention", "diagonal_mm", "segmentation_metrics"]
