"""The checklists: their items, and what answers them."""

import inspect

from segrepro.report.methods import data_part, evaluation_part, training_part
from segrepro.report.methods.build import ONLY_ASKED, PARAGRAPHS
from segrepro.report.methods.checklists import LEFT, checklist_specs, fill_in


def test_claim_has_its_44_items_and_miccai_its_28():
    claim, miccai = checklist_specs()
    items = [item for section in claim.sections for item in section.items]
    assert [item.number for item in items] == list(range(1, 45))
    assert items[19].asks == "The level at which partitions are disjoint"
    assert [len(section.items) for section in miccai.sections] == [3, 6, 6, 13]


def test_every_answer_is_a_part_of_the_text_and_every_part_is_used():
    parts = {part.__name__ for parts in [ONLY_ASKED, *PARAGRAPHS.values()] for part in parts}
    named = {
        name
        for spec in checklist_specs()
        for section in spec.sections
        for item in section.items
        for name in item.answers
    }
    assert named == parts
    written = {
        name
        for module in (data_part, training_part, evaluation_part)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and list(inspect.signature(function).parameters) == ["sources"]
    }
    assert {name for name in written if not name.startswith("_")} == parts


def test_what_a_run_cannot_know_is_left_to_the_author():
    made_by = [ONLY_ASKED, *PARAGRAPHS.values()]
    parts = {part.__name__: "x." for several in made_by for part in several} | {"robustness": ""}
    answers = {one.number: one for one in fill_in(checklist_specs()[0], parts).answers}
    assert answers[44].answer == LEFT
    assert answers[30].left  # no claim had a specification curve
    assert answers[7].answer == "x. x. x."
    assert fill_in(checklist_specs()[0], parts).answered == 18
