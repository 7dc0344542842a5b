import pytest

from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.departures import departures
from segrepro.workflow.config.load import load_study
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.report_settings import study_facts, table_settings
from tests.scans import write_slices

OWN_DATA = {
    "dataset": "mine",
    "datasets": {"mine": {"title": "Mine", "layout": "slices"}},
    "preparation": {"slices": "none", "size": [192, 160], "start": None},
}


def test_what_is_equal_is_no_departure():
    study = {"recipe": {"epochs": 9, "optimiser": {"lr": 0.1}}, "seed": 0}
    assert list(departures(study, {"recipe": {"optimiser": {"lr": 0.1}}, "seed": 0})) == []


def test_a_value_that_was_not_there_has_no_former_one():
    (one,) = departures({"folds": {}}, {"folds": {"seed": 3}})
    assert (one.key, one.value, one.before, str(one)) == (("folds", "seed"), 3, None, "`folds.seed` is 3")


@pytest.mark.parametrize(
    ("overrides", "as_published"),
    [
        ({}, True),
        ({"seed": 1, "title": "Another"}, True),
        ({"recipe": {"epochs": 9}}, True),  # as the study's demo has it
        ({"experiments": {"mine": {"network": "unet"}}}, True),  # a row more
        ({"recipe": {"epochs": 3}}, False),
        ({"experiments": {"xnet": {"options": {"similarity": "dot"}}}}, False),
        ({"folds": {"seed": 1}}, False),
        (OWN_DATA, False),
    ],
)
def test_published_numbers_stand_beside_the_studys_own_results_only(overrides, as_published):
    study = load_study("xnet", "demo", overrides)
    assert study.is_as_published == as_published
    table = study.shown_tables["table2"]
    published = [row.published_as for row in table.rows if row.published_as]
    assert (bool(table.published), bool(published)) == (as_published, as_published)


def test_the_claims_of_a_changed_study_are_those_that_its_config_gives_it():
    changed = {"recipe": {"epochs": 3}}
    assert load_study("xnet", "demo", changed).shown_claims == []
    own = {"text": "A is above B.", "table": "table1", "pairs": [["xnet", "unet"]], "measures": ["dice"]}
    (claim,) = load_study("xnet", "demo", changed | {"claims": [own]}).shown_claims
    assert claim.text == "A is above B."


def test_rows_that_only_the_paper_has_go_too():
    study = load_study("wmh", "demo", {"folds": {"seed": 1}})
    rows = [row for table in study.shown_tables.values() for row in table.rows]
    assert rows
    assert all(row.experiment for row in rows)


def test_the_page_of_own_data_says_nothing_of_the_paper(tmp_path):
    write_slices(tmp_path / "mine", ["a", "b", "c"])
    config = {"studies": "xnet", "data": {"mine": str(tmp_path / "mine")}, "work": str(tmp_path / "work")}
    plan = make_plan(load_config(config | {"overrides": {"xnet": OWN_DATA}}))
    facts = study_facts(plan, "xnet")
    assert facts.changed
    assert (facts.citation, facts.differences, facts.published) == ("", [], [])
    assert '`dataset` is "mine" in place of "atlas"' in facts.departures
    assert not any(table.published for table in table_settings(plan, "xnet").tables.values())
