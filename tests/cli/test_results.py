"""`segrepro verify` and `segrepro report` as a user calls them, on results alone."""

import pytest

from tests.cli.commands import segrepro
from tests.report.evidence.conftest import copied, made  # noqa: F401


def test_results_that_nobody_changed_hold_and_a_changed_digit_is_one_line(copied, tmp_path):  # noqa: F811
    done = segrepro("verify", "xnet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "level 1" in done.stdout
    assert done.stdout.count("holds") == 1
    text = (copied / "tables/table2.csv").read_text()
    (copied / "tables/table2.csv").write_text(text.replace("0.", "1.", 1))
    done = segrepro("verify", "xnet", cwd=tmp_path)
    assert done.returncode == 2
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("segrepro:"))
    assert line.startswith("segrepro: xnet/tables/table2.csv: line ")


@pytest.mark.parametrize(
    ("arguments", "where"), [(["nothing"], "nothing"), (["xnet", "--level", "2", "--data", "atlas"], "--data")]
)
def test_what_cannot_be_checked_is_one_line(copied, tmp_path, arguments, where):  # noqa: F811
    (tmp_path / "nothing").mkdir()
    done = segrepro("verify", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(f"segrepro: {where}: found")
    assert len(done.stderr.splitlines()) == 1


def test_the_report_is_written_from_results_alone(copied, tmp_path):  # noqa: F811
    done = segrepro("report", "xnet", "-o", "page", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "page/index.html\n"), done.stderr
    assert {"index.html", "xnet.html"} <= {path.name for path in (tmp_path / "page").iterdir()}


def test_results_become_a_crate(copied, tmp_path):  # noqa: F811
    done = segrepro("crate", "xnet", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "xnet/ro-crate-metadata.json\n"), done.stderr
    assert (tmp_path / "xnet/workflow/Snakefile").is_file()
    assert (tmp_path / "xnet/rules/report.smk").is_file()
