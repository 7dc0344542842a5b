"""Published numbers, in the digits of their papers."""

import pytest

from segrepro.report.tables.published import (
    contradictions,
    published_cell,
    published_files,
    published_methods,
    published_numbers,
    rows_of_method,
)

TABLE1 = "xnet_table1_fsm_ablation.csv"


def test_a_cell_has_the_papers_digits_and_our_unit():
    cell = published_cell(rows_of_method(published_numbers(TABLE1, None), "X-Net (with FSM)", ""), "dice", "Dice")
    assert (cell.published_mean, cell.published_text) == (0.4867, "0.4867")


def test_percent_becomes_a_fraction_and_is_shown_as_printed():
    numbers = published_numbers("isles_table3_networks.csv", None)
    column = next(metric for metric in numbers["metric"] if metric.startswith("Dice"))
    cell = published_cell(rows_of_method(numbers, numbers["method"].iloc[0], ""), "dice", column)
    assert cell.published_text.endswith("%") == column.endswith("(%)")
    assert 0 < cell.published_mean < 1


def test_without_a_file_nothing_is_published():
    assert (
        published_cell(rows_of_method(published_numbers(None, None), "any", ""), "dice", "Dice").published_mean is None
    )


@pytest.mark.parametrize("name", published_files())
def test_every_file_names_methods_and_its_notes_stand_once(name):
    methods = published_methods(name, "")
    notes = [(one.table, one.note) for one in contradictions([name, name])]
    assert len(notes) == len({*notes})
    assert all({*one.methods} <= {*methods} for one in contradictions([name]))
