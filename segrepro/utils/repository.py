"""The checkout, and the folders beside the library that an install puts into it: studies, published numbers, rules."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
REPOSITORY = PACKAGE.parent


def shipped(folder: str) -> Path:
    """A folder of the checkout that is installed with the library: `studies`, `published` or `rules`."""
    return REPOSITORY / folder if (REPOSITORY / "Snakefile").exists() else PACKAGE / folder
