"""Weights of pixels and of classes, from labels."""

import numpy as np

from segrepro.utils.errors import DataError


def weight_map(label: np.ndarray, w: float = 1.5, D: float = 50.0) -> np.ndarray:
    """The map A of the pseudo-DWI paper's Eq. 9, float32, of the label's shape.

    A = w in the lesion F; elsewhere 0.5 + e / (e + 1) with e = exp(-d / D), d the Euclidean distance in pixels
    to the nearest lesion pixel: towards 1 beside the lesion, towards 0.5 far from it. A slice without
    lesion has 0.5 everywhere. label: (..., H, W), not 0 in the lesion; each slice by itself, since the
    networks are 2-D (the paper does not say whether d is measured in the plane). w and D are the paper's.

    >>> weight_map(np.array([[0, 0, 1]])).round(4)
    array([[0.99 , 0.995, 1.5  ]], dtype=float32)
    """
    import cv2

    slices = (np.asarray(label) != 0).reshape(-1, *np.shape(label)[-2:])
    result = np.full(slices.shape, 0.5, np.float32)
    for lesion, weights in zip(slices, result):
        if lesion.any():
            distance = cv2.distanceTransform((~lesion).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            # Squared distances are whole; OpenCV's last bit depends on where in memory its input happens to lie.
            nearness = np.exp(-np.sqrt(np.rint(distance**2)) / D)
            weights[:] = np.where(lesion, w, 0.5 + nearness / (nearness + 1))
    return result.reshape(np.shape(label))


def inverse_frequencies(pixels: object) -> np.ndarray:
    """Class weights for `weighted_ce_dice` from the number of training pixels of each class, with sum 1.

    A class that never occurs gets 0. The scSE report gives the inverse frequency, not its normalisation.
    Raises DataError when no class occurs.

    >>> inverse_frequencies([6, 2, 0])
    array([0.25, 0.75, 0.  ])
    """
    pixels = np.asarray(pixels, float)
    if not pixels.any():
        raise DataError("class weights", "no labelled pixel", "at least one", "Check the training labels.")
    inverse = np.divide(1, pixels, out=np.zeros_like(pixels), where=pixels > 0)
    return inverse / inverse.sum()
