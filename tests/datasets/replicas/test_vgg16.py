import torch

from tests.datasets.replicas.looking import files_in


def test_three_files_with_the_keys_of_each(replica):
    folder = replica("vgg16", shrink=16)
    assert files_in(folder) == [
        "vgg16-397923af.pth", "vgg16_features-amdegroot-88682ab5.pth", "vgg16_reducedfc.pth"
    ]  # fmt: skip
    v1, caffe, reduced = (torch.load(folder / name, weights_only=True) for name in files_in(folder))
    assert list(v1) == list(caffe)
    assert v1["features.28.weight"].shape == (32, 32, 3, 3)
    assert caffe["classifier.6.bias"].isnan().all()
    assert not caffe["features.0.weight"].isnan().any()
    assert {"0.weight", "28.bias", "31.weight", "33.bias"} <= {*reduced}
