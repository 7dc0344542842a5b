"""`segrepro false-claims` reads a table of published pairs."""

from segrepro.utils.csv_files import read_csv


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
