"""Which folders are results of a study, and the cards in them."""

import pytest

from segrepro.report.evidence.study_results import find_studies
from segrepro.utils.errors import DataError


def test_a_folder_of_studies_stands_for_all_of_them(copied):
    assert find_studies([copied.parent]) == [copied]
    assert find_studies([copied, copied.parent]) == [copied]


def test_a_folder_without_evidence_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        find_studies([tmp_path])
    assert caught.value.where == str(tmp_path)


def test_cards_stand_in_the_order_of_the_runs(opened):
    order = [run.name for run in opened.settings.tables.runs]
    assert [(card["name"], card["fold"]) for card in opened.cards] == [(run, fold) for run in order for fold in (0, 1)]
