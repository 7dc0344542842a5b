"""The networks around the synthesis of pseudo-DWI (section 3 of the paper)."""

from torch import nn
from torch.nn.functional import avg_pool2d

from segrepro.networks.blocks import PooledBatchNorm2d
from segrepro.networks.unet import UNet, unet


def extractor(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """Phi_e (Eq. 4), frames of the perfusion series to an image: the paper's U-Net.

    No activation behind it (the paper is silent; the target lies in 0..1).
    """
    return unet(in_channels, out_channels, base_width)


def generator(in_channels: int, out_channels: int, base_width: int = 64) -> UNet:
    """Phi_g (Eq. 5), perfusion maps and features to the pseudo-DWI: as `extractor`."""
    return unet(in_channels, out_channels, base_width)


class ContextEncoder(nn.Sequential):
    """(N, C, H, W) to (N, K), any H and W; see `context_encoder`."""

    divisor = 1

    def __init__(self, in_channels: int, out_channels: int, base_width: int, batch_norm: bool):
        widths = [in_channels, base_width, *[2 * base_width] * 3, out_channels]
        layers = []
        for c_in, c_out in zip(widths, widths[1:]):
            convolution = nn.Conv2d(c_in, c_out, 3, stride=2, padding=1)
            layers += [convolution, *([PooledBatchNorm2d(c_out)] if batch_norm else []), nn.ReLU(inplace=True)]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def context_encoder(
    in_channels: int, out_channels: int, base_width: int = 32, batch_norm: bool = True
) -> ContextEncoder:
    """Phi_c (Eq. 8, Fig. 4): five convolutions and two average pools, an image to a vector of length 16.

    Fig. 4 gives the first four widths. That of the fifth, the sizes of the pools, norm and activation are not
    given: 16 (the vector's length), 4x4 and 1x1, batch norm and ReLU.
    """
    return ContextEncoder(in_channels, out_channels, base_width, batch_norm)


class PatchDiscriminator(nn.Module):
    """(N, C, H, W) to three maps of scores, one a scale, finest first; see `patch_discriminator`."""

    divisor, smallest = 1, 5  # the coarsest map of fewer has one position, which instance norm cannot take

    def __init__(self, in_channels: int, out_channels: int, base_width: int):
        super().__init__()
        self.scales = nn.ModuleList(_patch_gan(in_channels, out_channels, base_width) for _ in range(3))

    def forward(self, images):
        """Images (N, C, H, W) to three maps of scores (N, K, h, w), finest first."""
        maps = []
        for scale in self.scales:
            maps.append(scale(images))
            images = avg_pool2d(images, 3, stride=2, padding=1, count_include_pad=False)
        return maps


def _patch_gan(in_channels, out_channels, base_width):
    widths = [base_width * factor for factor in (1, 2, 4, 8)]
    layers = [nn.Conv2d(in_channels, base_width, 4, stride=2, padding=2), nn.LeakyReLU(0.2, inplace=True)]
    for c_in, c_out, stride in zip(widths, widths[1:], (2, 2, 1)):
        layers += [
            nn.Conv2d(c_in, c_out, 4, stride, padding=2),
            nn.InstanceNorm2d(c_out),
            nn.LeakyReLU(0.2, inplace=True),
        ]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], out_channels, 4, padding=2))


def patch_discriminator(in_channels: int, out_channels: int, base_width: int = 64) -> PatchDiscriminator:
    """The multi-scale discriminator of the "GAN" rows of Table 1: three PatchGANs, as in pix2pixHD.

    The paper says no more than that. The input is the generator's input with an image appended; scores are
    without sigmoid, for a least-squares loss.
    """
    return PatchDiscriminator(in_channels, out_channels, base_width)
