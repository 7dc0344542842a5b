"""Published numbers, in the digits of their papers."""

import re
from decimal import Decimal

import pytest

from segrepro.report.page.table_view import table_view
from segrepro.report.spec import ReportedRun
from segrepro.report.tables.build import Results, Settings, build_tables
from segrepro.report.tables.formats import html, latex, markdown
from segrepro.report.tables.published import (
    contradictions,
    published_cell,
    published_files,
    published_methods,
    published_numbers,
    rows_of_method,
)
from segrepro.workflow.config.load import load_study, study_names

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


@pytest.mark.parametrize("name", study_names())
def test_every_number_of_print_stands_everywhere_in_the_papers_digits(name):
    """0.6000, not 0.600; 53.10 ± 33.47, not 53.1."""
    tables = {key: one for key, one in load_study(name, "paper").tables.items() if one.published}
    elsewhere = ReportedRun(name="none", experiment="none", protocol="clean")
    settings = Settings(study=name, scale="paper", runs=[elsewhere], tables=tables, seed=0)
    for table in build_tables(settings, Results({}, [], {})):
        view = table_view(table, "", {})
        page = " ".join(" ".join([c.text, *c.lines]) for row in [*view.rows, *view.folded] for c in row.cells)
        texts = {"page": page, "Markdown": markdown(table), "LaTeX": latex(table), "HTML": html(table)}
        numbers = published_numbers(tables[table.name].published, tables[table.name].dataset)
        methods = {row.published_as for row in tables[table.name].rows}
        rows = numbers[numbers["method"].isin(methods) & numbers["metric"].isin(tables[table.name].metrics.values())]
        assert len(rows) or name == "wmh"
        for place, text in texts.items():
            found = text.replace(r"\%", "%").replace(r"$\pm$", "±")
            for row in rows[rows["mean"].notna()].itertuples():
                number = row.mean + (f" ± {row.std}" if isinstance(row.std, str) else "")
                # The page sets fractions throughout: 53.10 % is 0.5310 there.
                fraction = " ± ".join(str(Decimal(one).scaleb(-2)) for one in number.split(" ± "))
                forms = {number, fraction} if place == "page" else {number}
                assert any(re.search(rf"(?<![\d.]){re.escape(form)}(?!\d)", found) for form in forms), (place, number)
