"""The tables of viewers: as 3D Slicer and ITK-SNAP write them themselves."""

import re

from segrepro.datasets.label_map import LabelMap
from segrepro.inference.colour_tables import itk_snap_labels, slicer_table

LABELS = LabelMap(values={1: 'left "kidney"', 63: "spleen"})


def test_slicers_rows_have_six_words():
    rows = [line.split() for line in slicer_table(LABELS).splitlines() if not line.startswith("#")]
    assert [len(row) for row in rows] == [6, 6, 6]
    assert [row[0] for row in rows] == ["0", "1", "63"]


def test_itk_snaps_rows_have_seven_numbers_and_a_name():
    rows = [line for line in itk_snap_labels(LABELS).splitlines() if not line.startswith("#")]
    found = [
        re.fullmatch(r"\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d.]+)\s+([01])\s+([01])\s+\"([^\"]+)\"", row)
        for row in rows
    ]
    assert [(row[1], row[8]) for row in found] == [("0", "Clear Label"), ("1", "left 'kidney'"), ("63", "spleen")]
