"""Tables of the paper on a further data set: copies of rows and of what these start from."""

import pytest

from segrepro.workflow.config.config import load_config
from segrepro.workflow.config.load import load_studies
from segrepro.workflow.config.short_forms import written_out

STUDY = {
    "datasets": {"here": {"title": "Here"}, "there": {"title": "There: other scans", "tables": ["table1"]}},
    "experiments": {
        "first": {"network": "unet", "main": True},
        "second": {"like": "first", "init_from": "first", "label": "Second"},
        "other": {"like": "first"},
    },
    "tables": {
        "table1": {"title": "Table 1: losses", "published": "a.csv", "published_patients": 3, "proposed": "second",
                   "note": "Printed.", "rows": ["second", {"label": "Theirs"}]},
        "table2": {"title": "Table 2", "proposed": "other", "rows": ["other"]},
    },
}  # fmt: skip


def test_a_table_is_made_again_with_what_its_rows_start_from():
    found = written_out(STUDY)
    assert set(found["experiments"]) == {"first", "second", "other", "first_there", "second_there"}
    assert found["experiments"]["second_there"] == {
        "network": "unet", "init_from": "first_there", "label": "Second", "dataset": "there", "main": False,
    }  # fmt: skip
    table = found["tables"]["table1_there"]
    assert table["title"] == "Table 1 on There: losses"
    assert table["note"] == "Printed. Not the paper's data: There: other scans."
    assert (table["proposed"], table["rows"]) == ("second_there", [{"label": "Second", "experiment": "second_there"}])
    assert "published" not in table
    assert set(found["tables"]) == {"table1", "table2", "table1_there"}
    assert set(STUDY["tables"]) == {"table1", "table2"}


def test_a_copy_may_be_changed_by_its_name():
    changed = STUDY | {"experiments": STUDY["experiments"] | {"second_there": {"seeds": 2}}}
    copy = written_out(changed)["experiments"]["second_there"]
    assert (copy["seeds"], copy["network"], copy["label"]) == (2, "unet", "Second")


def test_an_unknown_table_is_named_with_the_nearest():
    datasets = {"there": {"title": "There", "tables": ["tabel1"]}}
    with pytest.raises(ValueError, match="tabel1") as caught:
        written_out(STUDY | {"datasets": datasets})
    assert caught.value.args[2] == "Did you mean table1?"


def test_isles_24_repeats_tables_1_to_5_of_the_pseudo_dwi_without_published_numbers():
    study = load_studies(load_config({"studies": "pseudo_dwi", "scale": "paper"}))["pseudo_dwi"]
    for number in range(1, 6):
        own, copy = study.tables[f"table{number}"], study.tables[f"table{number}_isles2024"]
        assert [row.label for row in copy.rows] == [row.label for row in own.rows]
        assert copy.published is None
        assert "DWI and infarct at follow-up registered to that CT" in copy.note
        assert all(study.resolved[name].dataset == "isles2024" for name in copy.experiments)
    full = study.resolved["full_two_step_isles2024"]
    assert full.spec.init_from == "synthesis_all_isles2024"
    assert full.preparation.spacing_mm == (5, 1, 1)
    assert study.resolved["full"].preparation.spacing_mm is None
    assert not full.spec.main
