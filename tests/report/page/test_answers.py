"""Which method is the best, in words."""

from segrepro.report.page.answers import best_methods
from segrepro.report.tables.table import Cell, RankedRow, Ranking, Row, Table


def row(label, dice, **cell):
    facts = {"group": "", "protocol": "clean", "experiment": label, "run": True, "only_published": False}
    return Row(label=label, cells={"dice": Cell(mean=dice, n=9, **cell)}, **facts)


def table(*rows, metric="dice", **facts):
    common = {"name": "t", "title": "Table 1", "note": "", "unit": "case", "footnotes": [], "protocol_effects": []}
    return Table(rows=list(rows), metrics={metric: "Dice"}, **common, **facts)


def test_the_best_mean_is_named_with_its_interval_and_seeds():
    found = table(row("U-Net", 0.6), row("X-Net", 0.7, low=0.65, high=0.75, seeds=3))
    assert list(best_methods([found])) == ["Table 1: X-Net has the best Dice, 0.700 [0.650, 0.750] (3 seeds)."]


def test_what_is_not_shown_worse_stands_beside_it():
    ranked = [
        RankedRow(label=label, rank=rank, low=1, high=2, first=0.5, may_be_best=good)
        for label, rank, good in (("X-Net", 1, True), ("U-Net", 2, True), ("FCN", 3, False))
    ]
    ranking = Ranking(metric="dice", tau=1.0, rows=ranked, protocol="clean")
    found = table(row("U-Net", 0.6), row("X-Net", 0.7), row("FCN", 0.1), rankings=[ranking])
    (line,) = best_methods([found])
    assert line == "Table 1: X-Net has the best Dice, 0.700 (1 seed); not shown worse: U-Net."


def test_one_method_alone_is_not_the_best_of_anything():
    assert list(best_methods([table(row("U-Net", 0.6))])) == []


def test_a_mean_that_leaves_out_a_case_is_no_best(report):
    assert (
        list(
            best_methods(
                [
                    table(
                        row("U-Net", 0.7).model_copy(update={"cells": {"dice": Cell(mean=0.7, n=8)}}), row("X-Net", 0.6)
                    )
                ]
            )
        )
        == []
    )
    # As U-Net's in the made-up study.
    assert "Best methods" not in (report / "index.html").read_text()


def test_the_index_has_every_claim_with_its_verdict(report, open_page):
    page = open_page(report / "index.html").page
    claims = page.locator("#xnet .answers li")
    assert claims.count() == 1
    assert claims.locator(".verdict").inner_text().endswith("of phantoms")
    page.close()
