"""Losses of a segmentation on a 4 x 4 image worked out by hand, their gradients, and their edges."""

import math

import pytest
import torch

from segrepro.losses import build_loss, list_losses
from segrepro.utils.errors import ConfigError
from tests.raised import raised

# Foreground probability 0.9 in the upper half, 0.2 in the lower; the lesion is the left half.
P = torch.tensor([[0.9] * 4] * 2 + [[0.2] * 4] * 2, dtype=torch.float64).view(1, 1, 4, 4)
Y = torch.tensor([[1, 1, 0, 0]] * 4).view(1, 1, 4, 4)
LOGIT = P.logit()
# Four pixels each of (p, y) = (0.9, 1), (0.9, 0), (0.2, 1), (0.2, 0).
OVERLAP, SUM_P, SUM_Y = 4 * 0.9 + 4 * 0.2, 8 * 0.9 + 8 * 0.2, 8
BACKGROUND_OVERLAP, SUM_Q = 4 * 0.1 + 4 * 0.8, 16 - SUM_P
CE = -(math.log(0.9) + math.log(0.1) + math.log(0.2) + math.log(0.8)) / 4
# Both classes have 8 pixels, so both have the weight 1/64.
GD = 1 - 2 * (OVERLAP + BACKGROUND_OVERLAP) / 32

LEFT_TWICE = torch.where(Y[:, 0] == 1, 2.0, 1.0).double()
WCE = -(2 * math.log(0.9) + math.log(0.1) + 2 * math.log(0.2) + math.log(0.8)) / 6


def two_classes(p):
    """Logits of two classes, (0, logit p) with something added to both."""
    return torch.cat([torch.zeros_like(p), p.logit()], 1) + 3


def inputs(name, p=P, y=Y):
    """Logits and target in the layout the loss wants."""
    if list_losses()[name].output == "one logit":
        return p.logit(), y.to(p.dtype)
    return two_classes(p), y[:, 0]


SEGMENTATION = [name for name, info in list_losses().items() if info.output != "image"]
BY_HAND = {
    "dice_ce": CE + 1 - 2 * OVERLAP / (SUM_Y + SUM_P + 1e-7),
    "dice": 1 - (2 * OVERLAP + 1) / (SUM_P + SUM_Y + 1),
    "ce": CE,
    "wce": CE,
    "gd": GD,
    "hgd": -math.log(1 - GD),
    "ce_hgd": CE - math.log(1 - GD),
    "wce_hgd": CE - math.log(1 - GD),
    "dice_milletari": 1 - 2 * OVERLAP / (8 * 0.81 + 8 * 0.04 + SUM_Y + 1e-7),
    "weighted_ce_dice": CE + 1 - (2 * OVERLAP + 1) / (SUM_P + SUM_Y + 1),
    "pixel_sum_ce": 16 * CE,
}


@pytest.mark.parametrize("name", SEGMENTATION)
def test_value_by_hand(name):
    assert build_loss(name)(*inputs(name)).item() == pytest.approx(BY_HAND[name], rel=1e-9)


@pytest.mark.parametrize("name", [n for n in SEGMENTATION if list_losses()[n].output == "classes"])
def test_one_logit_is_two_classes(name):
    assert build_loss(name)(LOGIT, Y).item() == pytest.approx(BY_HAND[name], rel=1e-9)


@pytest.mark.parametrize("shape", [(1, 4, 4), (1, 1, 4, 4)])
def test_weight_map_weighs_the_cross_entropy(shape):
    logits, target = inputs("wce")
    weights = LEFT_TWICE.view(shape)
    assert build_loss("wce")(logits, target, weights).item() == pytest.approx(WCE, rel=1e-9)
    assert build_loss("wce_hgd")(logits, target, weights).item() == pytest.approx(WCE - math.log(1 - GD))
    assert build_loss("wce")(logits, target, 7 * weights).item() == pytest.approx(WCE, rel=1e-9)
    assert build_loss("ce_hgd")(logits, target, weights).item() == pytest.approx(BY_HAND["ce_hgd"])


def test_class_weights_weigh_the_cross_entropy():
    found = build_loss("weighted_ce_dice", class_weights=[1 / 3, 2 / 3])(*inputs("weighted_ce_dice"))
    dice = (2 * OVERLAP + 1) / (SUM_P + SUM_Y + 1)
    assert found.item() == pytest.approx(WCE + 1 - dice, rel=1e-9)


def test_generalised_dice_weighs_by_squared_inverse_volume():
    y = torch.zeros(1, 4, 4, dtype=torch.long)
    y[0, 0, :2] = 1
    p = torch.full((1, 1, 4, 4), 0.25, dtype=torch.float64)
    m0, m1 = 1 / 14**2, 1 / 2**2
    expected = 1 - 2 * (m0 * 14 * 0.75 + m1 * 2 * 0.25) / (m0 * (14 + 12) + m1 * (2 + 4))
    assert build_loss("gd")(two_classes(p), y).item() == pytest.approx(expected, rel=1e-9)


def test_generalised_dice_gives_an_absent_class_the_largest_weight():
    y = torch.zeros(1, 4, 4, dtype=torch.long)
    y[0, 0, :2] = 1
    logits = torch.zeros(1, 3, 4, 4, dtype=torch.float64)
    m0, m1 = 1 / 14**2, 1 / 2**2
    share = 16 / 3
    expected = 1 - 2 * (m0 * 14 / 3 + m1 * 2 / 3) / (m0 * (14 + share) + m1 * (2 + share) + m1 * share)
    assert build_loss("gd")(logits, y).item() == pytest.approx(expected, rel=1e-9)


def test_dice_sums_over_the_whole_batch():
    """The mean of two images' own Dice losses would be another number."""
    p, y = torch.cat([P, P]), torch.cat([Y, torch.zeros_like(Y)])
    expected = 1 - (2 * OVERLAP + 1) / (2 * SUM_P + SUM_Y + 1)
    assert build_loss("dice")(p.logit(), y).item() == pytest.approx(expected, rel=1e-9)
    expected = BY_HAND["dice_ce"] - BY_HAND["dice_ce"] + 1 - 2 * OVERLAP / (2 * SUM_P + SUM_Y + 1e-7)
    empty_ce = -(math.log(0.1) + math.log(0.8)) / 2
    assert build_loss("dice_ce")(p.logit(), y).item() == pytest.approx(expected + (CE + empty_ce) / 2)


def test_pixel_sum_is_per_image_and_leaves_out_the_ignored():
    logits, target = inputs("pixel_sum_ce")
    both = build_loss("pixel_sum_ce")(torch.cat([logits, logits]), torch.cat([target, target]))
    assert both.item() == pytest.approx(16 * CE)
    for ignored in (2, 255):
        marked = target.clone()
        marked[:, :2] = ignored
        found = build_loss("pixel_sum_ce", ignore_index=ignored)(logits, marked)
        assert found.item() == pytest.approx(-4 * (math.log(0.2) + math.log(0.8)))
    logits = logits.clone().requires_grad_()
    nothing = build_loss("pixel_sum_ce")(logits, torch.full_like(target, 2))
    nothing.backward()
    assert nothing == 0
    assert not logits.grad.any()


@pytest.mark.parametrize("name", SEGMENTATION)
@pytest.mark.parametrize("classes", [2, 4])
def test_gradient_of_segmentation_losses(name, classes):
    torch.manual_seed(0)
    one_logit = list_losses()[name].output == "one logit"
    logits = torch.randn(2, 1 if one_logit else classes, 4, 4, dtype=torch.float64, requires_grad=True)
    target = torch.randint(0, 2 if one_logit else classes, (2, 4, 4))
    target = target[:, None].double() if one_logit else target
    weights = torch.rand(2, 4, 4, dtype=torch.float64)
    options = {"class_weights": [0.1, 0.9, 0.3, 0.2]} if name == "weighted_ce_dice" else {}
    loss = build_loss(name, **options)
    assert torch.autograd.gradcheck(lambda z: loss(z, target, weights), logits)


EDGES = {
    "empty": torch.zeros_like(Y),
    "full": torch.ones_like(Y),
    "one pixel": torch.zeros_like(Y).index_fill(2, torch.tensor([1]), 1) * Y,
    "mixed": Y,
}


@pytest.mark.parametrize("name", SEGMENTATION)
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [0.0, 5.0, 200.0])
def test_edges_are_finite(name, edge, dtype, size):
    """Undecided, sure and absurdly sure predictions, both right and wrong, of every kind of label."""
    y = torch.cat([EDGES[edge], EDGES[edge]])
    for sign in (1, -1):
        z = (sign * size * (2 * y - 1)).to(dtype).requires_grad_()
        one_logit = list_losses()[name].output == "one logit"
        value = build_loss(name)(z if one_logit else torch.cat([-z / 2, z / 2], 1), y if one_logit else y[:, 0])
        value.backward()
        assert value.dtype == dtype
        assert value.isfinite()
        assert z.grad.isfinite().all()


@pytest.mark.parametrize("name", SEGMENTATION)
@pytest.mark.parametrize("edge", EDGES)
def test_a_perfect_prediction_costs_nothing(name, edge):
    """But for the Dice terms without smoothing, which are 1 where there is no lesion."""
    y = EDGES[edge]
    z = 60.0 * (2 * y - 1).double()
    one_logit = list_losses()[name].output == "one logit"
    value = build_loss(name)(z if one_logit else torch.cat([-z / 2, z / 2], 1), y if one_logit else y[:, 0])
    without = edge == "empty" and name in ("dice_ce", "dice_milletari")
    assert value.item() == pytest.approx(1 if without else 0, abs=1e-6)


def test_an_empty_batch_still_teaches_where_documented():
    z = torch.zeros(2, 1, 4, 4, dtype=torch.float64)
    empty = torch.zeros_like(z)

    def slope(name):
        logits = z.clone().requires_grad_()
        build_loss(name)(logits, empty).backward()
        return logits.grad

    cross_entropy = slope("ce")
    assert (cross_entropy > 0).all()
    torch.testing.assert_close(slope("dice_ce"), cross_entropy)
    assert not slope("dice_milletari").any()
    for name in ("dice", "gd", "hgd", "weighted_ce_dice"):
        assert (slope(name) > 0).all(), name
    # dice: 1 - 1 / (32 * 0.5 + 1), derivative 1 / 17^2 * p (1 - p)
    torch.testing.assert_close(slope("dice"), torch.full_like(z, 0.25 / 17**2))


def test_hgd_is_bounded_by_its_clamp():
    y = torch.ones(1, 4, 4, dtype=torch.long)
    value = build_loss("hgd")(torch.tensor([200.0, -200.0]).view(1, 2, 1, 1).expand(1, 2, 4, 4), y)
    assert value.item() == pytest.approx(-math.log(1e-7), rel=1e-5)


@pytest.mark.parametrize("name", SEGMENTATION)
def test_half_precision_is_summed_in_float32(name):
    torch.manual_seed(0)
    channels = 1 if list_losses()[name].output == "one logit" else 2
    logits = torch.randn(2, channels, 64, 64).bfloat16()
    y = torch.randint(0, 2, (2, 1, 64, 64))
    target = y if channels == 1 else y[:, 0]
    with torch.autocast("cpu", torch.bfloat16):
        found = build_loss(name)(logits, target)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, build_loss(name)(logits.float(), target))


@pytest.mark.parametrize("name", ["dice", "dice_ce"])
def test_a_loss_for_one_logit_refuses_several(name):
    with raised(ConfigError, where=f"^loss {name}$", found=r"^logits .*\(1, 2, 4, 4\)"):
        build_loss(name)(torch.zeros(1, 2, 4, 4), Y[:, 0])
