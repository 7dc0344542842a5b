"""Losses between a synthetic image and the real one, both (N, 1, H, W), of the pseudo-DWI paper.

The paper writes norms; with weights between the terms their reduction matters. All are means here: over the
pixels for Eq. 7, whose text speaks of squares and of the mean square error, over the features for Eq. 8.
Identical images give 0 in all but the adversarial terms.
"""

import torch

from segrepro.losses.segmentation import precise


def l1(image, target, weight_map=None):
    """Mean of |Ig - Id|; Pseudo-DWI + SLNet, Table 1's row L1."""
    return (precise(image) - precise(target)).abs().mean()


def l2(image, target, weight_map=None):
    """Mean of (Ig - Id)^2, Eq. 7 with A = 1."""
    return w_l2(image, target)


def w_l2(image, target, weight_map=None):
    """Mean of (A (Ig - Id))^2, Eq. 7. weight_map A: (N, H, W) or (N, 1, H, W), None for A = 1."""
    difference = precise(image) - precise(target)
    if weight_map is not None:
        difference = weight_map.to(difference.dtype).reshape(difference.shape) * difference
    return difference.square().mean()


def w_l2_h1(image, target, weight_map=None, *, context_encoder, gamma=1.2):
    """Eq. 6: w_l2 + gamma * mean |Phi_c(Ig) - Phi_c(Id)| (Eq. 8), gamma as in the paper.

    context_encoder: Phi_c, called with both images in one batch, so that a batch norm in it takes nothing out of one
    that it leaves in the other. The paper trains Phi_c with the loss it is part of, which a constant Phi_c makes
    smallest; watch the spread of Phi_c(Id) over the data.
    """
    return w_l2(image, target, weight_map) + gamma * l1(*_context(context_encoder, image, target))


def w_l2_h2(image, target, weight_map=None, *, context_encoder, gamma=1.2):
    """As `w_l2_h1` with the mean of the squared differences of the features, Table 1's variant."""
    return w_l2(image, target, weight_map) + gamma * l2(*_context(context_encoder, image, target))


def _context(context_encoder, image, target):
    return context_encoder(torch.cat([image, target])).chunk(2)


def lsgan(image, target, weight_map=None, *, condition, discriminator):
    """The generator's least-squares adversarial loss: mean over scales of E[(D_k(condition, Ig) - 1)^2].

    condition: the generator's input (N, C, H, W), put before the image along the channels: without it nothing
    would tie an image to its own input in this loss. The paper does not say whether it does so.
    """
    return _squares_to(1, discriminator(torch.cat([condition, image], 1)))


def l2_lsgan(image, target, weight_map=None, *, condition, discriminator, l2_weight=100.0):
    """lsgan + l2_weight * l2. The paper gives no weight; 100 is pix2pix's custom."""
    adversarial = lsgan(image, target, condition=condition, discriminator=discriminator)
    return adversarial + l2_weight * l2(image, target)


def discriminator_loss(image, target, *, condition, discriminator):
    """The discriminator's loss: half of the mean over scales of E[(D_k(Id) - 1)^2] + E[D_k(Ig)^2].

    No gradient reaches the generator.
    """
    real = _squares_to(1, discriminator(torch.cat([condition, target], 1)))
    fake = _squares_to(0, discriminator(torch.cat([condition, image.detach()], 1)))
    return (real + fake) / 2


def _squares_to(value: float, maps: list[torch.Tensor]) -> torch.Tensor:
    return torch.stack([(precise(scores) - value).square().mean() for scores in maps]).mean()
