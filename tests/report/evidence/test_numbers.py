"""Level 1: what is found when a file of the results was changed, and that nothing is when none was."""

import json
import re

import pytest

from segrepro.report.evidence.numbers import check_numbers
from segrepro.report.evidence.study_results import StudyResults
from segrepro.utils.errors import DataError


def faults(copied, tmp_path):
    return check_numbers(StudyResults(copied, tmp_path / "again"))[0]


def test_results_alone_give_every_table_and_figure_of_scores_again(opened):
    found, notes = check_numbers(opened)
    assert found == []
    # Per table csv, md, tex, html; scores, costs, metrics, values and tables; claims as json, md and tex, their pairs,
    # specifications and curves; curves.csv and the learning curves, png and svg.
    tables = len(opened.settings.tables.tables) + len([*opened.folder.glob("tables/*_ranks.svg")]) / 2
    claims = 5 + 2 * len([*opened.folder.glob("claims/claim*.svg")])
    assert notes == [f"{len(opened.evidence.files)} digests, {4 * tables + 5 + claims + 3:.0f} files made again"]


def test_a_changed_verdict_is_found_and_named(copied, tmp_path):
    path = copied / "claims/claims.json"
    old = next(line for line in path.read_text().splitlines() if '"verdict"' in line)
    path.write_text(path.read_text().replace(old, '   "verdict": "shown",', 1))
    (fault,) = faults(copied, tmp_path)
    assert fault.where.startswith(f"{path}: line ")
    assert (fault.found, fault.expected) == (repr('"verdict": "shown",'), repr(old.strip()))


def test_a_changed_digit_in_a_stored_score_is_found_and_named(copied, tmp_path):
    path = copied / "tables/scores.csv"
    lines = [line.split(",") for line in path.read_text().splitlines()]
    number = 2 + next(n for n, cells in enumerate(lines) if cells[0] == "unet")
    column, case = lines[0].index("accuracy"), lines[number][lines[0].index("case")]
    old = lines[number][column]
    new = lines[number][column] = old[:-1] + str((int(old[-1]) + 1) % 10)
    path.write_text("\n".join(map(",".join, lines)) + "\n")
    (fault,) = faults(copied, tmp_path)
    assert fault.where == f"{path}: line {number + 1} (unet, {case}, lesion)"
    assert (fault.found, fault.expected) == (f"accuracy {new}", f"accuracy {old}")


def test_a_changed_mean_in_any_format_of_a_table_is_found(copied, tmp_path):
    for ending in ("csv", "md", "tex", "html"):
        path = copied / f"tables/table2.{ending}"
        path.write_text(re.sub(r"0\.(\d)(\d)", r"0.\g<2>\g<1>9", path.read_text(), count=1))
    assert {fault.where.split(":")[0] for fault in faults(copied, tmp_path)} == {
        str(copied / f"tables/table2.{ending}") for ending in ("csv", "md", "tex", "html")
    }


@pytest.mark.parametrize(
    "name", ["figures/learning_curves.png", "figures/fig4.png", "unet/fold0/model.json", "settings"]
)
def test_any_other_changed_file_is_named(copied, tmp_path, name):
    path = next(copied.glob("settings-*.json")) if name == "settings" else copied / name
    path.write_bytes(
        path.read_bytes().replace(b"\n", b"\n ", 1) if path.suffix == ".json" else path.read_bytes() + b"1"
    )
    (fault,) = faults(copied, tmp_path)
    assert fault.where == str(path)


def test_a_missing_file_is_named(copied, tmp_path):
    (copied / "figures/learning_curves.svg").unlink()
    (fault,) = faults(copied, tmp_path)
    assert (fault.where, fault.found) == (str(copied / "figures/learning_curves.svg"), "no such file")


def test_another_caption_is_named(copied, tmp_path):
    path = copied / "figures/figures.json"
    content = json.loads(path.read_text())
    content["figures"][-1]["caption"] += " And more."
    path.write_text(json.dumps(content))
    found = {fault.where for fault in faults(copied, tmp_path)}
    assert found == {f"{path}: {content['figures'][-1]['name']}"}


def test_a_missing_model_card_is_one_error(copied, tmp_path):
    (copied / "unet/fold0/model.json").write_text("{")
    with pytest.raises(DataError) as caught:
        faults(copied, tmp_path)
    assert caught.value.where == str(copied / "unet/fold0/model.json")


def test_a_file_that_was_added_is_named_and_a_folder_is_said_not_to_be_checked(copied, tmp_path):
    """Also where the evidence was robbed of its digests: nothing passes as checked that was not."""
    (copied / "tables/table9.csv").write_text("label\n")
    (copied / "unet-seed9").mkdir()
    (copied / "unet-seed9/models.csv").write_text("fold\n")
    (fault,), notes = check_numbers(StudyResults(copied, tmp_path / "again"))
    assert (fault.where, fault.found) == (str(copied / "tables/table9.csv"), "a file that is not in evidence.json")
    assert notes[1].endswith(": unet-seed9")
    (copied / "tables/table9.csv").unlink()
    content = json.loads((copied / "evidence.json").read_text())
    content["files"] = {name: own for name, own in content["files"].items() if not name.startswith("figures/")}
    (copied / "evidence.json").write_text(json.dumps(content))
    found, notes = check_numbers(StudyResults(copied, tmp_path / "once more"))
    assert (found, notes[1].endswith(": figures, unet-seed9")) == ([], True)
