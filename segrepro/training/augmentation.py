"""Random flips, turns, scalings and crops of slices, one affine warp each, by OpenCV; and smooth distortions."""

from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field, model_validator

from segrepro.utils.validation import Strict

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELD = 4  # places along each side that a smooth field is drawn at
# What changes no place, at rest; see segrepro.training.intensities.
INTENSITIES = {"bias_field": 0.0, "blur": 0.0, "gamma": (1.0, 1.0), "noise": 0.0, "probability": 1.0}


class Augmentation(Strict):
    """What is done to a training slice; every value is drawn anew for each slice, evenly within its range.

    The warp keeps the slice's size. What it brings in from outside has the slice's lowest value; label 0.
    """

    flip_left_right: float = Field(0.0, ge=0, le=1, description="probability")
    flip_up_down: float = Field(0.0, ge=0, le=1, description="probability")
    rotation_degrees: float = Field(0.0, ge=0, le=180, description="largest turn to either side, about the centre")
    scale: tuple[float, float] = Field((1.0, 1.0), description="least and greatest magnification, about the centre")
    crop: tuple[float, float] = Field(
        (1.0, 1.0), description="least and greatest share of each side kept, from anywhere, stretched to the full size"
    )

    elastic: float = Field(0.0, ge=0, description="greatest shift of a smooth distortion, in pixels")
    bias_field: float = Field(0.0, ge=0, description="greatest power of e that a smooth field multiplies with")
    blur: float = Field(0.0, ge=0, description="greatest standard deviation of a Gaussian blur, in pixels")
    gamma: tuple[float, float] = Field((1.0, 1.0), description="least and greatest power of the channel's own 0 to 1")
    noise: float = Field(0.0, ge=0, description="greatest standard deviation of added noise, in prepared values")
    probability: float = Field(1.0, ge=0, le=1, description="of each of elastic, bias_field, blur, gamma and noise")

    @model_validator(mode="after")
    def _ranges(self) -> "Augmentation":
        for name, most in (("scale", np.inf), ("crop", 1), ("gamma", np.inf)):
            low, high = getattr(self, name)
            if not 0 < low <= high <= most:
                expected = "two rising numbers above 0" + (", at most 1" if most == 1 else "")
                raise ValueError(f"{name} {low:g}, {high:g}", expected, "Change them.")
        return self


def augment(
    images: np.ndarray, labels: np.ndarray, settings: Augmentation, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Warp each slice and its label alike; new arrays, or the ones given where the settings change nothing.

    images: (N, C, H, W) float16 or float32, interpolated linearly. labels: (N, H, W) uint8, nearest pixel.
    The result depends on the settings, N and the generator's state alone.

    >>> images, labels = np.ones((2, 1, 4, 4), np.float32), np.ones((2, 4, 4), np.uint8)
    >>> flipped, _ = augment(images, labels, Augmentation(flip_left_right=1), np.random.default_rng(0))
    >>> bool((flipped == images).all())
    True
    """
    if settings.model_copy(update=INTENSITIES) == Augmentation():
        return images, labels
    # OpenCV knows no float16; and of two or more than four channels at once it rounds positions to 1/32 pixel.
    single = as_single(images)
    warped, warped_labels = np.empty_like(single), np.empty_like(labels)
    for number, warp in enumerate(draw_warps(len(labels), labels.shape[1:], settings, generator)):
        for plane, into in zip(single[number], warped[number]):
            _warp(plane, warp, "linear", into)
        _warp(labels[number], warp, "nearest", warped_labels[number])
    if settings.elastic:
        for slices, drawn in zip(warped, warped_labels):
            if generator.random() < settings.probability:
                _distort([*slices, drawn], settings.elastic, generator)
    return as_half(warped) if images.dtype == np.float16 else warped, warped_labels


def _distort(planes: list[np.ndarray], most: float, generator: np.random.Generator) -> None:
    """Shift the pixels of planes (H, W), the last a label, all alike and in place, by at most `most` pixels."""
    from scipy.ndimage import map_coordinates

    size = planes[0].shape
    places = [rows + most * smooth_field(size, generator) for rows in np.indices(size, np.float32)]
    for number, plane in enumerate(planes):
        label = number == len(planes) - 1
        outside = 0 if label else plane.min()
        plane[:] = map_coordinates(plane, places, order=0 if label else 1, cval=outside)


def smooth_field(size: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """A random field (H, W) float32 from -1 to 1: numbers drawn at 4 x 4 places and cubic between them."""
    from scipy.ndimage import zoom

    drawn = generator.uniform(-1, 1, (FIELD, FIELD)).astype(np.float32)
    return np.clip(zoom(drawn, np.array(size) / FIELD, order=3, mode="nearest", grid_mode=True), -1, 1)


def as_single(array: np.ndarray) -> np.ndarray:
    """As float32, which holds every float16, by torch; the array itself if it is that."""
    import torch

    return torch.from_numpy(array).float().numpy()


def as_half(array: np.ndarray) -> np.ndarray:
    """As float16 by torch, which takes a tenth of numpy's time."""
    import torch

    return torch.from_numpy(array).half().numpy()


def draw_warps(
    count: int, size: tuple[int, int], settings: Augmentation, generator: np.random.Generator
) -> "Iterator[np.ndarray]":
    """For each slice the matrix (2, 3) that takes (x, y, 1) of a new pixel to (x, y) in the old slice.

    About the centre: flip, turn by a and magnify by s is x' = R(a) F x / s; the crop is before them, a
    stretch by the share of each side and a shift that keeps it inside.
    """
    draws = generator.random((count, 8))
    flips = np.where(draws[:, :2] < (settings.flip_left_right, settings.flip_up_down), -1.0, 1.0)
    turns = np.radians(settings.rotation_degrees * (2 * draws[:, 2] - 1))
    scales, shares = _within(settings.scale, draws[:, 3]), _within(settings.crop, draws[:, 4:6])
    centre = (np.array(size[::-1]) - 1) / 2
    shifts = (1 - shares) * (draws[:, 6:] - 0.5) * size[::-1]
    for flip, turn, scale, share, shift in zip(flips, turns, scales, shares, shifts):
        c, s = np.cos(turn), np.sin(turn)
        linear = np.array([[c, -s], [s, c]]) * flip / scale * share[:, None]
        yield np.column_stack([linear, centre + shift - linear @ centre])


def _within(limits: tuple[float, float], draws: np.ndarray) -> np.ndarray:
    return limits[0] + (limits[1] - limits[0]) * draws


def _warp(plane: np.ndarray, matrix: np.ndarray, interpolation: str, into: np.ndarray) -> None:
    """One channel or label (H, W) warped, written into an array of its shape."""
    import cv2

    outside = 0.0 if interpolation == "nearest" else float(plane.min())
    flags = {"linear": cv2.INTER_LINEAR, "nearest": cv2.INTER_NEAREST}[interpolation] | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(plane, matrix, plane.shape[::-1], dst=into, flags=flags, borderValue=outside)
