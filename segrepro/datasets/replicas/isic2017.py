"""ISIC 2017: 2,000, 150 and 600 pictures with superpixels beside them, masks and tables; some pictures are there twice.

Made up: the numbers of the pictures but the first of training and test, and the partners of those that are twice there.
"""

import shutil
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from segrepro.datasets.replicas._drawing import draw, write_picture, write_text
from segrepro.datasets.replicas._settings import ReplicaSettings
from segrepro.utils.parallel import for_each

# Two pictures of training are equal to pictures of the test part, and two of the test part to each other.
TWICE = {12271: 12300, 12175: 12301, 12216: 12152}
NUMBERS = {
    "Training": [*range(1769), *range(9000, 9229), 12175, 12271],
    "Validation": [*range(1769, 1919)],
    "Test_v2": [n for n in range(12086, 12688) if n not in (12175, 12271)],
}
# Rows and columns of the smallest, the median and the greatest picture.
SHAPES = ((540, 576), (2000, 3008), (4499, 6748))
USUAL = 0.99


class Picture(NamedTuple):
    """word: the challenge's for its part."""

    word: str
    number: int


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write the six folders of the challenge's six archives."""
    chosen = [Picture(word, number) for word, numbers in NUMBERS.items() for number in settings.some(numbers)]
    for word in NUMBERS:
        data, truth = _folders(folder, word)
        truth.mkdir(parents=True)
        write_text(data / f"ISIC-2017_{word}_Data_metadata.csv", "image_id,age_approximate,sex\n")
    for_each(partial(_write, folder=folder, settings=settings), chosen, workers, "replica of ISIC 2017")
    for picture in chosen:
        _repeat(folder, picture, chosen)


def _folders(folder: Path, word: str) -> tuple[Path, Path]:
    return folder / f"ISIC-2017_{word}_Data", folder / f"ISIC-2017_{word}_Part1_GroundTruth"


def _write(picture: Picture, folder: Path, settings: ReplicaSettings) -> None:
    rng = np.random.default_rng([settings.seed, picture.number])
    kind = 1 if rng.random() < USUAL else int(rng.choice([0, 2]))
    gray, lesion = draw(rng, settings.shrunk(*SHAPES[kind]))
    data, truth = _folders(folder, picture.word)
    name = f"ISIC_{picture.number:07d}"
    colours = np.clip(255 * gray[..., None] * rng.uniform(0.5, 1, (*gray.shape, 3)), 0, 255).astype(np.uint8)
    write_picture(data / f"{name}.jpg", colours)
    write_picture(data / f"{name}_superpixels.png", rng.integers(0, 255, gray.shape, dtype=np.uint8))
    write_picture(truth / f"{name}_segmentation.png", lesion * np.uint8(255))


def _repeat(folder: Path, picture: Picture, chosen: list[Picture]) -> None:
    """Put the picture that this one is equal to into its place, byte for byte, if both are there."""
    for other in chosen:
        if TWICE.get(picture.number) == other.number:
            names = [(f"{_folders(folder, p.word)[0]}/ISIC_{p.number:07d}.jpg") for p in (other, picture)]
            shutil.copyfile(*names)
            masks = [(f"{_folders(folder, p.word)[1]}/ISIC_{p.number:07d}_segmentation.png") for p in (other, picture)]
            shutil.copyfile(*masks)
