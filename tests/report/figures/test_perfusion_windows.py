import numpy as np

from segrepro.report.figures.perfusion_windows import draw_perfusion_windows


def facts(number, fallback=False):
    curve = np.exp(-(((np.arange(40) - 15.0) / 5) ** 2)) * 1e6 - 3e8
    return {"case": f"case_{number}", "ts": 5, "te": 30, "fallback": fallback, "step_s": 1.5, "curve": curve.tolist()}


def test_every_case_is_drawn_and_fallbacks_are_counted(tmp_path):
    caption = draw_perfusion_windows([facts(n, n == 3) for n in range(8)], tmp_path / "fig3")
    assert "8 cases" in caption
    assert "In 1 (dashed) the rule found no start or no end" in caption
    assert "or no end after the start, and the window is the whole series" in caption
    drawing = (tmp_path / "fig3.svg").read_text()
    assert (tmp_path / "fig3.png").stat().st_size > 10_000
    assert drawing.count("case_") >= 8
    assert "case_3 (fallback)" in drawing


def test_equal_facts_make_equal_files(tmp_path):
    for name in ("a", "b"):
        draw_perfusion_windows([facts(1)], tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
