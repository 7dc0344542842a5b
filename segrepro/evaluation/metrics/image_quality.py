"""How close a synthetic image is to the real one: SSIM and PSNR, over the image and around the lesion."""

from collections.abc import Iterator

import numpy as np

from segrepro.evaluation.metrics.empty_masks import UNDEFINED
from segrepro.utils.errors import MetricError

SIGMA, GAUSSIAN_WINDOW, UNIFORM_WINDOW = 1.5, 11, 7
MARGIN = 10  # pixels around the lesion


def image_quality(prediction: np.ndarray, target: np.ndarray, region: np.ndarray | None = None) -> dict[str, float]:
    """SSIM and PSNR of an image for a data range of 1; values may lie beyond [0, 1].

    prediction, target: floats of one shape, (x, y) or (x, y, slice). region: mask of that shape, the lesion.

    ssim: mean over pixels with a Gaussian window (sigma 1.5, 11 x 11 pixels, population covariance);
    ssim_uniform: with a uniform window (7 x 7, sample covariance); both equal to scikit-image's, which leaves
    out a border of half a window. A volume is scored slice by slice and averaged. psnr: -10 log10(mean
    squared difference) in dB over the whole array; infinite for equal images. With `region` the same, as
    local_ssim, local_ssim_uniform and local_psnr, inside the lesion's bounding box widened by 10 pixels,
    slice by slice, on slices with a lesion; NaN where there is none.

    Raises MetricError when shapes differ, the image is not 2D or 3D, holds NaN or is smaller than the window.

    >>> image = np.linspace(0, 1, 400).reshape(20, 20)
    >>> scores = image_quality(image + 0.1, image)
    >>> round(scores["psnr"], 6), scores["ssim"] < 1
    (20.0, True)
    """
    prediction, target = _check(prediction, target, region)
    pairs = list(zip(_slices(prediction), _slices(target)))
    scores = _scores(pairs)
    if region is not None:
        boxes = [lesion_box(mask) for mask in _slices(np.asarray(region))]
        local = [(p[box], t[box]) for (p, t), box in zip(pairs, boxes) if box is not None]
        scores |= {f"local_{name}": value for name, value in _scores(local).items()}
    return scores


def lesion_box(mask: np.ndarray, margin: int = MARGIN) -> tuple[slice, slice] | None:
    """The bounding box of a 2D mask widened by `margin` inside the image; None for an empty mask.

    >>> mask = np.zeros((64, 64)); mask[5, 30:40] = 1
    >>> lesion_box(mask)
    (slice(0, 16, None), slice(20, 50, None))
    """
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return None
    return tuple(slice(max(0, int(i.min()) - margin), int(i.max()) + margin + 1) for i in (rows, columns))


def _check(prediction: np.ndarray, target: np.ndarray, region: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    arrays = [np.asarray(a) for a in (prediction, target)]
    for name, array in (
        ("prediction", arrays[0]),
        ("region", np.asarray(target if region is None else region)),
    ):
        if array.shape != arrays[1].shape:
            raise MetricError(name, f"shape {array.shape}", f"{arrays[1].shape} as the target", "Resample it.")
    shape = arrays[1].shape
    if arrays[1].ndim not in (2, 3) or min(shape[:2]) < GAUSSIAN_WINDOW or 0 in shape:
        expected = f"(x, y) or (x, y, slice) of {GAUSSIAN_WINDOW} x {GAUSSIAN_WINDOW} pixels and more"
        raise MetricError("target", f"shape {shape}", expected)
    for name, array in zip(("prediction", "target"), arrays):
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            raise MetricError(name, f"type {array.dtype} or values that are not finite", "finite floats in [0, 1]")
    return arrays[0], arrays[1]


def _slices(array: np.ndarray) -> Iterator[np.ndarray]:
    return iter(np.moveaxis(array, -1, 0) if array.ndim == 3 else [array])


def _scores(pairs: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    if not pairs:
        return dict.fromkeys(("ssim", "ssim_uniform", "psnr"), UNDEFINED)
    pairs = [tuple(np.ascontiguousarray(a, dtype=np.float64) for a in pair) for pair in pairs]
    squares = sum(float(np.square(p - t).sum()) for p, t in pairs)
    with np.errstate(divide="ignore"):
        psnr = -10 * np.log10(squares / sum(p.size for p, _ in pairs))
    return {
        "ssim": float(np.mean([ssim(*pair, gaussian=True) for pair in pairs])),
        "ssim_uniform": float(np.mean([ssim(*pair, gaussian=False) for pair in pairs])),
        "psnr": float(psnr),
    }


def ssim(first: np.ndarray, second: np.ndarray, gaussian: bool = True) -> float:
    """Structural similarity of two 2D float64 images with data range 1, K1 = 0.01 and K2 = 0.03.

    >>> ssim(np.eye(16), np.eye(16))
    1.0
    """
    window = GAUSSIAN_WINDOW if gaussian else UNIFORM_WINDOW
    half = window // 2
    # Both variances are only needed as a sum, so their squares are blurred at once.
    mean_1, mean_2, squares, product = (
        _blur(image, gaussian)[half:-half, half:-half]
        for image in (first, second, first * first + second * second, first * second)
    )
    mean_squares, mean_product = mean_1 * mean_1 + mean_2 * mean_2, mean_1 * mean_2
    factor = 1.0 if gaussian else window**2 / (window**2 - 1)
    variances = factor * (squares - mean_squares)
    covariance = factor * (product - mean_product)
    c1, c2 = 0.01**2, 0.03**2
    similarity = (2 * mean_product + c1) * (2 * covariance + c2)
    similarity /= (mean_squares + c1) * (variances + c2)
    return float(similarity.mean())


def _blur(image: np.ndarray, gaussian: bool) -> np.ndarray:
    import cv2

    if gaussian:
        return cv2.GaussianBlur(image, (GAUSSIAN_WINDOW, GAUSSIAN_WINDOW), SIGMA)
    return cv2.blur(image, (UNIFORM_WINDOW, UNIFORM_WINDOW))
