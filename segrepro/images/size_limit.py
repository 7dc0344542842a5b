"""How much memory one image may take: known from its header, before anything is unpacked."""

import os
from pathlib import Path

from segrepro.utils.errors import DataError

LIMIT = "SEGREPRO_LARGEST_IMAGE_GB"
LARGEST_GB = 2.0
# Scans and masks are packed to no less than a hundredth; a small file that would become huge is damaged or a trap.
MOST_PACKED, UNSUSPICIOUS = 100, 2**29


def require_size(path: Path, size: int, stored: int) -> None:
    """Raise DataError for an image too large to read.

    size: bytes that it has in memory, by its header. stored: bytes of its file.
    """
    if LIMIT in os.environ:
        most = float(os.environ[LIMIT]) * 2**30
    else:
        most = min(LARGEST_GB * 2**30, max(UNSUSPICIOUS, MOST_PACKED * stored))
    if size > most:
        found = f"{size / 2**30:.3g} GB in memory from a file of {stored / 2**20:.3g} MB"
        remedy = f"If it is meant, set {LIMIT} to more in the environment."
        raise DataError(path, found, f"at most {most / 2**30:.3g} GB", remedy)
