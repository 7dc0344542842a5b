"""The checkout: the files of studies and published numbers, beside the library."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
