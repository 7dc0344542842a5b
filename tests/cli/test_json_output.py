"""What `--json` prints is JSON, undefined numbers included."""

import json
from dataclasses import dataclass
from pathlib import Path

from segrepro.cli.json_output import print_json


@dataclass
class Found:
    path: Path
    dice: float


def test_dataclasses_paths_and_undefined_numbers(capsys):
    print_json([Found(Path("a.csv"), float("nan")), {"dice": 0.5}])
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == [{"path": "a.csv", "dice": None}, {"dice": 0.5}]
