"""The files of a study's claims."""

import json

import pytest

from segrepro.evaluation.published_pairs import read_pairs
from segrepro.report.claims.files import write_claims
from segrepro.report.claims.judge import Settings
from tests.report.claims.test_judge import BETTER, SPEC, case_of


def test_the_files_are_the_same_bytes_again_and_hold_what_print_says(tmp_path):
    rows = [row | {"published_as": "Unet-28"} if row["experiment"] == "other" else row for row in SPEC["rows"]]
    settings, frames, cards = case_of([BETTER], tables={"t": SPEC | {"rows": rows}})
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files = write_claims(Settings.model_validate(settings), frames, cards, tmp_path / name)
        written.append({file: (tmp_path / name / file).read_bytes() for file in files})
    assert written[0] == written[1]
    assert files[-1] == "claims.json"
    [pair] = read_pairs(tmp_path / "one/published_pairs.csv")
    [part] = [part for part in json.loads(written[0]["claims.json"])["claims"][0]["parts"] if part["pair"]]
    assert (pair.claim, pair.better, pair.worse, pair.n) == ("Ours is best.", "Ours", "Other", 600)
    assert pair.better_mean - pair.worse_mean == pytest.approx(part["published"])
