"""Ranks as a picture."""

from segrepro.report.tables.rank_figure import draw_ranks
from segrepro.report.tables.table import RankedRow, Ranking

ROWS = [
    RankedRow(label=f"Net {rank}", rank=rank, low=max(1, rank - 1), high=rank, first=1 / rank**2, may_be_best=rank < 3)
    for rank in range(1, 5)
]


def test_equal_ranks_are_equal_files_that_name_rows_and_panels(tmp_path):
    rankings = [Ranking(metric="dice", tau=0.9, rows=ROWS, protocol=name) for name in ("clean", "published")]
    for name in ("one", "two"):
        draw_ranks(rankings, "Dice", tmp_path / name)
    for ending in ("png", "svg"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
    text = (tmp_path / "one.svg").read_text()
    for words in ("Net 1", "Net 4", "rank by Dice (clean)", "rank by Dice (published)", "0.25"):
        assert f"<!-- {words}" in text
