"""`segrepro new-study` writes a study once."""

from tests.scans import write_slices


def test_a_name_that_is_taken_is_refused_before_anything_is_read(call, tmp_path):
    code, out, err = call("new-study", "xnet", "--data", "none")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "xnet" in err


def test_a_study_is_written_and_says_how_to_run_it(call, tmp_path):
    for seed, name in enumerate("abcdefgh"):
        write_slices(tmp_path / "set", [name], seed=seed)
    code, out, err = call("new-study", "of_a_test", "--data", "set")
    assert code == 0, err
    assert "--config studies=of_a_test" in out
    assert (tmp_path / "studies/of_a_test.yaml").read_text().startswith("# ")
    listed = call("studies")[1].splitlines()
    assert [line.split()[0] for line in listed if "of_a_test" in line] == ["of_a_test"]
