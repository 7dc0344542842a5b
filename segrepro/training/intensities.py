"""Random changes of intensity: bias field, blur, gamma and noise. Labels and images to be synthesised stay."""

import numpy as np

from segrepro.training.augmentation import Augmentation, as_half, as_single, smooth_field


def change_intensities(images: np.ndarray, settings: Augmentation, generator: np.random.Generator) -> np.ndarray:
    """Each channel of each slice with a bias field, a blur, a gamma and noise of its own; a new array of its type, or
    the one given where the settings change nothing.

    images: (N, C, H, W) float16 or float32. The result depends on the settings, the shape and the generator's state.

    >>> images = np.linspace(0, 1, 16, dtype=np.float32).reshape(1, 1, 4, 4)
    >>> changed = change_intensities(images, Augmentation(gamma=(2, 2)), np.random.default_rng(0))
    >>> bool(np.allclose(changed, images**2))
    True
    """
    if not (settings.bias_field or settings.blur or settings.gamma != (1, 1) or settings.noise):
        return images
    planes = as_single(images.reshape(-1, *images.shape[2:]))
    changed = np.stack([_changed(plane, settings, generator) for plane in planes]).reshape(images.shape)
    return as_half(changed) if images.dtype == np.float16 else changed


def _changed(plane: np.ndarray, settings: Augmentation, generator: np.random.Generator) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    biased, blurred, bent, noisy = generator.random(4) < settings.probability
    if settings.bias_field and biased:
        plane = plane * np.exp(settings.bias_field * smooth_field(plane.shape, generator))
    if settings.blur and blurred:
        plane = gaussian_filter(plane, generator.uniform(0, settings.blur))
    low, span = plane.min(), np.ptp(plane)
    if settings.gamma != (1, 1) and bent and span > 0:
        plane = low + span * ((plane - low) / span) ** np.float32(generator.uniform(*settings.gamma))
    if settings.noise and noisy:
        noise = generator.standard_normal(plane.shape, np.float32)
        plane = plane + np.float32(generator.uniform(0, settings.noise)) * noise
    return plane
