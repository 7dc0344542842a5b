"""What a network's attention looks at, read out by forward hooks; the network itself stays as it is."""

import torch
from torch import Tensor, nn

from segrepro.networks.hlenet import HighLevelEnhancement, LowLevelEnhancement


@torch.no_grad()
def attention_maps(network: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """HLE-Net's maps of Fig. 4: LFE's semantic maps sigmoid(s') and HFE's pixel weights, in forward order.

    images: (N, C, H, W), as the network takes them.
    Returns "lfe_1", "lfe_2", ... and then ..., "hfe_2", "hfe_1": the number says by how much the map is coarser
    than the image. Each is (N, 1, h, w), from 0 to 1. Empty for a network without these modules.

    >>> from segrepro.networks import build_network
    >>> network = build_network("hlenet", 4, 1, base_width=8)
    >>> {name: tuple(m.shape[2:]) for name, m in attention_maps(network, torch.zeros(1, 4, 32, 64)).items()}
    {'lfe_1': (32, 64), 'lfe_2': (16, 32), 'lfe_4': (8, 16), 'lfe_8': (4, 8),
     'hfe_8': (4, 8), 'hfe_4': (8, 16), 'hfe_2': (16, 32), 'hfe_1': (32, 64)}
    """
    maps: dict[str, Tensor] = {}

    def keep(kind: str):
        def hook(module, inputs, output):
            maps[f"{kind}_{images.shape[2] // output.shape[2]}"] = output.detach()

        return hook

    gates = [("lfe", m.gate) for m in network.modules() if isinstance(m, LowLevelEnhancement)]
    gates += [("hfe", m.spatial) for m in network.modules() if isinstance(m, HighLevelEnhancement)]
    hooks = [gate.register_forward_hook(keep(kind)) for kind, gate in gates]
    training = network.training
    try:
        if gates:
            network.eval()(images)
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return maps
