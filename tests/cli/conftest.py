"""A command as a user calls it, in this process."""

import sys

import pytest

from segrepro.cli.main import main


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """call(*words) -> exit code, standard output, standard error; in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def called(*words) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["segrepro", *map(str, words)])
        try:
            code = main()
        except SystemExit as ended:
            code = ended.code
        shown = capsys.readouterr()
        return code or 0, shown.out, shown.err

    return called
