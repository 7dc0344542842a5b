"""What lies in the folders of the project's config is its own; whatever says so elsewhere is not."""

from segrepro.workflow.own_results import are_own_results


def test_only_the_folders_of_the_config_in_the_current_folder_hold_own_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, other = tmp_path / "out/xnet/mine/fold0", tmp_path / "elsewhere/out/model"
    assert not are_own_results([model])
    (tmp_path / "config.yaml").write_text("results: out\nwork: scratch\n")
    assert are_own_results([model, tmp_path / "scratch/runs/a/fold0/model.json"])
    assert not are_own_results([model, other])
    assert not are_own_results([tmp_path / "out/../elsewhere"])
    (tmp_path / "out").mkdir()
    (tmp_path / "out/link").symlink_to(tmp_path / "elsewhere")
    assert not are_own_results([tmp_path / "out/link"])
    (tmp_path / "config.yaml").write_text("results: [\n")
    assert not are_own_results([model])
