"""The numbers of parameters of a network: as built, as papers count and as they print them."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from segrepro.networks.build import build_network
from segrepro.networks.registry import TOTAL, network_info

if TYPE_CHECKING:
    from torch import nn


def count_parameters(network: "nn.Module") -> tuple[int, int]:
    """(trainable parameters, the same plus running means and variances of the normalisation layers).

    >>> from torch import nn
    >>> count_parameters(nn.BatchNorm2d(10))
    (20, 40)
    """
    trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
    statistics = ("running_mean", "running_var")
    running = sum(b.numel() for n, b in network.named_buffers() if n.rpartition(".")[2] in statistics)
    return trainable, trainable + running


def reported_count(name: str, in_channels: int, out_channels: int, **options) -> int:
    """The number of parameters in the convention of the network's paper, without allocating any.

    A network of one's own is counted by its trainable parameters.

    >>> reported_count("xnet_no_fsm", 1, 1)
    12719822
    """
    import torch

    with torch.device("meta"):
        trainable, total = count_parameters(build_network(name, in_channels, out_channels, **options))
    return total if ":" not in name and network_info(name).convention == TOTAL else trainable


def count_at_full_width(name: str, in_channels: int, out_channels: int, **options) -> int | None:
    """`reported_count` of a network with these options but for its width, which is the paper's.

    None for a network of one's own, of which no paper is known.
    """
    if ":" in name:
        return None
    kept = {option: value for option, value in options.items() if option != "base_width"}
    return reported_count(name, in_channels, out_channels, **kept)


def published_count(name: str, in_channels: int, out_channels: int, **options) -> str:
    """`reported_count` in the notation of the network's paper, for a "# Parameters" column.

    X-Net prints millions with one decimal; HLE-Net too, truncated (3,875,141 is its 3.8) or, with `lfe_up: nearest`,
    rounded (5,465,785 is its 5.5); pseudo-DWI two and no unit. The others print none.

    >>> published_count("xnet", 1, 1), published_count("hlenet_lfe", 4, 1), published_count("unet", 4, 2)
    ('15.1M', '3.8×10^6', '31.04')
    """
    return as_printed(reported_count(name, in_channels, out_channels, **options), name, **options)


def as_printed(count: int, name: str, **options) -> str:
    """A number of parameters in the notation of the network's paper; needs no torch.

    >>> as_printed(15_117_646, "xnet")
    '15.1M'
    """
    millions = Decimal(count) / 1_000_000
    paper = "" if ":" in name else network_info(name).paper
    if paper == "X-Net":
        return f"{millions.quantize(Decimal('0.1'), ROUND_HALF_EVEN)}M"
    if paper == "HLE-Net":
        rounding = ROUND_HALF_EVEN if options.get("lfe_up") == "nearest" else ROUND_DOWN
        return f"{millions.quantize(Decimal('0.1'), rounding)}×10^6"
    rounded = millions.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return str(rounded) if paper == "Pseudo-DWI + SLNet" else f"{rounded}M"
