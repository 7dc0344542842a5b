"""Data sets: where their cases lie on disk, and what is wrong with them."""

from segrepro.datasets.base import Case, Dataset, fingerprint, image_roles, layout_names, open_dataset

__all__ = ["Case", "Dataset", "fingerprint", "image_roles", "layout_names", "open_dataset"]
