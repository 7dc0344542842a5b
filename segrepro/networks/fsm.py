"""Feature similarity module of the X-Net paper (section 2.1, Fig. 2)."""

from torch import nn

from segrepro.networks.blocks import KerasBatchNorm, conv_norm_relu


class FeatureSimilarity(nn.Module):
    """Every position gathers the features of all positions that look like it; (N, C, H, W) in and out.

    With X the input brought to C/8 channels by a convolution:
    f(x_i, x_j) = exp(a(x_i)^T b(x_j)) / sum_j exp(a(x_i)^T b(x_j)), Z_i = sum_j f(x_i, x_j) Y_j + X_i, and
    the output is the input plus Z brought back to C channels by a convolution.

    similarity: "softmax" is the paper's text. "dot" is the authors' released code, which contradicts it: dot
    products divided by the number of positions instead of the softmax, a, b and Y half as wide, without bias,
    and a 1x1 convolution back to C/8. Both print 15.1 M, so the count does not tell which was scored.
    The kernel size of the two outer convolutions and the width of a and b are not in the text; both follow
    the released code, except that the text's Y has C/8 channels, and a and b here as well.
    """

    def __init__(self, channels: int, similarity: str = "softmax"):
        super().__init__()
        self.similarity = similarity
        width = max(1, channels // 8)
        softmax = similarity == "softmax"
        inner = width if softmax else max(1, width // 2)
        self.enter = conv_norm_relu(channels, width, KerasBatchNorm)
        self.alpha = nn.Conv2d(width, inner, 1, bias=softmax)
        self.beta = nn.Conv2d(width, inner, 1, bias=softmax)
        self.gather = nn.Conv2d(width, inner, 1, bias=softmax)
        self.back = nn.Identity() if softmax else nn.Conv2d(inner, width, 1, bias=False)
        self.leave = conv_norm_relu(width, channels, KerasBatchNorm)

    def forward(self, x):
        """Features (N, C, H, W) in and out; of H W positions every pair is compared."""
        entered = self.enter(x)
        # (N, positions i, channels) times (N, channels, positions j)
        products = self.alpha(entered).flatten(2).transpose(1, 2) @ self.beta(entered).flatten(2)
        f = products.softmax(2) if self.similarity == "softmax" else products / products.shape[2]
        gathered = self.gather(entered).flatten(2) @ f.transpose(1, 2)
        z = self.back(gathered.unflatten(2, entered.shape[2:])) + entered
        return x + self.leave(z)
