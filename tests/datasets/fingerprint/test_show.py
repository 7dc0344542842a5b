import csv
import json

import cv2

from segrepro.datasets.fingerprint.measure import fingerprint_folder
from segrepro.datasets.fingerprint.show import summary_lines, summary_rows, write_fingerprint
from tests.datasets.layouts.test_nnunet import V2, write_raw
from tests.scans import write_slices


def test_the_table_says_what_was_measured(tmp_path):
    write_raw(tmp_path, V2 | {"patients": {"a": "p", "b": "p"}}, shape=(6, 5, 4))
    found = fingerprint_folder(tmp_path)
    rows = {title: values for title, *values in summary_rows(found)}
    assert rows["spacing z (mm)"] == [3, 3, 3]
    assert rows["voxels x"] == [6, 6, 6]
    ml = [case.ml[2] for case in found.cases]
    assert rows["2 edge (ml)"] == [min(ml), sum(ml) / 2, max(ml)]
    first, header, *lines = summary_lines(found)
    assert first == "2 cases of 1 patients; layout nnunet"
    assert len(lines) == len(rows)


def test_names_like_visits_are_hinted_at_below_the_count_of_patients(tmp_path):
    write_slices(tmp_path, ["p1_v1", "p1_v2"])
    first, hint, *_ = summary_lines(fingerprint_folder(tmp_path))
    assert first == "2 cases of 2 patients; layout slices"
    assert hint.startswith("p1_v1 and p1_v2 look like visits of one patient")


def test_files_hold_the_same(tmp_path):
    write_slices(tmp_path / "set", ["a", "b"])
    found = fingerprint_folder(tmp_path / "set")
    paths = write_fingerprint(found, tmp_path / "out")
    assert [path.name for path in paths] == ["fingerprint.json", "fingerprint.csv", "fingerprint.png"]
    assert [case["case"] for case in json.loads(paths[0].read_text())["cases"]] == ["a", "b"]
    rows = list(csv.reader(paths[1].open()))
    assert rows[1] == ["pixels x", "10.0", "10.0", "10.0"]
    assert cv2.imread(str(paths[2])).std() > 10
