"""One look for all figures, and equal files for equal figures."""

import hashlib

import cv2
import matplotlib
import matplotlib.pyplot as plt

from segrepro.utils.plot_style import COLOURS, figure_style, save_figure


def draw(stem):
    with figure_style():
        figure, axes = plt.subplots(figsize=(2, 1))
        axes.plot([0, 1], [1, 0])
        colour = axes.lines[0].get_color()
        save_figure(figure, stem)
    return colour


def test_equal_figures_are_equal_files(tmp_path):
    assert draw(tmp_path / "a") == draw(tmp_path / "b") == COLOURS[0]
    for kind in ("png", "svg"):
        first, second = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
        assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    assert cv2.imread(str(tmp_path / "a.png")).shape[1] > 200
    assert plt.get_fignums() == []


def test_the_style_ends_with_its_block():
    before = matplotlib.rcParams["font.size"]
    with figure_style():
        assert matplotlib.rcParams["font.size"] == 9
        assert not matplotlib.rcParams["axes.spines.top"]
    assert matplotlib.rcParams["font.size"] == before
