"""What a study may ask the report for."""

import pytest

from segrepro.report.spec import FigureSpec, TableSpec
from segrepro.utils.errors import ConfigError
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import checked

TABLE = {
    "title": "T",
    "metrics": {"dice": "Dice"},
    "proposed": "xnet",
    "rows": [{"label": "X-Net", "experiment": "xnet"}],
}


def fault_of(model, values):
    with pytest.raises(ConfigError) as caught:
        checked(model, values, KeyLocations(Layer("study.yaml", values)))
    return caught.value


def test_the_proposed_method_is_called_as_its_row_has_it():
    assert TableSpec.model_validate(TABLE).proposed_label == "X-Net"


@pytest.mark.parametrize(
    ("model", "values", "where"),
    [
        (TableSpec, TABLE | {"published": "xnet_table.csv"}, "study.yaml: published"),
        (FigureSpec, {"title": "F", "kind": "contour", "experiments": ["xnet"]}, "study.yaml: kind"),
        (TableSpec, TABLE | {"rows": []}, "study.yaml: rows"),
    ],
)
def test_what_there_is_not_is_one_line(model, values, where):
    assert fault_of(model, values).where == where


def test_old_keys_say_what_they_are_called_now():
    assert fault_of(TableSpec, TABLE | {"reference": "xnet"}).remedy == "It is called proposed now."
