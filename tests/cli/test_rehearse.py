"""`segrepro rehearse` hands its options on and prints the report."""

from segrepro.workflow.rehearsal import run


def test_the_report_of_what_was_asked_for_is_printed(call, tmp_path, monkeypatch):
    asked = []

    def rehearse_config(config):
        asked.append(config)
        (tmp_path / "rehearsal.md").write_text("| xnet unet |\n")
        return tmp_path / "rehearsal.md"

    monkeypatch.setattr(run, "rehearse_config", rehearse_config)
    (tmp_path / "config.yaml").write_text("scale: demo\nwork: elsewhere\n")
    code, out, err = call("rehearse", "--study", "xnet", "--experiments", "unet,xnet")
    assert (code, err) == (0, "")
    assert "| xnet unet |" in out
    (config,) = asked
    assert (config.scale, config.studies, config.experiments) == ("paper", ["xnet"], ["unet", "xnet"])
    assert config.work == "elsewhere"
