"""`segrepro studies`: the studies that come with segrepro."""


def test_all_are_listed_and_one_is_shown(call):
    code, out, _ = call("studies")
    assert code == 0
    assert {"xnet", "pseudo_dwi", "wmh", "scse", "hlenet"} <= {line.split()[0] for line in out.splitlines() if line}
    code, out, _ = call("studies", "xnet")
    assert code == 0
    assert "0.4867" in out  # as the paper prints it


def test_a_study_that_there_is_not_is_one_line(call):
    code, out, err = call("studies", "xnett")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "Did you mean xnet?" in err
