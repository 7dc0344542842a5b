"""Which folders are results of a study, and the cards in them."""

import shutil
from pathlib import Path

import pytest

from segrepro.report.evidence.record import EVIDENCE
from segrepro.report.evidence.study_results import find_studies
from segrepro.utils.errors import DataError


def test_a_folder_of_studies_stands_for_all_of_them(copied, tmp_path):
    assert find_studies([copied.parent], tmp_path) == [copied]
    assert find_studies([copied, copied.parent], tmp_path) == [copied]


@pytest.mark.parametrize("packed", ["results", "study", "files"])
def test_an_archive_of_results_or_of_a_study_is_unpacked(copied, tmp_path, packed):
    """As people pack it: the folder of results, that of the study, or what is in that."""
    inside = {"results": f"results/{copied.name}", "study": copied.name, "files": "."}[packed]
    shutil.copytree(copied, tmp_path / "all" / inside, dirs_exist_ok=True)
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "all")
    (found,) = find_studies([Path(archive)], tmp_path / "scratch")
    assert (found / EVIDENCE).read_bytes() == (copied / EVIDENCE).read_bytes()


def test_a_file_that_is_no_archive_is_named(tmp_path):
    (tmp_path / "a.txt").write_text("no archive")
    with pytest.raises(DataError) as caught:
        find_studies([tmp_path / "a.txt"], tmp_path / "scratch")
    assert caught.value.where == str(tmp_path / "a.txt")


def test_a_folder_without_evidence_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        find_studies([tmp_path], tmp_path)
    assert caught.value.where == str(tmp_path)


def test_cards_stand_in_the_order_of_the_runs(opened):
    order = [run.name for run in opened.settings.tables.runs]
    assert [(card["name"], card["fold"]) for card in opened.cards] == [(run, fold) for run in order for fold in (0, 1)]
