import numpy as np
import pytest

from segrepro.datasets.phantoms._perfusion import (
    Bolus,
    Tissue,
    deconvolve,
    gamma_variate,
    perfusion_maps,
    tissue_curves,
)
from segrepro.datasets.phantoms._stroke import draw_strokes, series, still_ct

STEP_S = 1.2
TIMES = STEP_S * np.arange(48)


def test_the_gamma_variate_peaks_at_alpha_times_beta():
    times = np.linspace(0, 40, 4001)
    curve = gamma_variate(times - 5, 3.0, 1.5)
    assert times[curve.argmax()] == pytest.approx(9.5, abs=0.02)
    assert curve.max() == pytest.approx(1, abs=1e-4)
    assert (curve[times <= 5] == 0).all()


def test_tissue_curves_are_the_convolution_with_the_residue_function():
    bolus, tissue = Bolus(), Tissue(np.array([60.0, 15.0]), np.array([4.0, 9.0]), np.array([1.0, 8.0]))
    fine = np.arange(0, TIMES[-1], 0.01)
    for voxel, (cbf, mtt, tmax) in enumerate(zip(tissue.cbf, tissue.mtt, tissue.tmax)):
        residue = np.where(fine >= tmax, np.exp(-(fine - tmax) / mtt), 0)
        slow = cbf / 6000 * 0.01 * np.convolve(bolus.curve(fine), residue)[: fine.size]
        expected = np.interp(TIMES, fine, slow)
        found = tissue_curves(tissue, bolus, TIMES)[:, voxel]
        np.testing.assert_allclose(found, expected, atol=0.03 * expected.max())


def test_the_deconvolution_is_the_truncated_svd_of_the_block_circulant_matrix():
    rng = np.random.default_rng(0)
    arterial = Bolus().curve(TIMES) + rng.normal(0, 3, TIMES.size)
    curves = rng.normal(0, 5, (TIMES.size, 7))
    length = 2 * TIMES.size
    padded = np.pad(arterial, (0, TIMES.size))
    matrix = STEP_S * np.stack([np.roll(padded, shift) for shift in range(length)], axis=1)
    u, s, vt = np.linalg.svd(matrix)
    inverse = vt.T @ np.diag(np.where(s >= 0.1 * s[0], 1 / s, 0)) @ u.T
    expected = inverse @ np.pad(curves, ((0, TIMES.size), (0, 0)))
    np.testing.assert_allclose(deconvolve(curves, arterial, STEP_S), expected, atol=1e-9)


def test_the_deconvolution_does_not_mind_when_the_artery_is_late():
    delays = np.array([-4.8, 0.0, 6.0, 9.6])
    bolus, same = Bolus(arrival_s=14), np.ones(4)
    flow = deconvolve(tissue_curves(Tissue(50 * same, 5 * same, delays), bolus, TIMES), bolus.curve(TIMES), STEP_S)
    # The truncation flattens the residue function: known, and the same for all delays.
    assert flow.max(axis=0) * 6000 == pytest.approx(35 * same, rel=0.2)
    assert np.ptp(flow.max(axis=0)) < 0.05 * flow.max()
    late = flow.argmax(axis=0) * STEP_S
    late[late > TIMES[-1]] -= 2 * TIMES.size * STEP_S
    assert late - late[1] == pytest.approx(delays, abs=STEP_S + 0.01)


@pytest.fixture(scope="module")
def stroke():
    return draw_strokes((3, 0, 0), 1, 64, (4, 4), (40, 40))[0]


def inside_the_brain(stroke, volume):
    """Without its rim and the vessels, which are blood alone."""
    return volume[stroke.brain & (stroke.head.tissue > 2) & ~stroke.arteries]


def truth(stroke):
    made = {}
    for name, values in (("CBF", "cbf"), ("CBV", "cbv"), ("MTT", "mtt"), ("Tmax", "tmax")):
        volume = np.zeros(stroke.brain.shape)
        volume[stroke.perfused] = getattr(stroke.tissue, values)
        made[name] = inside_the_brain(stroke, volume)
    return made


def correlations(stroke, frames):
    maps, made = perfusion_maps(frames, stroke.brain, stroke.arteries, STEP_S), truth(stroke)
    return {name: np.corrcoef(inside_the_brain(stroke, maps[name]), made[name])[0, 1] for name in made}


def test_maps_recover_the_values_that_were_put_in(stroke):
    exact = np.repeat(still_ct(stroke, 2.5)[..., None], TIMES.size, axis=3)
    exact[stroke.perfused] += tissue_curves(stroke.tissue, Bolus(), TIMES).T
    assert min(correlations(stroke, exact).values()) > 0.97
    maps, made = perfusion_maps(exact, stroke.brain, stroke.arteries, STEP_S), truth(stroke)
    assert np.median(inside_the_brain(stroke, maps["CBV"]) / made["CBV"]) == pytest.approx(1, abs=0.1)


def test_whole_hounsfield_units_cost_little_and_noise_more(stroke):
    still = still_ct(stroke, 2.5)
    clean, noisy = (
        correlations(stroke, series(np.random.default_rng(1), stroke, still, Bolus(), TIMES, hu)) for hu in (0.0, 1.0)
    )
    for name in ("CBF", "Tmax"):
        assert clean[name] > 0.9
        assert clean[name] > noisy[name] > 0.4


def test_maps_do_not_see_how_bright_the_tissue_is_without_contrast():
    stroke, bolus = draw_strokes((3, 0, 0), 1, 64, (4, 4), (40, 40), hidden_core=True)[0], Bolus()
    plain, dark = (series(np.random.default_rng(1), stroke, still_ct(stroke, hu), bolus, TIMES, 1.0) for hu in (0, 10))
    assert plain[stroke.core].mean() - dark[stroke.core].mean() > 7
    for a, b in zip(*(perfusion_maps(s, stroke.brain, stroke.arteries, STEP_S).values() for s in (plain, dark))):
        # What is left is the rounding to whole HU.
        assert abs((a - b)[stroke.core].mean()) < 0.05 * a[stroke.brain].std()
