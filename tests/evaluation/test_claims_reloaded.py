"""Scores by case, as the website of Claims Reloaded takes them: read, written, and made pairs of."""

import pytest
from scipy.stats import ttest_rel

from segrepro.evaluation.claims_reloaded import holds_case_scores, pairs_of, read_case_scores, write_case_scores
from segrepro.utils.errors import DataError
from tests.raised import raised

# The example of claims-reloaded.dkfz.de.
EXAMPLE = """case_id,alg_01,alg_02,alg_03
1,0.9254,0.8712,0.9701
2,0.6753,0.7330,0.8902
3,0.8120,0.7991,0.9405
4,0.9012,0.8450,0.9603
"""
OURS = """experiment,seed,case,patient,unit,label,dice,hd95
a,0,007,p1,case,lesion,0.5,3
a,1,007,p1,case,lesion,0.7,3
a,0,008,p2,case,lesion,0.2,3
a,0,009,p3,case,lesion,0.3,3
a,0,010,p4,case,lesion,,3
a,0,007,p1,slice,lesion,0.1,3
b,0,007,p1,case,lesion,0.55,3
b,0,008,p2,case,lesion,0.4,3
b,0,009,p3,case,lesion,0.9,3
b,0,010,p4,case,lesion,0.9,3
"""


def write(tmp_path, text):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    return path


def test_the_websites_example_is_read_and_written_as_it_is(tmp_path):
    path = write(tmp_path, EXAMPLE)
    assert holds_case_scores(path)
    scores = read_case_scores(path)
    assert scores.loc["2"].tolist() == [0.6753, 0.7330, 0.8902]
    write_case_scores(tmp_path / "out.csv", scores)
    assert (tmp_path / "out.csv").read_text() == EXAMPLE.replace("0.7330", "0.733").replace("0.8120", "0.812").replace(
        "0.8450", "0.845"
    )


def test_each_method_is_held_against_the_next_with_the_correlation_that_was_measured(tmp_path):
    first, second = pairs_of(read_case_scores(write(tmp_path, EXAMPLE)))
    assert [(one.better, one.worse) for one in (first, second)] == [("03", "01"), ("01", "02")]
    # A paired t test, one-sided, is the same formula.
    dice = read_case_scores(tmp_path / "scores.csv")
    one_sided = ttest_rel(dice["01"], dice["02"], alternative="greater").pvalue
    assert second.chance_of_false(second.correlation) == pytest.approx(one_sided, abs=1e-12)
    assert (second.n, second.measure) == (4, "dice")


def test_a_score_file_gives_the_mean_of_its_seeds_on_the_cases_that_every_method_has(tmp_path):
    scores = read_case_scores(write(tmp_path, OURS))
    assert scores.index.tolist() == ["007", "008", "009"]
    assert scores["a"].tolist() == pytest.approx([0.6, 0.2, 0.3])
    write_case_scores(tmp_path / "out.csv", scores)
    assert (tmp_path / "out.csv").read_text().splitlines()[:2] == ["case_id,alg_a,alg_b", "007,0.6,0.55"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (EXAMPLE.replace("0.9254", "92.54"), {"found": "92.54 for 01, case 1"}),
        (EXAMPLE.replace("0.9254", "good"), {"found": "'good' for alg_01, case 1"}),
        (EXAMPLE.replace("\n4,", "\n3,"), {"found": "case 3 twice"}),
        ("case_id,alg_a\n1,0.5\n2,0.5\n3,0.5\n", {"found": "3 cases with a score from each of 1 methods"}),
        ("case,dice\n1,0.5\n", {"found": "no column experiment"}),
        (OURS.replace(",dice,", ",iou,"), {"found": "no column dice"}),
    ],
)
def test_what_is_no_such_table_is_one_line(tmp_path, text, fields):
    with raised(DataError, where="scores.csv", **fields):
        read_case_scores(write(tmp_path, text))


def test_distances_are_no_overlap(tmp_path):
    with raised(DataError, where="scores.csv", found="3 for a, case 007"):
        read_case_scores(write(tmp_path, OURS), "hd95")
