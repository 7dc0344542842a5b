"""`segrepro evaluate` and `segrepro compare`."""

import json
import shutil

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


def test_evaluate_tests_against_another_method_from_several_trainings(call, folders):
    for name in ("one", "two"):
        words = ["--prediction", name, "--reference", "truth", "--output", f"{name}.csv", "--workers", 1]
        assert call("evaluate", *words)[0] == 0
    twice = ["--against", "one.csv", "--against", "one.csv"]
    code, _, err = call("evaluate", *words, *twice)
    assert (code, "one file for two trainings" in err) == (2, True)
    for name in ("one", "two"):
        shutil.copy(f"{name}.csv", f"{name}_again.csv")
    more = ["--also", "two_again.csv", "--against", "one.csv", "--against", "one_again.csv", "--margin", "dice=0.02"]
    code, out, err = call("evaluate", *words, *more)
    assert code == 0, err
    assert out.splitlines()[0] == "two.csv"
    [dice] = [line for line in out.splitlines() if line.split()[1:2] == ["dice"]]
    assert "*" in dice  # two trainings of each: a difference of methods, not of weights
    assert "over patients and at least 2 trainings of each method" in out
    code, _, err = call("evaluate", *words, "--against", "one.csv", "--margin", "dice")
    assert (code, "--margin" in err) == (2, True)


def test_all_pairs_take_one_file(call, folders):
    words = ["--prediction", "one", "--reference", "truth", "--output", "one.csv", "--workers", 1]
    call("evaluate", *words)
    code, _, err = call("compare", "one.csv", "--all-pairs")
    assert (code, "the experiment one" in err) == (2, True)
    code, _, err = call("compare", "one.csv", "one.csv", "--all-pairs")
    assert (code, "--all-pairs" in err) == (2, True)
    code, _, err = call("compare", "one.csv")
    assert (code, "one file" in err) == (2, True)


def test_a_missing_mask_is_one_line(call, folders):
    (folders / "one/c0.nii.gz").unlink()
    code, _, err = call("evaluate", "--prediction", "one", "--reference", "truth", "--output", "one.csv")
    assert code == 2
    assert "c0" in err.splitlines()[-1]
    assert not (folders / "one.csv").exists()
