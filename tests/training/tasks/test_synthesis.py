"""The synthesis of Eq. 6, and the quality of whole cases."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from segrepro.training.tasks.base import parts_of
from tests.training.tasks.equations import slow_synthesis_loss


@torch.no_grad()
@pytest.mark.parametrize("beta", [1.0, 0.0])
@pytest.mark.parametrize("name", ["l1", "l2", "w_l2", "w_l2_h1", "w_l2_h2"])
def test_synthesis_is_eq_6_with_explicit_supervision(name, beta, make, draw):
    task, batch = make("synthesis", loss=name, beta=beta), draw()
    task.set_training(False)
    parts = task.output(batch)
    expected = slow_synthesis_loss(name, task, parts.dwi, batch)
    expected += beta * slow_synthesis_loss(name, task, parts.feature, batch)
    assert task.loss_of(parts, batch).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["synthesis", "adversarial", "pseudo_dwi"])
def test_quality_is_that_of_whole_cases_whatever_the_batches(name, make, draw):
    """SSIM by scikit-image on each slice, PSNR over each case, means over the two cases."""
    task, batch = make(name), draw(seed=3, n=5)
    scores = task.validate(parts_of(batch, 2), 2)
    with torch.no_grad():
        made = task.network(torch.from_numpy(batch.images).float(), parts=True).dwi
    image = made[:, 0].clamp(0, 1).numpy()
    target, ssim, psnr = batch.targets[:, 0].astype(np.float32), [], []
    for case in (0, 1):
        places = np.flatnonzero(batch.cases == case)
        settings = {"data_range": 1, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        ssim.append(np.mean([structural_similarity(image[i], target[i], **settings) for i in places]))
        psnr.append(-10 * np.log10(np.mean((image[places] - target[places]).astype(float) ** 2)))
    assert scores["ssim"] == pytest.approx(np.mean(ssim), abs=1e-5)
    assert scores["psnr"] == pytest.approx(np.mean(psnr), abs=1e-4)
