"""Slices with their neighbours as channels (2.5D)."""

import numpy as np


def neighbour_indices(index: int, count: int, neighbours: int) -> list[int]:
    """The slice with so many on each side, of `count`; at the ends the last one stands in for those that are not there.

    >>> neighbour_indices(0, 5, 1), neighbour_indices(3, 5, 2)
    ([0, 0, 1], [1, 2, 3, 4, 4])
    """
    return [min(max(z, 0), count - 1) for z in range(index - neighbours, index + neighbours + 1)]


def with_neighbours(images: np.ndarray, neighbours: int) -> np.ndarray:
    """(S, C, H, W) as (S, C (2 neighbours + 1), H, W): each channel with its neighbours from below to above.

    >>> with_neighbours(np.arange(3).reshape(3, 1, 1, 1), 1)[:, :, 0, 0].tolist()
    [[0, 0, 1], [0, 1, 2], [1, 2, 2]]
    """
    if not neighbours:
        return images
    places = [neighbour_indices(z, len(images), neighbours) for z in range(len(images))]
    return images[places].swapaxes(1, 2).reshape(len(images), -1, *images.shape[2:])
