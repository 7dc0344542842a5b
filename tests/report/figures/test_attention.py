"""Attention maps on the images that they look at."""

import numpy as np
import pytest
import torch

from segrepro.images.io import read_image
from segrepro.networks import build_network
from segrepro.preprocessing.preparation import Preparation
from segrepro.report.figures import attention
from segrepro.report.figures.attention import Panel, draw_attention
from segrepro.utils.plot_style import figure_style
from tests.models import save
from tests.report.figures.drawings_of_scans import SPEC


def write_network(folder, name):
    network = build_network(name, 1, 1, base_width=8)
    with torch.no_grad():
        torch.manual_seed(0)
        network(torch.rand(2, 1, 32, 32))
    card = {"network": name, "in_channels": 1, "out_channels": 1, "options": {"base_width": 8}, "channels": ["dwi"]}
    save(folder, network, **card)


def test_attention_is_drawn_for_every_case_and_run_as_large_as_the_image(write_study, tmp_path, monkeypatch):
    names = ["hlenet", "hlenet_hfe", "hlenet_lfe"]
    drawing, runs = write_study(names, Preparation(size=(32, 32), start=(0, 4)))
    for name in names:
        write_network(tmp_path / name, name)
    drawn = []
    monkeypatch.setattr(attention, "draw_attention", lambda panels, stem: drawn.extend(panels))
    attention.draw(drawing, SPEC, attention.Options(), runs, tmp_path / "fig")
    assert [panel.title for panel in drawn] == [f"{run}\n{case}" for case in ("c0", "c2") for run in names]
    assert [{name[:3] for name in panel.maps} for panel in drawn[:3]] == [{"lfe", "hfe"}, {"hfe"}, {"lfe"}]
    assert all(panel.image.shape == (30, 40) and panel.aspect == 2 for panel in drawn)
    assert drawn[0].truth.any()
    # Columns 4 to 36 and rows 0 to 32 of the slice, counted from the back; it has 30.
    assert drawn[0].extent == (3.5, 35.5, 29.5, -2.5)


def test_maps_lie_on_what_they_look_at(write_study, tmp_path, monkeypatch):
    """A map that is the prepared slice itself covers the image, wherever the crop lies and however it is resized."""
    from segrepro.networks import attention_maps as hooks

    preparation = Preparation(size=(40, 60), resize=(60, 80), start=(10, 16), normalization="max")
    drawing, runs = write_study(["hlenet"], preparation)
    write_network(tmp_path / "hlenet", "hlenet")
    monkeypatch.setattr(hooks, "attention_maps", lambda network, images: {"lfe_1": images})
    drawn = []
    monkeypatch.setattr(attention, "draw_attention", lambda panels, stem: drawn.extend(panels))
    attention.draw(drawing, SPEC, attention.Options(), runs, tmp_path / "fig")
    panel = drawn[0]
    left, right, bottom, top = (edge + 0.5 for edge in panel.extent)
    seen = panel.image[round(top) : round(bottom), round(left) : round(right)]
    assert seen.shape == (20, 30)
    halved = panel.maps["lfe_1"].reshape(20, 2, 30, 2).mean((1, 3))
    assert np.corrcoef(halved.ravel(), seen.ravel())[0, 1] > 0.9


def test_a_real_figure_of_attention_is_written(write_study, tmp_path):
    drawing, runs = write_study(["hlenet"], Preparation(size=(32, 32)))
    write_network(tmp_path / "hlenet", "hlenet")
    with figure_style():
        caption = attention.draw(drawing, SPEC, attention.Options(), runs, tmp_path / "fig")
    assert caption.startswith("Yellow: truth")
    assert (tmp_path / "fig.svg").read_text().count("<!-- LFE 1/8 -->") == 2
    assert read_image(tmp_path / "fig.png").array.shape[1] > 500


def maps_of(kinds, size=(24, 32)):
    rng = np.random.default_rng(0)
    return {f"{kind}_{f}": rng.random((size[0] // f, size[1] // f)) for kind in kinds for f in (1, 2, 4, 8)}


@pytest.mark.parametrize("kinds", [("lfe", "hfe"), ("hfe",), ()])
@pytest.mark.parametrize("colours", [(), (3,)])
def test_a_figure_is_drawn_for_every_kind_of_network(tmp_path, kinds, colours):
    image = np.random.default_rng(1).integers(0, 255, (24, 32, *colours), dtype=np.uint8)
    truth = np.zeros((24, 32), np.uint8)
    truth[5:12, 6:20] = 1
    with figure_style():
        caption = draw_attention([Panel("c1", image, truth, 0 * truth, maps_of(kinds))] * 2, tmp_path / "fig")
    assert "truth" in caption
    assert {path.name for path in tmp_path.iterdir()} == {"fig.png", "fig.svg"}
    assert read_image(tmp_path / "fig.png").array.shape[1] > 100
    text = (tmp_path / "fig.svg").read_text()
    for kind in ("lfe", "hfe"):
        assert text.count(f"<!-- {kind.upper()} 1/8 -->") == (2 if kind in kinds else 0)


def test_equal_input_gives_equal_files_and_another_map_another_figure(tmp_path):
    image, truth, maps = np.zeros((24, 32)), np.eye(24, 32), maps_of(("lfe",))
    with figure_style():
        for name in "ab":
            draw_attention([Panel("c1", image, truth, truth, maps)], tmp_path / name)
        draw_attention([Panel("c1", image, truth, truth, maps | {"lfe_1": np.zeros((24, 32))})], tmp_path / "c")
    for ending in (".png", ".svg"):
        first, second, third = ((tmp_path / f"{name}{ending}").read_bytes() for name in "abc")
        assert first == second
        assert first != third
