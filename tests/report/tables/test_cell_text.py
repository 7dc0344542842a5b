"""Cells in words."""

import numpy as np

from segrepro.evaluation.statistics import Summary, summarise
from segrepro.report.tables.cell_text import format_cell


def test_cells():
    summary = Summary(0.48674, 0.2831, 0.4501, 0.5234, 229, 0, 0.4867)
    assert format_cell(summary) == "0.487 ± 0.283 [0.450, 0.523]"
    assert format_cell(summary, "*", digits=2) == "0.49 ± 0.28 [0.45, 0.52]*"
    assert format_cell(summarise([0.5, np.nan])) == "0.500 (1 of 2 undefined)"
