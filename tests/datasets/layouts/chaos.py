"""Small phantoms of CHAOS and their labels."""

from segrepro.images.labels import read_label
from segrepro.images.scans import read_scan

SMALL = {"shape": (32, 32, 6), "spacing_mm": (11.5, 11.5, 26.0)}


def label(case):
    path = next(iter(case.images.values()))
    return read_label(case.labels, read_scan(path), path, case.label_ranges)
