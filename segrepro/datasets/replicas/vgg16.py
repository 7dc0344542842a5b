"""The three weight files of VGG-16 that are about, with their keys: torchvision's, the VGG authors' and reduced-fc."""

from pathlib import Path

from segrepro.datasets.replicas._settings import ReplicaSettings

WIDTH = 64
V1, CAFFE, REDUCED = "vgg16-397923af.pth", "vgg16_features-amdegroot-88682ab5.pth", "vgg16_reducedfc.pth"


def write(folder: Path, settings: ReplicaSettings, workers: int = 1) -> None:
    """Write the three files, all of the same weights. The layers behind the convolutions are small."""
    import torch

    from segrepro.networks.vgg import vgg_features

    torch.manual_seed(settings.seed)
    trunk = vgg_features(3, max(1, WIDTH // settings.shrink)).state_dict()
    head = {f"classifier.{layer}.{kind}": torch.ones(4, 4) for layer in (0, 3, 6) for kind in ("weight", "bias")}
    features = {f"features.{key}": value for key, value in trunk.items()}
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(features | head, folder / V1)
    # Its publisher fills what it does not have with NaN.
    torch.save(features | {key: value * torch.nan for key, value in head.items()}, folder / CAFFE)
    behind = {f"{layer}.{kind}": torch.ones(4, 4) for layer in (31, 33) for kind in ("weight", "bias")}
    torch.save(trunk | behind, folder / REDUCED)
