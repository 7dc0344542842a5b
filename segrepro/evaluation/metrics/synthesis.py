"""Scores of a synthesised DWI beside the real one, as in Tables 1 and 2 of the pseudo-DWI paper."""

import numpy as np

from segrepro.evaluation.metrics.image_quality import image_quality


def synthesis_scores(prediction: np.ndarray, target: np.ndarray, label: np.ndarray) -> dict[str, float]:
    """SSIM and PSNR of one case over the image ("global") and around its lesion ("local").

    prediction, target: (S, H, W) as prepared, any float type; the network's output has no activation, so the
    prediction is cut here to the range of a scaled target: 0 to 1, or to the target's largest value where its scaling
    left more. label: (S, H, W), not 0 in the lesion.

    Keys are those of `image_quality`: ssim, ssim_uniform, psnr and local_ssim, local_ssim_uniform, local_psnr. SSIM
    is the mean over slices, PSNR is over the whole volume; the local ones look at the lesion's bounding box with a
    margin of 10 pixels on slices with a lesion and are NaN where there is none. Raises MetricError as it does.

    >>> target = np.linspace(0, 1, 2048).reshape(2, 32, 32)
    >>> scores = synthesis_scores(target + 5, target, target > 2)
    >>> round(scores["psnr"], 2), scores["local_psnr"]
    (4.77, nan)
    """
    target = np.asarray(target, np.float32)
    cut = np.clip(np.asarray(prediction, np.float32), 0, max(1.0, float(target.max())))
    volumes = (cut, target, np.asarray(label) != 0)
    return image_quality(*(np.moveaxis(volume, 0, -1) for volume in volumes))
