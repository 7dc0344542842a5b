"""Parameters at full width and over another network."""

from segrepro.report.spec import UnrunNetwork
from segrepro.report.tables.parameters import full_counts, network_facts
from tests.report.tables.example import SPEC, build, row_of


def test_parameters_are_printed_only_where_the_paper_prints_them(tmp_path):
    table, _ = build(tmp_path, networks={"ours": "hlenet", "other": "unet28"})
    printed = {row["label"]: row["parameters_published"] for row in table["rows"]}
    assert printed == {"Team": "", "Ours": "5.5×10^6", "Other": "", "Third": "5.9×10^6"}
    assert row_of(table, "Other")["parameters_at_full_width"] == "5.9×10^6"


def test_parameters_are_counted_at_full_width_and_over_the_plain_network(tmp_path):
    networks = {"ours": "scse_unet", "other": "unet_chaos"}
    table, _ = build(tmp_path, SPEC | {"parameters_relative_to": "other"}, networks=networks)
    ours, other = row_of(table, "Ours"), row_of(table, "Other")
    assert ours["parameters_increase_percent"] == 2.59  # the report's "around 2%"
    assert other["parameters_increase_percent"] == 0
    assert f"| {ours['parameters_at_full_width']} (+2.59 %) | 7 |" in (tmp_path / "out" / "t.md").read_text()


def test_a_network_without_a_run_is_counted_at_full_width():
    segnet = UnrunNetwork(network="segnet", in_channels=1, out_channels=1, options={"base_width": 8})
    assert network_facts(segnet, full_counts({"segnet": segnet})["segnet"], 15_117_646) == {
        "parameters_at_full_width": "29.5M",  # as the paper prints it
        "parameters_note": "",
        "parameters_increase_percent": 94.86,
    }


def test_the_row_of_a_network_without_a_run_has_its_count(tmp_path):
    third = {"third": {"network": "unet28", "in_channels": 4, "out_channels": 1, "options": {"base_width": 4}}}
    table, _ = build(tmp_path, unrun=third)
    row = row_of(table, "Third")
    assert not row["run"]
    assert row["parameters_at_full_width"] == "5.9×10^6"
    assert "parameters" not in row
