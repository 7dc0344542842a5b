"""Parts that more than one network is made of.

Every tensor is (N, C, H, W). A `norm` is a function from a number of channels to a normalisation layer.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from segrepro.networks.bilinear import Bilinear

Norm = Callable[[int], nn.Module]

BatchNorm: Norm = nn.BatchNorm2d
# What Keras, the framework of the X-Net paper, takes when nothing is said.
KerasBatchNorm: Norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)


def conv_norm_relu(c_in: int, c_out: int, norm: Norm, kernel: int = 3, bias: bool = True) -> nn.Sequential:
    """Convolution that keeps H and W, normalisation, ReLU.

    >>> conv_norm_relu(3, 8, BatchNorm)(torch.zeros(2, 3, 5, 7)).shape
    torch.Size([2, 8, 5, 7])
    """
    convolution = nn.Conv2d(c_in, c_out, kernel, padding=kernel // 2, bias=bias)
    return nn.Sequential(convolution, norm(c_out), nn.ReLU(inplace=True))


def double_conv(c_in: int, c_out: int, norm: Norm, middle: int | None = None) -> nn.Sequential:
    """Two 3x3 convolutions, each with normalisation and ReLU; `middle` channels between them."""
    middle = middle or c_out
    return nn.Sequential(*conv_norm_relu(c_in, middle, norm), *conv_norm_relu(middle, c_out, norm))


def upsampling(kind: str, deep: int, width: int, norm: Norm) -> tuple[nn.Module, int]:
    """A way to double H and W, and the number of channels that comes out of it.

    "deconv": transposed convolution 2x2, deep -> width. "conv": nearest neighbour, then a 3x3 convolution
    with normalisation and ReLU, deep -> width. "nearest", "bilinear": no parameters, deep -> deep;
    bilinear keeps the corners where they are (align_corners).
    """
    if kind == "deconv":
        return nn.ConvTranspose2d(deep, width, 2, stride=2), width
    if kind == "bilinear":
        return Bilinear(scale=2, align_corners=True), deep
    nearest = nn.Upsample(scale_factor=2)
    if kind == "nearest":
        return nearest, deep
    return nn.Sequential(nearest, *conv_norm_relu(deep, width, norm)), width


class ResidualBlock(nn.Module):
    """conv - norm - ReLU - conv - norm, plus the input through `shortcut`, then ReLU (basic block).

    The shortcut is a bare 1x1 convolution unless another module is given.
    """

    def __init__(self, c_in: int, c_out: int, norm: Norm, bias: bool = True, shortcut: nn.Module | None = None):
        super().__init__()
        self.main = nn.Sequential(
            *conv_norm_relu(c_in, c_out, norm, bias=bias),
            nn.Conv2d(c_out, c_out, 3, padding=1, bias=bias),
            norm(c_out),
        )
        self.shortcut = shortcut or nn.Conv2d(c_in, c_out, 1, bias=bias)

    def forward(self, x):
        """(N, c_in, H, W) to (N, c_out, H, W)."""
        return torch.relu(self.main(x) + self.shortcut(x))


class ChannelGate(nn.Module):
    """One weight in (0, 1) a channel, (N, C, 1, 1): mean over H and W, two 1x1 convolutions, sigmoid."""

    def __init__(self, channels: int, hidden: int, bias: bool = True):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, hidden, 1, bias=bias)
        self.excite = nn.Conv2d(hidden, channels, 1, bias=bias)

    def forward(self, x):
        """(N, C, H, W) to the channels' weights (N, C, 1, 1)."""
        return self.excite(self.squeeze(x.mean((2, 3), keepdim=True)).relu()).sigmoid()


class SpatialGate(nn.Sequential):
    """One weight in (0, 1) a position, (N, 1, H, W): 1x1 convolution to one channel, sigmoid."""

    def __init__(self, channels: int):
        super().__init__(nn.Conv2d(channels, 1, 1), nn.Sigmoid())


class SqueezeExcite(ChannelGate):
    """The input times its channel gate (Hu et al. 2018), "SE" or "cSE" in the papers."""

    def forward(self, x):
        """Each channel times its weight; (N, C, H, W) in and out."""
        return x * super().forward(x)


class SpatialExcite(SpatialGate):
    """The input times its spatial gate, "sSE" in the CHAOS report."""

    def forward(self, x):
        """Each position times its weight; (N, C, H, W) in and out."""
        return x * super().forward(x)


class SwitchNorm2d(nn.Module):
    """Switchable normalisation (Luo et al. 2019): a learned mixture of instance, layer and batch statistics.

    Means and variances are mixed by two softmaxes over three logits each (instance, layer, batch), all 1 at
    the start. As in the method's released code the instance variance is the unbiased one, the layer's and
    the batch's statistics follow from the instance's, and the running batch statistics start at 0 and keep
    0.9. Statistics are taken in float32 at least. A 1x1 map has instance variance 0.
    """

    def __init__(self, channels: int, eps: float = 1e-5, keep: float = 0.9):
        super().__init__()
        self.eps, self.keep = eps, keep
        self.weight = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.mean_logits = nn.Parameter(torch.ones(3))
        self.var_logits = nn.Parameter(torch.ones(3))
        self.register_buffer("running_mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("running_var", torch.zeros(1, channels, 1, 1))

    def forward(self, x):
        """(N, C, H, W) in and out, in the type of `x`; in training the running statistics move."""
        x_in = x if x.dtype == torch.float64 else x.float()
        mean = x_in.mean((2, 3), keepdim=True)
        var = x_in.var((2, 3), keepdim=True, correction=min(1, x.shape[2] * x.shape[3] - 1))
        square = var + mean**2
        means, variances = [mean], [var]
        for pooled_mean, pooled_square in (
            (mean.mean(1, keepdim=True), square.mean(1, keepdim=True)),
            self._batch(mean, square),
        ):
            means.append(pooled_mean)
            variances.append((pooled_square - pooled_mean**2).clamp_min(0))
        mean, var = _mix(self.mean_logits, means), _mix(self.var_logits, variances)
        scale = self.weight * torch.rsqrt(var + self.eps)
        return (x_in * scale + (self.bias - mean * scale)).to(x.dtype)

    def _batch(self, mean, square):
        """Mean and mean square over the batch; the running ones when not training."""
        if not self.training:
            return self.running_mean, self.running_var + self.running_mean**2
        mean, square = mean.mean(0, keepdim=True), square.mean(0, keepdim=True)
        with torch.no_grad():
            self.running_mean.lerp_(mean.to(self.running_mean.dtype), 1 - self.keep)
            self.running_var.lerp_((square - mean**2).to(self.running_var.dtype), 1 - self.keep)
        return mean, square


def _mix(logits, statistics):
    weights = logits.softmax(0)
    return sum(weight * statistic for weight, statistic in zip(weights, statistics))


class PooledBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation behind a global pool, where a batch of one image leaves one value a channel.

    A batch variance does not exist then; such a batch is normalised by the running statistics instead of
    stopping the training at the last, smaller batch of an epoch.
    """

    def forward(self, x):
        """(N, C, H, W) in and out."""
        if self.training and x.shape[0] * x.shape[2] * x.shape[3] == 1:
            return nn.functional.batch_norm(
                x, self.running_mean, self.running_var, self.weight, self.bias, False, 0.0, self.eps
            )
        return super().forward(x)
