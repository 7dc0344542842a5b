"""`segrepro status` where no run was started."""


def test_a_folder_without_a_run_is_one_line(call):
    code, out, err = call("status")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "Start snakemake there first." in err
