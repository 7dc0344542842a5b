import numpy as np
import pytest

from segrepro.images.io import read_image
from segrepro.report.figures.attention import Panel, draw_attention
from segrepro.utils.plot_style import figure_style


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
