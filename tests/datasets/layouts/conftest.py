"""Phantoms of CHAOS on disk."""

import pytest

from segrepro.datasets.phantoms import write_phantom
from tests.datasets.layouts.chaos import SMALL


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """CT and MR in one folder, as the challenge's training archive unpacks."""
    folder = tmp_path_factory.mktemp("chaos")
    write_phantom("chaos_ct", folder / "CT", patients=3, **SMALL)
    write_phantom("chaos_mr", folder / "MR", patients=2, **SMALL)
    sets = folder / "CHAOS" / "Train_Sets"
    sets.mkdir(parents=True)
    for part in ("CT", "MR"):
        (folder / part / "Train_Sets" / part).rename(sets / part)
    return folder / "CHAOS"
