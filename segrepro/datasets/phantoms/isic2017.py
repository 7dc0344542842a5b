"""A stand-in for ISIC 2017: drawn dermoscopic pictures of skin lesions in the challenge's own folders and names.

Positions are in picture widths from the centre, so a seed draws about the same picture at every size.
"""

from functools import partial
from pathlib import Path

import numpy as np

from segrepro.datasets.phantoms._settings import Between, Count, PhantomSettings, Share
from segrepro.images.io import write_image
from segrepro.utils.parallel import for_each

# The challenge has 2000, 150 and 600 pictures.
SHARES = {"Training": 2000 / 2750, "Validation": 150 / 2750, "Test_v2": 600 / 2750}
ROWS_PER_COLUMN = (3 / 4, 2 / 3)
SKIN = np.array([[236, 178, 160], [214, 158, 120], [226, 190, 170], [224, 128, 120], [190, 130, 96]], np.float32)
PIGMENT = np.array([[120, 66, 40], [78, 44, 34], [168, 92, 74], [70, 66, 84], [58, 22, 22]], np.float32)
MARKER = np.array([[240, 230, 60], [70, 110, 190], [90, 170, 110]], np.float32)


class Settings(PhantomSettings):
    """columns: least and greatest width; a picture has 3/4 or 2/3 as many rows.

    patients: pictures in all, one a patient. validation, test: shares of them, at least one picture each.
    """

    columns: Between[Count] = (600, 1000)
    validation: Share = SHARES["Validation"]
    test: Share = SHARES["Test_v2"]


def write(folder: Path, settings: Settings, workers: int = 1) -> None:
    """Write pictures and masks such as `ISIC-2017_Training_Data/ISIC_0000000.jpg`.

    Pictures are JPEG (RGB), masks PNG, 0 and 255. A picture depends on the seed and its number alone.
    """
    parts = _parts(settings.patients, settings.validation, settings.test)
    work = partial(_write_picture, folder=folder, parts=parts, columns=settings.columns, seed=settings.seed)
    for_each(work, range(settings.patients), workers, "phantom skin lesions")


def _parts(patients: int, validation: float, test: float) -> list[str]:
    """The challenge's word of each picture's part, training first."""
    counts = [max(1, round(share * patients)) for share in (validation, test)]
    words = ["Validation"] * counts[0] + ["Test_v2"] * counts[1]
    return ["Training"] * (patients - len(words)) + words


def _write_picture(number: int, folder: Path, parts: list[str], columns: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng([seed, number])
    picture, lesion = draw_lesion(rng, int(rng.integers(columns[0], columns[1] + 1)))
    data, truth = (folder / f"ISIC-2017_{parts[number]}_{kind}" for kind in ("Data", "Part1_GroundTruth"))
    data.mkdir(parents=True, exist_ok=True)
    (data / f"ISIC_{number:07d}.jpg").write_bytes(_jpeg(picture))
    write_image(truth / f"ISIC_{number:07d}_segmentation.png", lesion.astype(np.uint8) * 255, np.eye(4))


def _jpeg(picture: np.ndarray) -> bytes:
    import cv2

    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def draw_lesion(rng: np.random.Generator, width: int) -> tuple[np.ndarray, np.ndarray]:
    """One picture, (rows, columns, 3) uint8 RGB, and its lesion, (rows, columns) bool."""
    shape = (round(width * rng.choice(ROWS_PER_COLUMN)), width)
    skin = _skin(rng, shape)
    depth = _lesion_depth(rng, shape)
    border = rng.uniform(0.01, 0.05)
    cover = np.clip(depth / border + 0.5, 0, 1)[..., None] * rng.uniform(0.55, 1)
    picture = skin + cover * (_pigment(rng, shape, depth) - skin)
    picture = np.ascontiguousarray(_marker(rng, picture, depth > 0), np.float32)
    for draw in (_hair, _ruler):
        draw(rng, picture)
    picture *= _light(rng, shape)
    picture += rng.normal(0, rng.uniform(0.5, 3), picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), depth > 0


def _axes(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the pixel centres in picture widths from the centre, to be broadcast."""
    rows, columns = shape
    x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / columns
    y = (np.arange(rows, dtype=np.float32) + 0.5 - rows / 2) / columns
    return x, y[:, None]


def _noise(rng: np.random.Generator, shape: tuple[int, int], length: float) -> np.ndarray:
    """Noise of about unit variance that changes over `length` picture widths; float32."""
    import cv2

    knots = int(np.ceil(1 / length)) + 3
    coarse = rng.standard_normal((knots, knots), dtype=np.float32) * 1.6
    square = cv2.resize(coarse, (shape[1], shape[1]), interpolation=cv2.INTER_CUBIC)
    return square[: shape[0]]


def _fractal(rng: np.random.Generator, shape: tuple[int, int], length: float, octaves: int = 4) -> np.ndarray:
    return sum(_noise(rng, shape, length / 2**octave) / 1.7**octave for octave in range(octaves))


def _skin(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Skin of one tone with redder and browner patches, fine lines and spots."""
    first, second = SKIN[rng.choice(len(SKIN), 2, replace=False)]
    share = rng.uniform(0, 0.5)
    tone = first * (1 - share) + second * share
    rough = rng.uniform(0.01, 0.05)
    brightness = 1 + rough * _fractal(rng, shape, 0.3) + 0.4 * rough * _noise(rng, shape, 0.012)
    spots = np.clip(_fractal(rng, shape, 0.06, 2) - rng.uniform(2, 4), 0, 1)[..., None]
    redness = rng.uniform(0, 0.03) * _fractal(rng, shape, 0.2)[..., None] * np.array([0.3, -1, -0.8], np.float32)
    return tone * brightness[..., None] * (1 + redness) * (1 - 0.25 * spots * np.array([0.5, 0.9, 1], np.float32))


def _lesion_depth(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """About the depth in picture widths inside the lesion's ragged outline; negative outside."""
    x, y = _axes(shape)
    centre = rng.normal(0, 0.05, 2)
    area = np.exp(rng.uniform(np.log(0.03), np.log(0.4))) * shape[0] / shape[1]
    stretch, turn = np.exp(rng.normal(0, 0.2)), rng.uniform(0, np.pi)
    x, y = x - centre[0], y - centre[1]
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    distance = np.hypot(along * stretch, across / stretch)
    radius = np.sqrt(area / np.pi)
    lobes = 0.16 * _noise(rng, shape, 0.9 * radius) + rng.uniform(0.02, 0.12) * _fractal(rng, shape, 0.3 * radius, 3)
    return radius * (1 + lobes) - distance


def _pigment(rng: np.random.Generator, shape: tuple[int, int], depth: np.ndarray) -> np.ndarray:
    """Two tones in patches and a net of darker dots, mostly darker towards the middle."""
    first, second = PIGMENT[rng.choice(len(PIGMENT), 2, replace=False)]
    patches = np.clip(0.3 + 0.5 * _fractal(rng, shape, 0.2, 3), 0, 1)[..., None]
    tone = first + patches * (second - first)
    net = 1 + rng.uniform(0.05, 0.2) * _noise(rng, shape, 0.02) + rng.uniform(0, 0.12) * _noise(rng, shape, 0.05)
    middle = 1 - rng.uniform(-0.1, 0.35) * np.clip(depth / depth.max(), 0, 1)
    return tone * (net * middle)[..., None]


def _hair(rng: np.random.Generator, picture: np.ndarray) -> None:
    """From none to a few dozen curved hairs, dark or fair, over the picture."""
    import cv2

    count = int(rng.choice([0, 0, 3, 8, 16]) * rng.uniform(0.5, 1.5))
    rows, width = picture.shape[:2]
    tone = rng.choice([[40, 28, 24], [110, 80, 60], [205, 175, 140]])
    steps = np.linspace(0, 1, 12)[:, None]
    for _ in range(count):
        start = rng.uniform(0, 1, 2) * (width, rows)
        ahead = rng.normal(0, 0.35, 2) * width
        bend = rng.normal(0, 0.12, 2) * width
        points = start + steps * ahead + steps * (1 - steps) * bend
        # Thinner than a pixel is drawn fainter, by the share of the hair that is skin.
        colour = (tone * rng.uniform(0.9, 1.1) if width > 300 else 0.5 * (tone + picture.mean((0, 1)))).tolist()
        thickness = max(1, round(width * rng.uniform(0.001, 0.004)))
        cv2.polylines(picture, [np.round(points * 8).astype(np.int32)], False, colour, thickness, cv2.LINE_AA, 3)


def _ruler(rng: np.random.Generator, picture: np.ndarray) -> None:
    """In every third picture a line with marks, each fifth longer, near an edge."""
    import cv2

    if rng.random() > 1 / 3:
        return
    rows, width = picture.shape[:2]
    turn, length = rng.choice([0, np.pi / 2, np.pi]) + rng.normal(0, 0.1), rng.uniform(0.35, 0.6) * rows
    along = np.array([np.cos(turn), np.sin(turn)])
    aside = np.array([-along[1], along[0]])
    middle = np.array([width, rows]) / 2 + aside * (0.4 * (rows if abs(along[0]) > 0.5 else width))
    marks = np.linspace(-0.5, 0.5, 21)[:, None] * length * along + middle
    ends = marks + aside * (0.02 + 0.02 * (np.arange(21) % 5 == 0)[:, None]) * width
    lines = [np.stack([a, b]) for a, b in [(marks[0], marks[-1]), *zip(marks, ends)]]
    colour = (picture.mean((0, 1)) * 0.45).tolist()
    lines = [np.round(line * 8).astype(np.int32) for line in lines]
    cv2.polylines(picture, lines, False, colour, max(1, width // 400), cv2.LINE_AA, 3)


def _marker(rng: np.random.Generator, picture: np.ndarray, lesion: np.ndarray) -> np.ndarray:
    """In every eighth picture a coloured paper disc that reaches in from an edge, unless it hides the lesion."""
    x, y = _axes(picture.shape[:2])
    side, along, radius = rng.choice([-1, 1]), rng.uniform(-0.4, 0.4), rng.uniform(0.12, 0.2)
    height = 0.5 * picture.shape[0] / picture.shape[1] + 0.3 * radius
    disc = np.clip((radius - np.hypot(x - along, y - side * height)) / 0.01, 0, 1)[..., None]
    if rng.random() > 1 / 8 or disc[lesion].any():
        return picture
    return picture + disc * (MARKER[rng.integers(len(MARKER))] - picture)


def _light(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """What lamp and lens do to each colour: a cast, darker edges and, in every fourth picture, a black rim."""
    x, y = _axes(shape)
    radius = np.hypot(x - rng.normal(0, 0.03), y - rng.normal(0, 0.03))
    falloff = 1 - rng.uniform(0.1, 1) * radius**2
    if rng.random() < 1 / 4:
        falloff = falloff * np.clip((rng.uniform(0.5, 0.58) - radius) / 0.02, 0, 1)
    cast = rng.uniform(0.8, 1.05) * np.exp(rng.normal(0, 0.05, 3))
    return (falloff[..., None] * cast).astype(np.float32)
