"""Losses on a 4 x 4 image worked out by hand, their gradients, and their edges."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from segrepro.losses import LossInfo, build_loss, list_losses
from segrepro.losses.synthesis import discriminator_loss
from segrepro.losses.weight_maps import inverse_frequencies, weight_map
from segrepro.networks import build_network
from segrepro.utils.errors import ConfigError, DataError

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


# Synthesis


class Mean(torch.nn.Module):
    """A context encoder whose feature is twice the image's mean."""

    def forward(self, images):
        return 2 * images.mean((2, 3))


class Doubling(torch.nn.Module):
    """A discriminator of two scales: the last channel, and twice that of its left half."""

    def forward(self, images):
        return [images[:, -1:], 2 * images[:, -1:, :, :2]]


# Off by 0.5 in the left half, where A is 2.
TARGET = torch.arange(16, dtype=torch.float64).view(1, 1, 4, 4) / 16
IMAGE = TARGET + 0.5 * Y
CONDITION = torch.zeros(1, 3, 4, 4, dtype=torch.float64)
FAKE = (((IMAGE - 1) ** 2).mean() + ((2 * IMAGE[..., :2] - 1) ** 2).mean()).item() / 2
OPTIONS = {
    "w_l2_h1": {"context_encoder": Mean()},
    "w_l2_h2": {"context_encoder": Mean()},
    "lsgan": {"discriminator": Doubling()},
    "l2_lsgan": {"discriminator": Doubling()},
}
SYNTHESIS = {
    "l1": 0.25,
    "l2": 0.125,
    "w_l2": 0.5,
    "w_l2_h1": 0.5 + 1.2 * 0.5,
    "w_l2_h2": 0.5 + 1.2 * 0.25,
    "lsgan": FAKE,
    "l2_lsgan": FAKE + 100 * 0.125,
}


def synthesis_loss(name):
    loss = build_loss(name, **OPTIONS.get(name, {}))
    call = {"condition": CONDITION} if list_losses()[name].adversarial else {}
    return lambda image: loss(image, TARGET, LEFT_TWICE, **call)


@pytest.mark.parametrize("name", SYNTHESIS)
def test_synthesis_value_and_gradient(name):
    assert synthesis_loss(name)(IMAGE).item() == pytest.approx(SYNTHESIS[name], rel=1e-9)
    image = (IMAGE + 0.01).requires_grad_()
    assert torch.autograd.gradcheck(synthesis_loss(name), image)


@pytest.mark.parametrize("name", ["l1", "l2", "w_l2", "w_l2_h1", "w_l2_h2"])
def test_identical_images_cost_nothing(name):
    image = TARGET.clone().requires_grad_()
    value = synthesis_loss(name)(image)
    value.backward()
    assert value == 0
    assert not image.grad.any()


def test_every_loss_is_tested():
    assert set(BY_HAND) | set(SYNTHESIS) == set(list_losses())


def test_weights_of_the_terms_are_options():
    loss = build_loss("w_l2_h1", context_encoder=Mean(), gamma=3)
    assert loss(IMAGE, TARGET).item() == pytest.approx(0.125 + 3 * 0.5)
    loss = build_loss("l2_lsgan", discriminator=Doubling(), l2_weight=2)
    assert loss(IMAGE, TARGET, condition=CONDITION).item() == pytest.approx(FAKE + 2 * 0.125)


def test_discriminator_loss_by_hand_and_without_gradient_to_the_generator():
    image = IMAGE.clone().requires_grad_()
    scale = torch.nn.Parameter(torch.ones((), dtype=torch.float64))

    def scaled(images):
        return [scale * scores for scores in Doubling()(images)]

    loss = discriminator_loss(image, TARGET, condition=CONDITION, discriminator=scaled)
    real = ((TARGET - 1) ** 2).mean() + ((2 * TARGET[..., :2] - 1) ** 2).mean()
    fake = (IMAGE**2).mean() + ((2 * IMAGE[..., :2]) ** 2).mean()
    assert loss.item() == pytest.approx(((real + fake) / 4).item())
    loss.backward()
    assert image.grad is None
    assert scale.grad.abs() > 0


def test_the_papers_own_networks_fit_the_losses():
    torch.manual_seed(0)
    image, target, condition = torch.rand(2, 1, 64, 64), torch.rand(2, 1, 64, 64), torch.rand(2, 4, 64, 64)
    image.requires_grad_()
    encoder = build_network("context_encoder", 1, 16)
    judge = build_network("patch_discriminator", 5, 1, base_width=8)
    for value in (
        build_loss("w_l2_h1", context_encoder=encoder)(image, target),
        build_loss("l2_lsgan", discriminator=judge)(image, target, condition=condition),
    ):
        image.grad = None
        value.backward()
        assert image.grad.abs().max() > 0


# Weights


def test_weight_map_is_eq_9():
    rng = np.random.default_rng(0)
    label = (rng.random((3, 20, 31)) > 0.99).astype(np.uint8)
    label[1] = 0
    found = weight_map(label, w=1.7, D=9)
    for one, weights in zip(label, found):
        e = np.exp(-distance_transform_edt(one == 0) / 9) if one.any() else np.zeros(one.shape)
        np.testing.assert_allclose(weights, np.where(one, 1.7, 0.5 + e / (e + 1)), atol=1e-5)
    assert label[0].any()
    assert (found[1] == 0.5).all()
    assert found.dtype == np.float32


def test_weight_map_is_the_same_wherever_its_input_lies_in_memory():
    """OpenCV's distances differ in the last bit with the alignment of their input."""
    label, found = np.zeros((32, 32), np.uint8), set()
    label[8:18, 10:16] = 1
    kept = []
    for size in range(1, 60):
        kept.append(np.empty(size, np.uint8))
        found.add(weight_map(label).tobytes())
    assert len(found) == 1
    distance = distance_transform_edt(label == 0)
    nearness = np.exp(-distance / 50)
    expected = np.where(label, 1.5, 0.5 + nearness / (nearness + 1))
    np.testing.assert_allclose(weight_map(label), expected, rtol=2e-7)


def test_weight_map_limits():
    label = np.zeros((5, 2000), bool)
    label[2, 0] = True
    weights = weight_map(label)
    assert weights[2, 0] == 1.5
    assert weights[2, 1] == pytest.approx(0.5 + math.exp(-0.02) / (math.exp(-0.02) + 1), rel=1e-6)
    assert weights[2, -1] == pytest.approx(0.5, abs=1e-6)
    assert (weight_map(np.ones((3, 3))) == 1.5).all()
    assert weight_map(label[None, None]).shape == (1, 1, 5, 2000)


def test_inverse_frequencies():
    np.testing.assert_allclose(inverse_frequencies([90, 10]), [0.1, 0.9])
    with pytest.raises(DataError, match="no labelled pixel"):
        inverse_frequencies([0, 0])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("dicee", {}, "loss dicee: found no loss of that name.* Did you mean dice"),
        ("pixel_sum_ce", {"ignore": 3}, "found option ignore; expected ignore_index"),
        ("ce", {"gamma": 3}, "found option gamma; expected no option"),
        ("w_l2_h1", {}, "found no context_encoder"),
        ("lsgan", {}, "found no discriminator"),
    ],
)
def test_wrong_names_and_options(name, options, message):
    with pytest.raises(ConfigError, match=message):
        build_loss(name, **options)


@pytest.mark.parametrize("name", ["dice", "dice_ce"])
def test_a_loss_for_one_logit_refuses_several(name):
    with pytest.raises(ConfigError, match=rf"loss {name}: found logits \(1, 2, 4, 4\)"):
        build_loss(name)(torch.zeros(1, 2, 4, 4), Y[:, 0])


def test_entries_are_complete():
    for info in list_losses().values():
        assert isinstance(info, LossInfo)
        assert set(info.needs) <= set(info.options)
