"""segrepro: five medical-image-segmentation papers, from raw scans to their printed tables and figures."""

from pathlib import Path

__version__ = "0.1.0"
# The checkout, with the files that studies are made of: published/, studies/.
REPOSITORY = Path(__file__).resolve().parent.parent
