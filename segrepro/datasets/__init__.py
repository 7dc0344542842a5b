"""Data sets: where their cases lie on disk, and what is wrong with them."""

from segrepro.datasets.case import Case, Dataset
from segrepro.datasets.layouts import layout_names, modalities_of, open_dataset

__all__ = ["Case", "Dataset", "modalities_of", "layout_names", "open_dataset"]
