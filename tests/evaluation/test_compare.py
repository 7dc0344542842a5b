"""Score files, and two of them against each other."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.evaluation.compare import (
    compare_all_pairs,
    compare_files,
    comparison_report,
    comparison_text,
    read_margins,
    read_scores,
)
from segrepro.evaluation.statistics import compare_methods
from segrepro.utils.csv_files import read_rows
from segrepro.utils.errors import DataError, MetricError
from tests.raised import raised


def frame(experiment, dice, unit="case"):
    cases = [f"{number:02}" + ("/3" if unit == "slice" else "") for number in range(len(dice))]
    keys = {"experiment": experiment, "case": cases, "patient": [case[:2] for case in cases], "site": 7, "unit": unit}
    return pd.DataFrame(keys | {"checkpoint": "best", "label": "lesion", "dice": dice})


@pytest.fixture
def study(tmp_path):
    """The score file of a study: two experiments, each scored by case and by slice."""
    dice = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    parts = [frame("unet", dice), frame("xnet", [value + 0.05 for value in dice])]
    parts += [frame("unet", dice, "slice"), frame("xnet", [value - 0.2 for value in dice], "slice")]
    pd.concat(parts).to_csv(tmp_path / "scores.csv", index=False)
    return tmp_path / "scores.csv"


@pytest.mark.parametrize(("unit", "difference"), [("case", 0.05), ("slice", -0.2)])
def test_two_experiments_of_one_file_are_compared_by_unit(study, unit, difference):
    [result] = compare_files(study, study, experiments=("unet", "xnet"), unit=unit)
    assert (result.metric, result.n) == ("dice", 7)
    assert result.difference == pytest.approx(difference)
    assert (result.own, result.other) == ("unet", "xnet")


def test_all_pairs_of_a_file_are_one_family(tmp_path):
    rng = np.random.default_rng(1)
    base = rng.uniform(0.3, 0.7, 30)
    frames = [frame(name, base + gap + rng.normal(0, 0.02, 30)) for name, gap in (("a", 0), ("b", 0.1), ("c", 0.1))]
    pd.concat(frames).to_csv(tmp_path / "scores.csv", index=False)
    found = compare_all_pairs(tmp_path / "scores.csv")
    assert [(r.own, r.other) for r in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [r.mark for r in found] == ["†", "†", ""]
    alone = compare_files(tmp_path / "scores.csv", tmp_path / "scores.csv", experiments=("a", "b"))[0]
    assert found[0].difference == pytest.approx(alone.difference)
    assert found[0].high - found[0].low > alone.high - alone.low  # three comparisons instead of one
    lines = comparison_report(found, {"dice": 0.05})
    assert [line.split()[:3] for line in lines[1:4]] == [["b", "−", "a"], ["c", "−", "a"], ["c", "−", "b"]]
    assert sum("3 comparisons" in line for line in lines) == 3
    assert "none larger than 0.05 either way" in lines[-1]
    frame("a", [0.1]).to_csv(tmp_path / "one.csv", index=False)
    with raised(DataError, found="the experiment a"):
        compare_all_pairs(tmp_path / "one.csv")


def test_a_file_against_itself_differs_by_nothing(tmp_path):
    frame("unet", [0.1, 0.2]).to_csv(tmp_path / "a.csv", index=False)
    assert [result.difference for result in compare_files(tmp_path / "a.csv", tmp_path / "a.csv")] == [0]


def test_files_without_units_hold_cases(tmp_path):
    for name in ("a", "b"):
        frame(name, [0.1, 0.2]).drop(columns="unit").to_csv(tmp_path / f"{name}.csv", index=False)
    assert compare_files(tmp_path / "a.csv", tmp_path / "b.csv")[0].n == 2
    with raised(DataError, found="no unit 'slice'"):
        compare_files(tmp_path / "a.csv", tmp_path / "b.csv", unit="slice")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "the experiments unet, xnet; expected one experiment. Name one of each file: --experiments"),
        (
            {"experiments": ("unet", "xnt")},
            "no experiment 'xnt'; expected scores of this experiment. Did you mean xnet?",
        ),
        ({"unit": "voxel"}, "no unit 'voxel'"),
    ],
)
def test_what_a_file_does_not_hold_is_refused(study, options, words):
    with pytest.raises(DataError) as caught:
        compare_files(study, study, **options)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "comma-separated values in UTF-8"),
        (b"case,dice\n\xff\xfe,1\n", "comma-separated values in UTF-8"),
        (b"case,dice\n1,2,3,4\n1\n1,2,3,4,5,6\n", "comma-separated values in UTF-8"),
        (b"case,dice\n", "no scores"),
        (b"name,dice\nx,1\n", "no column case"),
        (b"case,dice,hd_mm\na,1,2\nb,0.5,far\n", "'far' in column hd_mm, row 3"),
    ],
)
def test_a_file_that_is_no_score_file_is_refused_in_one_line(tmp_path, content, words):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_scores(tmp_path / "a.csv")
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "a.csv"))
    assert "\n" not in str(caught.value)


def test_more_patients_or_columns_than_fit_into_memory_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    cases = [f"c{number}" for number in range(50_001)]
    pd.DataFrame({"case": cases, "dice": 0.5}).to_csv(path, index=False)
    with raised(DataError, found="50,001 patients", expected="at most 50,000"):
        read_scores(path)
    pd.DataFrame({"case": cases, "patient": cases[1:] + cases[-1:], "dice": 0.5}).to_csv(path, index=False)
    assert len(read_scores(path)) == 50_001  # of 50,000 patients
    path.write_text("case," + ",".join(f"m{number}" for number in range(1000)) + "\na" + ",1" * 1000 + "\n")
    with raised(DataError, found="1,001 columns"):
        read_scores(path)


def test_a_column_of_text_alone_is_no_measure(tmp_path):
    scores = frame("unet", [0.1, 0.2]).assign(scanner="old")
    scores.to_csv(tmp_path / "a.csv", index=False)
    assert [result.metric for result in compare_files(tmp_path / "a.csv", tmp_path / "a.csv")] == ["dice"]
    with raised(MetricError, found="no measure 'scanner'"):
        compare_methods({"a": scores, "b": scores}, "a", ["scanner"])


def test_the_command_takes_two_experiments_of_one_file(study):
    call = ["compare", str(study), str(study), "--experiments", "unet", "xnet"]
    assert "+0.05†" in CliRunner().invoke(app, call).stdout
    assert "-0.2†" in CliRunner().invoke(app, [*call, "--unit", "slice", "--metric", "dice"]).stdout


def test_several_files_a_side_are_trainings_of_one_method(tmp_path):
    rng = np.random.default_rng(0)
    files = {}
    for name, mean in (("a", 0.5), ("b", 0.7)):
        for seed in range(2):
            files[name, seed] = tmp_path / f"{name}{seed}.csv"
            frame(name, rng.normal(mean, 0.05, 12)).to_csv(files[name, seed], index=False)
    [result] = compare_files(*([files[name, 0], files[name, 1]] for name in "ab"))
    assert (result.seeds, result.n, result.mark) == (2, 12, "*")
    call = ["compare", str(files["a", 0]), str(files["b", 0]), "--margin", "dice=0.4"]
    call += ["--also-first", str(files["a", 1]), "--also-second", str(files["b", 1])]
    text = CliRunner().invoke(app, call).stdout
    assert "over patients and at least 2 trainings of each method" in text
    assert "a difference is shown, and none larger than 0.4 either way" in text


@pytest.mark.parametrize("margin", ["dice", "dice=", "=0.1", "dice=-1", "dice=x"])
def test_a_margin_that_is_none_is_refused(margin):
    with pytest.raises(DataError) as caught:
        read_margins([margin])
    assert caught.value.found == repr(margin)


def test_trained_once_and_too_few_patients_are_said_in_the_paragraph(study, tmp_path):
    text = comparison_text(compare_files(study, study, experiments=("unet", "xnet")), {"dice": 0.01})
    assert "these weights" in text
    assert "nor" not in text  # a difference is shown
    frame("unet", [0.1, 0.2]).to_csv(tmp_path / "a.csv", index=False)
    few = compare_files(tmp_path / "a.csv", tmp_path / "a.csv")
    assert comparison_text(few, {}) == "No difference was tested: fewer than 6 patients."


@pytest.mark.parametrize(
    ("cell", "found"),
    [("inf", "'inf' in column dice, row 3"), ("1e400", "'inf'"), ('"0,5"', "'0,5'"), ("-Infinity", "'-inf'")],
)
def test_numbers_that_are_none_are_refused(tmp_path, cell, found):
    (tmp_path / "a.csv").write_text(f"case,dice\na,0.5\nb,{cell}\n")
    with raised(DataError, found=found):
        read_scores(tmp_path / "a.csv")


@pytest.mark.parametrize("cell", ['"0,5"', "50%", '" 12,5 %"'])
def test_a_column_of_numbers_written_otherwise_is_no_text(tmp_path, cell):
    (tmp_path / "a.csv").write_text(f"case,dice,scanner\na,{cell},1.5 T\nb,{cell},3 T\n")
    with raised(DataError, found="in column dice, row 2"):
        read_scores(tmp_path / "a.csv")


def test_a_case_of_two_patients_and_two_columns_of_a_name_are_refused(tmp_path):
    rows = "".join(f"c{n},p{n},0.{n}\n" for n in range(1, 8))
    for name, text in (("a", rows), ("b", rows.replace("c3,p3", "c3,p4"))):
        (tmp_path / f"{name}.csv").write_text("case,patient,dice\n" + text)
    with raised(MetricError, found="the case c3 of the patients p3 and p4"):
        compare_files(tmp_path / "a.csv", tmp_path / "b.csv")
    (tmp_path / "c.csv").write_text("case,dice,dice\na,1,0\n")
    with raised(DataError, found="two columns dice"):
        read_scores(tmp_path / "c.csv")


def test_a_table_of_a_spreadsheet_begins_with_a_mark(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfcase,dice\r\na,0.5\r\n")
    assert read_scores(tmp_path / "a.csv")[["case", "dice"]].values.tolist() == [["a", 0.5]]
    assert read_rows(tmp_path / "a.csv") == [["case", "dice"], ["a", "0.5"]]


def test_numbers_are_those_of_the_formulas_by_hand(tmp_path):
    """Three seeds beside two, patients with one to three cases, values undefined from one seed, 7 patients: the written
    formulas, reckoned without this library. Dice alone is tested: 7 patients by Student's t.
    """
    rng = np.random.default_rng(3)
    patients = np.repeat(list("abcdefg"), [1, 2, 3, 1, 1, 2, 1])
    scores = {name: rng.normal(0.5, 0.1, (seeds, 11)) for name, seeds in (("one", 3), ("two", 2))}
    scores["two"][1, 4] = np.nan
    for name, values in scores.items():
        rows = [{"case": f"c{i}", "patient": patients[i], "seed": s, "dice": v} for (s, i), v in np.ndenumerate(values)]
        pd.DataFrame(rows).sample(frac=1, random_state=1).to_csv(tmp_path / f"{name}.csv", index=False)
    [found] = compare_files(tmp_path / "one.csv", tmp_path / "two.csv")
    kept = np.arange(11) != 4
    one, two, whose = scores["one"][:, kept], scores["two"][:, kept], patients[kept]
    gains = two.mean(axis=0) - one.mean(axis=0)
    linear = np.array([gains.mean() + 0.7 * (gains[whose == p] - gains.mean()).sum() for p in "abcdefg"])
    # Each method over the cases that are defined in it: 11 of the first, 10 of the second.
    variances = [scores["one"].mean(axis=1).var(ddof=1), two.mean(axis=1).var(ddof=1)]
    pooled = (2 * variances[0] + variances[1]) / 3
    parts = [(linear.var(ddof=1) / 7, 6), (pooled * (1 / 3 + 1 / 2), 3)]
    variance = sum(part for part, _ in parts)
    degrees = variance**2 / sum(part**2 / n for part, n in parts)
    half = stats.t.ppf(0.975, degrees) * variance**0.5
    assert found.difference == pytest.approx(gains.mean())
    assert (found.low, found.high) == pytest.approx((gains.mean() - half, gains.mean() + half))
    assert found.p == pytest.approx(2 * stats.t.sf(abs(gains.mean()) / variance**0.5, degrees))
    assert (found.seeds, found.n, found.patients, found.n_undefined) == (2, 10, 7, 1)


def test_the_paragraph_names_the_test_that_was_done(tmp_path):
    """Under 8 patients no signs are flipped; a single comparison needs no correction; few and many may be mixed."""

    def text(patients, measures):
        rng = np.random.default_rng(0)
        for name in "ab":
            columns = {measure: rng.uniform(0, 1, patients) for measure in measures}
            pd.DataFrame({"case": range(patients)} | columns).to_csv(tmp_path / f"{name}.csv", index=False)
        return comparison_text(compare_files(tmp_path / "a.csv", tmp_path / "b.csv"), {})

    assert "with its 95 % interval and p value over patients (Student's t)." in text(7, ["dice"])
    assert "(Student's t, Bonferroni's correction; 2 comparisons)" in text(6, ["dice", "recall"])
    assert "(sign flipping)" in text(8, ["dice"])
    assert "(max-t sign flipping; 2 comparisons)" in text(8, ["dice", "iou", "recall"])
    frame("a", np.linspace(0.1, 0.9, 9)).assign(hd_mm=[1, 2, 3, 4, 5, 6, 7, None, None]).to_csv(tmp_path / "a.csv")
    found = compare_files(tmp_path / "a.csv", tmp_path / "a.csv", ["dice", "hd_mm"])
    assert "(max-t sign flipping; under 8 patients Student's t, Bonferroni's correction;" in comparison_text(found, {})


def test_volumes_are_no_measures_unless_they_are_asked_for(tmp_path):
    scores = frame("a", np.linspace(0.1, 0.8, 8)).assign(reference_volume_ml=3.0, prediction_volume_ml=range(8))
    scores.to_csv(tmp_path / "a.csv", index=False)
    both = [tmp_path / "a.csv", tmp_path / "a.csv"]
    assert [one.metric for one in compare_files(*both)] == ["dice"]
    assert [one.metric for one in compare_files(*both, ["prediction_volume_ml"])] == ["prediction_volume_ml"]


def test_one_file_does_not_stand_for_two_trainings(tmp_path):
    frame("a", [0.1, 0.2]).to_csv(tmp_path / "a.csv", index=False)
    with raised(DataError, found="one file for two trainings"):
        compare_files([tmp_path / "a.csv", tmp_path / "." / "a.csv"], tmp_path / "a.csv")
