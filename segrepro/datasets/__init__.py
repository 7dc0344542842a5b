"""Data sets: where their cases lie on disk, and what is wrong with them."""

from segrepro.datasets.base import Case, Dataset, image_roles, layout_names, open_dataset
from segrepro.datasets.version import fingerprint

__all__ = ["Case", "Dataset", "fingerprint", "image_roles", "layout_names", "open_dataset"]
