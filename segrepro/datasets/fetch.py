"""Making a data set's scans available."""

import json
from pathlib import Path

from segrepro.datasets.base import fingerprint
from segrepro.errors import DataError
from segrepro.files import whole_file


def fetch_dataset(settings: dict, workers: int, output: Path) -> None:
    """Write the phantom, or see that the folder is there; then write `output`, JSON with folder and contents' hash.

    settings: what DatasetPlan.settings gives. A phantom that is complete is kept.
    """
    from segrepro.phantoms import write_phantom

    folder = Path(settings["folder"])
    if settings["source"] == "phantom" and not folder.is_dir():
        write_phantom(settings["layout"], folder, workers=workers, **settings["phantom"])
    if not folder.is_dir():
        raise DataError(folder, "no such folder", settings["title"], settings["access"])
    where = {"folder": str(folder), "source": settings["source"], "contents": fingerprint(folder)}
    with whole_file(output) as partial:
        partial.write_text(json.dumps(where, indent=2) + "\n")
