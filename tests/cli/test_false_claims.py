"""`segrepro false-claims` reads a table of published pairs."""

from segrepro.utils.csv_files import read_csv

SCORES = {"unet": [0.5, 0.6, 0.2, 0.7], "xnet": [0.6, 0.6, 0.3, 0.65]}


def test_the_chances_are_said_and_written(call, tmp_path):
    header = "better,better_mean,better_sd,worse,worse_mean,worse_sd,n,correlation"
    (tmp_path / "pairs.csv").write_text(header + "\nfull,62.11,17.18,Fo,59.37,15.73,23,0.95\n")
    code, out, err = call("false-claims", "pairs.csv", "-o", "out.csv")
    assert (code, err) == (0, "")
    assert "full > Fo (n = 23): false with a probability of 0.012 at r 0.95" in out
    assert read_csv(tmp_path / "out.csv")["p_false"].round(3).tolist() == [0.012]


def test_a_table_of_something_else_is_refused_with_exit_code_2(call, tmp_path):
    (tmp_path / "pairs.csv").write_text("a,b\n1,2\n")
    code, out, err = call("false-claims", "pairs.csv")
    assert (code, out) == (2, "")
    assert "pairs.csv: row 2" in err


def test_scores_of_every_case_are_taken_too_and_written_for_the_website_of_claims_reloaded(call, tmp_path):
    rows = [f"{name},{case},{dice}" for name, values in SCORES.items() for case, dice in enumerate(values)]
    (tmp_path / "scores.csv").write_text("\n".join(["experiment,case,dice", *rows]) + "\n")
    code, out, err = call("false-claims", "scores.csv", "--case-scores", "cases.csv")
    assert (code, err) == (0, "")
    assert out.startswith("dice xnet > unet (n = 4): false with a probability of 0.")
    again = call("false-claims", "cases.csv")
    assert again == (0, out, "")


def test_pairs_have_no_scores_of_cases(call, tmp_path):
    (tmp_path / "pairs.csv").write_text("better,better_mean,better_sd,worse,worse_mean,worse_sd,n\na,1,1,b,0,1,9\n")
    code, out, err = call("false-claims", "pairs.csv", "--case-scores", "cases.csv")
    assert (code, out) == (2, "")
    assert "--case-scores" in err
    assert not (tmp_path / "cases.csv").exists()
