"""Data sets: where their cases lie on disk, and what is wrong with them."""

from segrepro.datasets.case import Case, Dataset
from segrepro.datasets.layouts import image_roles, layout_names, open_dataset

__all__ = ["Case", "Dataset", "image_roles", "layout_names", "open_dataset"]
