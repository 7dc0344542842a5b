"""The picture beside a mask: which slices, which way up, which colours."""

import numpy as np
import pytest

from segrepro.datasets.case import Case
from segrepro.datasets.label_map import LabelMap
from segrepro.images.io import read_image, write_image
from segrepro.inference.overlay import GAP, LINE, WIDTH, draw_overlay
from tests.scans import affine_of, prepared_record

LABELS = LabelMap(values={1: "lesion", 3: "núcleo"})
ORANGE, GREEN = (0xE6, 0x9F, 0x00), (0x00, 0x9E, 0x73)


def drawn(folder, scan, labels, name="scan.nii.gz", **record) -> np.ndarray:
    """The overlay as (row, column, colour)."""
    write_image(folder / name, scan, affine_of("RAS", (1, 1, 3)))
    case = Case(id="a", patient="a", site="", images={"t1": folder / name}, labels=())
    draw_overlay(folder / "overlay.png", case, labels, prepared_record(**record), LABELS)
    return read_image(folder / "overlay.png").array


def where(page: np.ndarray, colour) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of a colour."""
    return np.nonzero((page == colour).all(-1))


def test_an_outline_goes_around_its_label_with_the_front_on_top(tmp_path):
    labels = np.zeros((44, 22, 5), np.uint8)
    labels[4:8, 16:20, 2] = 1  # left, and in front, since y grows to the front
    page = drawn(tmp_path, np.zeros(labels.shape, np.float32), labels, spacing_mm=(3, 1, 1))
    height = WIDTH * 22 // 44
    assert page.shape == (LINE + height + LINE, WIDTH + 2 * GAP, 3)  # the one labelled slice, and its names
    rows, columns = where(page[: LINE + height], ORANGE)
    pixel = WIDTH // 44
    assert (columns.min() - GAP, columns.max() - GAP) == pytest.approx((4 * pixel, 8 * pixel), abs=2)
    assert (rows.min() - LINE, rows.max() - LINE) == pytest.approx((2 * pixel, 6 * pixel), abs=2)


def test_each_label_has_its_colour_in_the_scan_and_in_the_list_of_names(tmp_path):
    labels = np.zeros((30, 30, 4), np.uint8)
    labels[2:9, 2:9], labels[15:20, 15:20] = 1, 3
    page = drawn(tmp_path, np.zeros(labels.shape, np.float32), labels, spacing_mm=(3, 1, 1))
    for colour in (ORANGE, GREEN):
        assert len(where(page[:-LINE], colour)[0])
        assert len(where(page[-LINE:], colour)[0])


def test_a_scan_is_grey_from_its_darkest_to_its_brightest(tmp_path):
    scan = np.zeros((20, 20, 8), np.float32)
    scan[10:] = 500
    page = drawn(tmp_path, scan, np.zeros(scan.shape, np.uint8), spacing_mm=(3, 1, 1))
    left, right = page[LINE + 200, GAP + 50], page[LINE + 200, GAP + WIDTH - 50]
    assert left.tolist() == [0, 0, 0]
    assert right.tolist() == [255, 255, 255]
    assert page.shape[1] == 3 * (WIDTH + 2 * GAP)  # four slices: two rows of three


def test_a_picture_keeps_its_colours_and_stands_upright(tmp_path):
    picture = np.zeros((10, 20, 3), np.uint8)
    picture[:5, :, 0] = 200  # red above
    labels = np.zeros((10, 20), np.uint8)
    page = drawn(tmp_path, picture, labels, "picture.png", orientation=None, spacing_mm=(1, 1, 1))
    assert page[LINE + 50, GAP + 100].tolist() == [200, 0, 0]
    assert page[LINE + 170, GAP + 100].tolist() == [0, 0, 0]
