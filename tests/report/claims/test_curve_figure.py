"""A specification curve as a picture."""

from segrepro.report.claims.curve_figure import draw_curve
from segrepro.report.claims.specifications import Specification


def found(measure, difference, verdict, own=False, few=False):
    ends = (None, None) if few else (difference - 0.05, difference + 0.05)
    return Specification(
        options={"protocol": "clean", "measure": measure},
        own=own,
        difference=difference,
        low=ends[0],
        high=ends[1],
        unit="",
        verdict=verdict,
    )


def test_equal_curves_are_equal_files_and_name_what_differs(tmp_path):
    ways = [
        found("dice", 0.02, "cannot tell", own=True),
        found("iou", 0.1, "holds"),
        found("recall", -0.1, "cannot tell", few=True),
    ]
    for name in ("one", "two"):
        draw_curve(ways, tmp_path / name)
    for ending in ("png", "svg"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
    text = (tmp_path / "one.svg").read_text()
    for words in ("measure: dice", "measure: recall", "cannot tell", "holds", "3 specifications"):
        assert f"<!-- {words}" in text
    assert "protocol" not in text  # all have the same


def test_a_single_specification_can_be_drawn(tmp_path):
    draw_curve([found("dice", 0.0, "no difference above the margin", own=True)], tmp_path / "one")
    assert (tmp_path / "one.png").stat().st_size > 0
