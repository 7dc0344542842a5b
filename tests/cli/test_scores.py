"""`segrepro evaluate` and `segrepro compare`."""

import json

import numpy as np
import pytest

from segrepro.images.io import write_image
from tests.scans import affine_of


@pytest.fixture
def folders(tmp_path):
    """Eight pairs of masks: the prediction is the truth moved by one voxel."""
    for number in range(8):
        truth = np.zeros((10, 10, 4), np.uint8)
        truth[2 : 5 + number % 3, 3:7, 1:3] = 1
        for name, mask in (("truth", truth), ("one", np.roll(truth, 1, 0)), ("two", truth)):
            write_image(tmp_path / name / f"c{number}.nii.gz", mask, affine_of("RAS", (1, 1, 1)))
    return tmp_path


def test_scores_of_a_folder_and_the_same_in_json(call, folders):
    code, out, _ = call(
        "evaluate", "--prediction", "two", "--reference", "truth", "--output", "two.csv", "--workers", 1
    )
    assert (code, out.strip()) == (0, "two.csv")
    words = ["evaluate", "--prediction", "one", "--reference", "truth", "--output", "one.csv", "--workers", 1, "--json"]
    code, out, _ = call(*words)
    scores = json.loads(out)["scores"]
    assert (code, len(scores)) == (0, 8)
    assert all(0.5 < row["dice"] < 1 for row in scores)
    code, out, _ = call("compare", "one.csv", "two.csv", "--metric", "dice")
    assert code == 0
    assert "dice" in out


def test_a_missing_mask_is_one_line(call, folders):
    (folders / "one/c0.nii.gz").unlink()
    code, _, err = call("evaluate", "--prediction", "one", "--reference", "truth", "--output", "one.csv")
    assert code == 2
    assert "c0" in err.splitlines()[-1]
    assert not (folders / "one.csv").exists()
