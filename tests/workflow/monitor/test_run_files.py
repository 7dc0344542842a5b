"""The files that a run leaves for whoever watches it."""

import json

import pytest

from segrepro.utils.errors import DataError
from segrepro.workflow.monitor.run_files import RECORDS_FILE, RUN_FILE, read_records, read_run, read_score, text_of

RECORD = {"rule": "train_model", "outcome": "done", "finished": "2026-01-01T10:00:00+00:00", "seconds": 3.5}


def test_records_of_jobs_that_ended_well_without_what_is_half_written(tmp_path):
    path = tmp_path / RECORDS_FILE
    path.parent.mkdir()
    lines = [json.dumps(RECORD), json.dumps(RECORD | {"outcome": "failed"}), json.dumps(RECORD)[:30]]
    path.write_text("\n".join(lines))
    assert [record.seconds for record in read_records(tmp_path)] == [3.5]


def test_the_score_is_that_of_the_best_weights(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("experiment,checkpoint,dice\nxnet,best,0.5\nxnet,best,\nxnet,best,0.7\nxnet,last,0.1\n")
    assert read_score(path, "dice") == ("xnet", pytest.approx(0.6), 2)
    assert read_score(path, "iou") is None
    assert read_score(tmp_path / "none.csv", "dice") is None


def test_a_folder_without_run_and_a_damaged_file_are_one_line(tmp_path):
    with pytest.raises(DataError) as caught:
        read_run(tmp_path)
    assert caught.value.found == "no such file"
    (tmp_path / RUN_FILE).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / RUN_FILE).write_text('{"started": "yesterday"}')
    with pytest.raises(DataError) as caught:
        read_run(tmp_path)
    assert caught.value.found.startswith("a damaged file")
    assert text_of(tmp_path / "none.log") == ""
