"""A job: arguments of its function, faults as one line, a record at its end."""

import json
import sys

import pytest

from segrepro.utils.errors import DataError
from segrepro.utils.validation import Strict
from segrepro.workflow.job import Said, run_job
from segrepro.workflow.monitor.run_files import RECORDS_FILE


class Settings(Strict):
    """What the job below takes."""

    width: int


def run(monkeypatch, folder, function, *arguments):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["job", *map(str, arguments)])
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    run_job(function)


def records(folder):
    return [json.loads(line) for line in (folder / RECORDS_FILE).read_text().splitlines()]


def test_arguments_have_the_types_of_the_signature_and_a_record_is_left(tmp_path, monkeypatch):
    seen = []

    def main(settings: Settings, workers: int) -> list:
        seen.append((settings.width, workers))
        return []

    run(monkeypatch, tmp_path, main, "--settings", '{"width": 4}', "--workers", 2)
    assert seen == [(4, 2)]
    (record,) = records(tmp_path)
    assert (record["outcome"], record["settings"]) == ("done", {"width": 4})


def test_a_fault_of_the_input_is_one_line_and_exit_code_2(tmp_path, monkeypatch, capsys):
    def main(workers: int) -> list:
        raise DataError("scan", "nothing", "an image", "Copy it.")

    with pytest.raises(SystemExit) as caught:
        run(monkeypatch, tmp_path, main, "--workers", 1)
    assert caught.value.code == 2
    assert capsys.readouterr().err == "segrepro: scan: found nothing; expected an image. Copy it.\n"
    assert records(tmp_path)[0]["outcome"] == "failed"


def test_memory_that_runs_out_says_what_to_do(tmp_path, monkeypatch, capsys):
    def main(workers: int) -> list:
        raise MemoryError

    with pytest.raises(SystemExit) as caught:
        run(monkeypatch, tmp_path, main, "--workers", 1)
    assert caught.value.code == 1
    assert "out of memory" in capsys.readouterr().err


def test_a_full_disk_of_logs_takes_nothing_from_a_job():
    class Full:
        encoding = "utf-8"

        def write(self, text):
            raise OSError(28, "No space left on device")

        flush = write

    said = Said(Full())
    assert said.write("line") == 4
    assert said.encoding == "utf-8"
