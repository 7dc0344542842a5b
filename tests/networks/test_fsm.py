"""The feature similarity module against its equation, one position at a time."""

import pytest
import torch

from segrepro.networks.fsm import FeatureSimilarity


def slowly(module: FeatureSimilarity, features: torch.Tensor) -> torch.Tensor:
    """Z_i = sum_j f(x_i, x_j) Y_j + X_i with loops over i and j."""
    x = module.enter(features)
    a, b, y = (layer(x).flatten(2) for layer in (module.alpha, module.beta, module.gather))
    positions = a.shape[2]
    gathered = torch.zeros_like(y)
    for n in range(len(x)):
        for i in range(positions):
            products = [torch.dot(a[n, :, i], b[n, :, j]) for j in range(positions)]
            total = sum(product.exp() for product in products)
            for j, product in enumerate(products):
                f = product.exp() / total if module.similarity == "softmax" else product / positions
                gathered[n, :, i] += f * y[n, :, j]
    z = module.back(gathered.view(*y.shape[:2], *x.shape[2:])) + x
    return module.leave(z) + features


@pytest.mark.parametrize("similarity", ["softmax", "dot"])
@torch.no_grad()
def test_fsm_is_its_equation(similarity):
    module = FeatureSimilarity(32, similarity).double().eval()
    for layer in (module.alpha, module.beta):
        layer.weight *= 3  # far from the uniform weights of a new module
    features = torch.randn(2, 32, 3, 4, dtype=torch.float64)
    torch.testing.assert_close(module(features), slowly(module, features))


@torch.no_grad()
def test_softmax_weights_sum_to_one():
    """If Y is the same everywhere, every position gathers just that."""
    module = FeatureSimilarity(32).eval()
    module.gather.weight.zero_()
    module.gather.bias.copy_(torch.arange(4.0))
    features = torch.randn(1, 32, 3, 4)
    x = module.enter(features)
    expected = features + module.leave(x + torch.arange(4.0).view(1, 4, 1, 1))
    torch.testing.assert_close(module(features), expected)


def test_widths_and_biases_of_the_two_variants():
    text, released = FeatureSimilarity(64, "softmax"), FeatureSimilarity(64, "dot")
    assert [tuple(m.weight.shape[:2]) for m in (text.alpha, text.beta, text.gather)] == [(8, 8)] * 3
    assert [tuple(m.weight.shape[:2]) for m in (released.alpha, released.beta, released.gather)] == [(4, 8)] * 3
    assert tuple(released.back.weight.shape[:2]) == (8, 4)
    assert text.alpha.bias is not None
    assert released.alpha.bias is None
