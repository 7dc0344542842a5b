"""What score files say about the gap that they can show."""

import numpy as np
import pandas as pd
import pytest

from segrepro.evaluation.power_report import power_lines
from segrepro.utils.errors import DataError, SegreproError


@pytest.fixture
def scores(tmp_path):
    """Two networks of known spread on 100 patients: paired sd 0.1, seed sd 0.02."""
    rng = np.random.default_rng(0)
    cases = [f"c{number:03}" for number in range(100)]
    rows = []
    for name in ("unet", "xnet"):
        own = rng.normal(0.5, 0.1 / np.sqrt(2), 100)
        for seed, shift in enumerate((-0.02, 0.0, 0.02)):
            rows.append(pd.DataFrame({"experiment": name, "seed": seed, "case": cases, "dice": own + shift}))
    pd.concat(rows).to_csv(tmp_path / "scores.csv", index=False)
    return tmp_path / "scores.csv"


def test_the_spread_is_read_from_the_scores(scores):
    lines = power_lines([scores], 0.06)
    assert lines[0].startswith("100 patients; a paired difference varies by 0.09367 (")
    assert lines[1] == "a mean varies by 0.02 from seed to seed; here 3 seeds"
    assert [line.split()[0] for line in lines[3:-1]] == ["2", "3", "5", "8", "10"]
    assert lines[-1] == "with these 100 patients 0.06 asks for 4 seeds"


def test_one_seed_says_what_it_cannot_know(scores):
    frame = pd.read_csv(scores)
    frame[frame["seed"] == 0].to_csv(scores, index=False)
    lines = power_lines([scores], 0.03)
    assert lines[1].startswith("trained once")
    assert lines[-1].endswith("patients")
    assert power_lines([scores], 0.06, seed_sd=0.02)[1] == "a mean varies by 0.02 from seed to seed; here 1 seed"


def test_a_file_a_method(scores):
    frame = pd.read_csv(scores)
    for name in ("unet", "xnet"):
        frame[frame["experiment"] == name].to_csv(scores.with_name(f"{name}.csv"), index=False)
    assert power_lines([scores.with_name("unet.csv"), scores.with_name("xnet.csv")], 0.06) == power_lines(
        [scores], 0.06
    )


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"gap": 0.0}, "0"),
        ({"metric": "iou"}, "no column 'iou'"),
        ({"experiments": ("unet", "xnt")}, "no experiment 'xnt'"),
    ],
)
def test_what_cannot_be_told_is_refused(scores, options, found):
    with pytest.raises(SegreproError) as error:
        power_lines([scores], **{"gap": 0.03} | options)
    assert error.value.found == found


def test_five_patients_and_a_third_experiment_are_refused(scores):
    frame = pd.read_csv(scores)
    frame[frame["case"] < "c005"].to_csv(scores, index=False)
    with pytest.raises(DataError) as error:
        power_lines([scores], 0.03)
    assert error.value.found == "5 patients"
    pd.concat([frame, frame.assign(experiment="resunet")]).drop_duplicates().to_csv(scores, index=False)
    with pytest.raises(DataError) as error:
        power_lines([scores], 0.03)
    assert error.value.found == "the experiments resunet, unet, xnet"


def test_what_no_number_can_show_is_said_so(scores):
    lines = power_lines([scores], 0.01)
    assert lines[3].endswith("no number suffices")
    assert power_lines([scores], 0.001)[-1] == "with these 100 patients 0.001 asks for more than 100 seeds"


def test_cases_that_were_divided_anew_are_refused(scores):
    """Each training has other patients: more seeds would bring more of them, of which the formula knows nothing."""
    frame = pd.read_csv(scores)
    frame["division"] = frame["seed"]
    held_out = frame["case"].str[1:].astype(int) % 3 == frame["seed"]
    frame[held_out].to_csv(scores, index=False)
    with pytest.raises(DataError) as error:
        power_lines([scores], 0.03)
    assert error.value.found == "3 divisions of the cases"
