"""Drawn upper abdomens: liver, spleen, kidneys and what lies around them, as smooth functions of space.

Space is in mm: x to the patient's right, y to the front, z up, the origin in the middle of the body at the
height of the gall bladder. One seed draws one patient on every grid.
"""

from collections.abc import Sequence

import numpy as np

from segrepro.datasets.phantoms._shapes import Space, ellipsoid, smooth_noise, step

# Columns: Hounsfield units (portal venous phase); T1 signal of water; signal of fat; T2 signal of water.
CT, MR = slice(0, 1), slice(1, 4)
TISSUES = {
    "air": (-1000, 0.01, 0.0, 0.01),
    "fat": (-105, 0.1, 0.85, 0.08),
    "muscle": (60, 0.42, 0.03, 0.2),
    "bowel": (45, 0.36, 0.05, 0.5),
    "gas": (-600, 0.05, 0.0, 0.05),
    "stomach": (35, 0.28, 0.02, 0.75),
    "lung": (-850, 0.04, 0.0, 0.04),
    "heart": (150, 0.3, 0.02, 0.25),
    "liver": (125, 0.6, 0.05, 0.28),
    "liver vessel": (180, 0.32, 0.0, 0.15),
    "spleen": (135, 0.42, 0.02, 0.6),
    "right kidney": (190, 0.44, 0.02, 0.72),
    "left kidney": (190, 0.44, 0.02, 0.72),
    "renal sinus, right": (20, 0.2, 0.4, 0.5),
    "renal sinus, left": (20, 0.2, 0.4, 0.5),
    "vessel": (175, 0.25, 0.0, 0.12),
    "cortical bone": (650, 0.05, 0.02, 0.04),
    "marrow": (210, 0.22, 0.3, 0.16),
    "spinal canal": (25, 0.2, 0.0, 0.95),
}
# The organs that CHAOS draws, by label; vessels inside the liver belong to it.
LABELS = {"liver": 1, "liver vessel": 1, "right kidney": 2, "left kidney": 3, "spleen": 4}
VARIES = 0.07
CYLINDER = 2000.0


def abdomen_space(shape: Sequence[int], spacing_mm: Sequence[float]) -> Space:
    """The voxel centres of a grid around the origin."""
    return Space(*[((np.arange(n) - (n - 1) / 2) * s).astype(np.float32) for n, s in zip(shape, spacing_mm)])


def abdomen_noise(rng: np.random.Generator, space: Space, length_mm: float) -> np.ndarray:
    """`smooth_noise` over a body, which is half drawn out so that it fits the field of a head."""
    return smooth_noise(rng, Space(space.x / 2, space.y / 2, space.z / 2), length_mm / 2)


def draw_abdomen(
    rng: np.random.Generator, space: Space, border_mm: float, columns: slice
) -> tuple[np.ndarray, np.ndarray]:
    """Draw one patient.

    border_mm: width of the tissue borders, about a voxel. columns: `CT` or `MR`.
    Returns the signals (column, x, y, z) as float32, and the labels (x, y, z) of `LABELS` as uint8.
    """
    shape = tuple(len(axis) for axis in (space.x, space.y, space.z))
    table = {name: np.array(values, np.float32)[columns] for name, values in TISSUES.items()}
    signals = np.broadcast_to(table["air"][:, None, None, None], (len(table["air"]), *shape)).copy()
    labels = np.zeros(shape, np.uint8)
    for tissue, depth in _tissues(rng, space):
        # Two tissues alike in all patients would be told apart by a threshold.
        varied = table[tissue] * np.float32(1 + VARIES * rng.standard_normal())
        share = step(depth, border_mm)
        for signal, value in zip(signals, varied):
            signal += share * (value - signal)
        labels[np.broadcast_to(depth > 0, shape)] = LABELS.get(tissue, 0)
    return signals, labels


def _tissues(rng: np.random.Generator, space: Space) -> list[tuple[str, np.ndarray]]:
    """Each tissue with its depth in mm below its surface; the later one covers the earlier."""
    size = 1 + 0.05 * rng.standard_normal(3)
    wobble = abdomen_noise(rng, space, 50)
    body = _trunk(space, 148 * size[0], 104 * size[1]) + 2 * wobble
    inner = body - rng.uniform(6, 20)
    cavity = inner - rng.uniform(10, 14)
    lung = _above_diaphragm(space, size[2]) + 3 * wobble
    below = np.minimum(cavity - 1, -1.5 - lung)
    return [
        ("fat", body),
        ("muscle", inner),
        ("cortical bone", _ribs(space, inner)),
        ("fat", cavity),
        *_gut(rng, space, cavity, below),
        ("muscle", np.minimum(inner, _back_muscles(space))),
        ("lung", np.minimum(cavity - 1, lung)),
        ("heart", np.minimum(cavity - 2, ellipsoid(space, (-22, 24, 82), (60, 50, 40)) + 2 * wobble)),
        *_organs(rng, space, below, size),
        ("vessel", ellipsoid(space, (-14, -38, 0), (10, 10, CYLINDER))),
        ("vessel", ellipsoid(space, (19, -34, 0), (13, 9, CYLINDER))),
        *_spine(space, inner),
    ]


def _trunk(space: Space, half_width: float, half_depth: float) -> np.ndarray:
    """Depth below the skin of a trunk squarer than an ellipse."""
    x, y, _ = space.axes
    return ((1 - (np.abs(x / half_width) ** 2.5 + np.abs(y / half_depth) ** 2.5) ** 0.4) * half_depth).astype(
        np.float32
    )


def _above_diaphragm(space: Space, size: float) -> np.ndarray:
    x, y, z = space.axes
    dome = 64 * size - 0.005 * (np.abs(x) - 58) ** 2 - 0.009 * (y - 18) ** 2
    return (z - dome - 7 * np.tanh(x / 30)).astype(np.float32)


def _ribs(space: Space, inner: np.ndarray) -> np.ndarray:
    """Cuts through ribs, which run down to the front, inside the muscular wall."""
    x, y, z = space.axes
    angle = np.arctan2(y, np.abs(x) + 1e-3)
    rhythm = np.cos(9 * angle + z / 9) * 9 - 5
    return np.minimum(4 - np.abs(inner - 7), rhythm - np.maximum(0, y - 55) / 4).astype(np.float32)


def _gut(rng: np.random.Generator, space: Space, cavity: np.ndarray, below: np.ndarray) -> list:
    """Loops of bowel and the stomach, both with gas to the front."""
    x, y, z = space.axes
    loops = 14 * abdomen_noise(rng, space, 26)
    room = np.minimum(cavity - 4, np.minimum(y + 12 + loops, 30 - z))
    centre = np.array([-52, 28, 22]) + 5 * rng.standard_normal(3)
    stomach = np.minimum(below - 2, ellipsoid(space, centre, (42, 36, 38)) + 0.15 * loops)
    gas = np.minimum(stomach - 5, y - centre[1] - rng.uniform(4, 16))
    return [
        ("bowel", np.minimum(room, loops - 2)),
        ("gas", np.minimum(room - 3, np.minimum(loops - 13, y - 10))),
        ("muscle", stomach),
        ("stomach", stomach - 4),
        ("gas", gas),
    ]


def _back_muscles(space: Space) -> np.ndarray:
    x, y, z = space.axes
    depth = np.float32(-100)
    for side in (-1, 1):
        psoas = np.minimum(ellipsoid(space, (side * 33, -52, 0), (13, 16, CYLINDER)), -5 - z)
        depth = np.maximum(depth, np.maximum(psoas, ellipsoid(space, (side * 33, -82, 0), (27, 15, CYLINDER))))
    return depth


def _organs(rng: np.random.Generator, space: Space, below: np.ndarray, size: np.ndarray) -> list:
    """Liver with its vessels, spleen and kidneys; `below` is the room under the diaphragm."""
    ragged = 4 * abdomen_noise(rng, space, 32)
    shift = 5 * rng.standard_normal((4, 3))
    kidneys = {}
    for name, side, moved in (("right", 1, shift[2]), ("left", -1, shift[3])):
        centre = moved + (side * 58, -48, -38 - 6 * side)
        kidney = np.minimum(below, ellipsoid(space, centre, (27, 28, 50)) + 0.3 * ragged)
        sinus = ellipsoid(space, centre - (side * 15, -5, 0), (14, 9, 24)) + 0.6 * ragged
        kidneys |= {f"{name} kidney": kidney, f"renal sinus, {name}": np.minimum(kidney + 6, sinus)}
    room = np.minimum(below, -3 - np.maximum(kidneys["right kidney"], kidneys["left kidney"]))
    right = ellipsoid(space, shift[0] + (76, -2, -2), np.array([76, 90, 74]) * size)
    left = ellipsoid(space, shift[0] + (4, 38, 34), np.array([78, 44, 34]) * size)
    x, y, z = space.axes
    # The liver's lower part lies before and beside the right kidney.
    front = y + 25 + 1.5 * np.maximum(0, x - 80) + 3 * np.maximum(0, z + 15)
    liver = np.minimum(np.minimum(room, front), np.maximum(right, left) + ragged)
    first, second = (abdomen_noise(rng, space, 40) for _ in range(2))
    vessels = np.minimum(liver - 8, 4.5 - 26 * np.hypot(first, second))
    outer = ellipsoid(space, shift[1] + (-98, -34, 0), np.array([44, 56, 52]) * size) + ragged
    hollow = ellipsoid(space, shift[1] + (-54, -10, 0), (32, 38, 46))
    spleen = np.minimum(room, np.minimum(outer, 2 - hollow))
    return [("liver", liver), ("liver vessel", vessels), ("spleen", spleen), *kidneys.items()]


def _spine(space: Space, inner: np.ndarray) -> list:
    vertebra = ellipsoid(space, (0, -60, 0), (22, 17, CYLINDER))
    arch = ellipsoid(space, (0, -84, 0), (15, 14, CYLINDER))
    process = ellipsoid(space, (0, -96, 0), (5, 13, CYLINDER))
    bone = np.minimum(inner, np.maximum(np.maximum(vertebra, arch), process))
    return [
        ("cortical bone", bone),
        ("marrow", np.minimum(bone, np.maximum(vertebra, process)) - 2),
        ("spinal canal", np.minimum(inner - 2, ellipsoid(space, (0, -83, 0), (10, 9, CYLINDER)))),
    ]


def ct_scan(rng: np.random.Generator, space: Space, border_mm: float, noise_hu: float) -> tuple[np.ndarray, np.ndarray]:
    """A patient on the table of a CT scanner: Hounsfield units (x, y, z) as int16, and the labels."""
    (scan,), labels = draw_abdomen(rng, space, border_mm, CT)
    x, y, _ = space.axes
    table = step(1.5 - np.abs(y + 118 - 0.0011 * x**2), border_mm) * min(1, 3 / border_mm)
    scan += table * (scan < -900) * 1100
    scan += noise_hu * rng.standard_normal(scan.shape, dtype=np.float32)
    return np.clip(np.rint(scan), -1024, 3000).astype(np.int16), labels


def mr_scans(rng: np.random.Generator, space: Space, border_mm: float) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """T1 in phase ("t1_in"), out of phase ("t1_out") and T2-SPIR ("t2") of a patient as uint16, and the labels.

    In phase the signals of water and fat add up, out of phase they cancel each other, which draws a dark line
    between organs and fat; SPIR suppresses fat.
    """
    (water, fat, water_t2), labels = draw_abdomen(rng, space, border_mm, MR)
    pure = {"t1_in": water + fat, "t1_out": np.abs(water - fat), "t2": water_t2 + 0.1 * fat}
    scans = {}
    for modality, signal in pure.items():
        shaded = signal * np.exp(0.2 * abdomen_noise(rng, space, 180))
        first, second = rng.standard_normal((2, *signal.shape), dtype=np.float32) * np.float32(0.03)
        scans[modality] = np.clip(np.rint(900 * np.hypot(shaded + first, second)), 0, 4095).astype(np.uint16)
    return scans, labels
