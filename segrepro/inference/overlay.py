"""A picture of a scan with the outlines of its labels, to judge a mask at a glance."""

from pathlib import Path

import numpy as np

from segrepro.datasets.case import Case
from segrepro.datasets.label_map import LabelMap
from segrepro.images.geometry import to_slices
from segrepro.images.image import is_picture
from segrepro.images.io import read_image
from segrepro.images.scans import read_scan
from segrepro.preprocessing.preparation import PreparedCase
from segrepro.utils.plot_style import label_colour

SLICES, COLUMNS = 6, 3
# In pixels: a slice's width, what lies between two slices, a line of words, and the words' size.
WIDTH, GAP, LINE, TEXT = 440, 12, 36, 20
BLACK = (0, 0, 0)


def draw_overlay(path: Path, case: Case, labels: np.ndarray, record: PreparedCase, label_map: LabelMap) -> None:
    """Write a PNG: slices at even steps through the labels (through the scan where there are none), outlined.

    labels: values on the scan's own grid, in file order; record: of its preparation;
    label_map: the names of its values.
    Left of the picture is left, top is front.
    """
    import cv2

    orientation, plane, scan_file = record.orientation, record.plane, next(iter(case.images.values()))
    # A picture may have colours, which a scan has not.
    scan = to_slices((read_image if is_picture(scan_file) else read_scan)(scan_file).array, orientation, plane)
    labels = to_slices(labels, orientation, plane)
    if orientation:  # a volume's first row is the back, or the feet
        scan, labels = scan[:, ::-1], labels[:, ::-1]
    # Voxels of the scan, in proportion.
    frame = zip(record.spacing_mm, record.frame, record.full_shape)
    _, height, width = (mm * n / own for mm, n, own in frame)
    size = (WIDTH, max(1, round(WIDTH * labels.shape[1] * height / (labels.shape[2] * width))))
    low, high = np.percentile(scan, (1, 99.5))
    tiles = []
    for index in shown_slices(labels):
        tile = _outlined(_in_colours(scan[index], low, high), labels[index], label_map, size)
        title = f"slice {index + 1} of {len(scan)}" if len(scan) > 1 else ""
        tiles.append(np.vstack([_words([(title, BLACK)], WIDTH), tile]))
    slices = _side_by_side(tiles)
    names = [(name, label_colour(number)) for number, name in label_map.channels]
    page = np.vstack([slices, _words(names, slices.shape[1])])
    # Not imwrite, which knows no names outside of the system's own letters on Windows.
    path.write_bytes(cv2.imencode(".png", page[..., ::-1])[1].tobytes())


def shown_slices(labels: np.ndarray) -> list[int]:
    """Up to six slices of (S, H, W) at even steps from the first labelled one to the last.

    >>> labels = np.zeros((20, 1, 1)); labels[4:11] = 1
    >>> shown_slices(labels)
    [4, 5, 6, 8, 9, 10]
    """
    labelled = np.flatnonzero(labels.any((1, 2)))
    if not labelled.size:
        labelled = np.arange(len(labels))[len(labels) // 4 : len(labels) - len(labels) // 4]
    return sorted({int(labelled[i]) for i in np.linspace(0, labelled.size - 1, SLICES).round().astype(int)})


def _in_colours(scan: np.ndarray, low: float, high: float) -> np.ndarray:
    """A slice as (H, W, 3), uint8; a grey one is 0 at `low` and 255 at `high`."""
    if scan.ndim == 3:
        return np.ascontiguousarray(scan[..., :3], np.uint8)
    grey = np.clip((scan.astype(np.float32) - low) / max(high - low, 1e-6), 0, 1) * 255
    return np.repeat(grey.round().astype(np.uint8)[..., None], 3, axis=-1)


def _outlined(picture: np.ndarray, labels: np.ndarray, label_map: LabelMap, size: tuple[int, int]) -> np.ndarray:
    """A slice (H, W, 3) and its labels (H, W), enlarged to a size (width, height), with a line around each label."""
    import cv2

    tile = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    for number, value in enumerate(label_map.values, 1):
        mask = cv2.resize(np.uint8(labels == value), size, interpolation=cv2.INTER_NEAREST_EXACT)
        lines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(tile, lines, -1, label_colour(number), 2, cv2.LINE_AA)
    return tile


def _words(words: list[tuple[str, tuple[int, int, int]]], width: int) -> np.ndarray:
    """A white strip (H, width, 3) with words in their colours, on as many lines as they need."""
    import cv2

    font, placed, x, lines = cv2.FontFace("sans"), [], 0, 1
    for text, colour in words:
        needed = cv2.getTextSize((1, 1), text, (0, 0), font, TEXT)[2] + 2 * GAP if text else 0
        if x and x + needed > width:
            x, lines = 0, lines + 1
        placed.append((text, colour, (x + GAP, lines * LINE - GAP)))
        x += needed
    strip = np.full((lines * LINE, width, 3), 255, np.uint8)
    for text, colour, place in placed:
        cv2.putText(strip, text, place, colour, font, TEXT)
    return strip


def _side_by_side(tiles: list[np.ndarray]) -> np.ndarray:
    """Equal tiles in rows of three, with white between them."""
    columns = min(COLUMNS, len(tiles))
    tiles = tiles + [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    padded = [np.pad(tile, ((0, 0), (GAP, GAP), (0, 0)), constant_values=255) for tile in tiles]
    return np.vstack([np.hstack(padded[row : row + columns]) for row in range(0, len(padded), columns)])
