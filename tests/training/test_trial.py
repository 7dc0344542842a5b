"""A network and a loss of one's own are called before the first job; what does not fit is one line."""

import sys

import pytest

from segrepro.training.trial import try_last_batch, try_loss, try_network
from segrepro.utils.errors import ConfigError, SegreproError
from tests.models import DATASET
from tests.raised import raised
from tests.training.test_settings import settings_of

CODE = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, 1, stride=stride)
    def forward(self, images):
        return self.layer(images)
class Deep(Net):
    def forward(self, images):
        logits = self.layer(images)
        return [logits, logits[..., ::2, ::2]] if self.training else logits
class Looks(Net):
    def forward(self, images):
        return self.layer(images) if images.sum().item() == 0 else None
class Nothing(Net):
    def forward(self, images):
        return {"logits": self.layer(images)}
class Features(Net):
    def forward(self, images):
        return self.layer(images), images
class Penalty(Net):
    def forward(self, images):
        return (self.layer(images), images.mean()) if self.training else self.layer(images)
class Maybe(Net):
    def forward(self, images):
        return self.layer(images), None
class Empty(Net):
    def forward(self, images):
        return []
class Late(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.layer = nn.LazyConv2d(out_channels, 1)
    def forward(self, images):
        return self.layer(images)
class Fixed(nn.Module):
    def __init__(self, in_channels, out_channels): super().__init__()
    def forward(self, images):
        return images[:, :1]
class Apart(Net):
    def forward(self, images):
        return self.layer(images).detach()
class Masks(Net):
    def forward(self, images):
        return self.layer(images) > 0
class Probabilities(Net):
    def forward(self, images):
        return self.layer(images).sigmoid()
class Shares(Net):
    def forward(self, images):
        return self.layer(images).softmax(1)
class Double(Net):
    def __init__(self, in_channels, out_channels):
        super().__init__(in_channels, out_channels)
        self.double()
class DoubleWithin(Double):
    def forward(self, images):
        return self.layer(images.double())
class Lacks(Net):
    def forward(self, images):
        import no_such_package
class Pooled(nn.Module):
    def __init__(self, in_channels, out_channels):
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, 1)
        self.pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(out_channels, out_channels, 1),
                                    nn.BatchNorm2d(out_channels))
    def forward(self, images):
        logits = self.layer(images)
        return logits + self.pooled(logits)
made = Net(1, 1)
class Sum(nn.Module):
    def __init__(self, alpha): super().__init__()
    def forward(self, logits, target): return (logits - target).mean()
def pixels(logits, target): return (logits - target) ** 2
def numbers(logits, target): return float(logits.mean())
def classes(logits, target): return nn.functional.cross_entropy(logits, target)
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    (tmp_path / "trial_code.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield
    sys.modules.pop("trial_code", None)


def network(name, **options):
    try_network(settings_of(network=f"trial_code:{name}", options=options), 2)


def loss(name, labels=None, **options):
    dataset = DATASET | {"labels": labels or {"1": "lesion"}}
    try_loss(settings_of(loss=f"trial_code:{name}", loss_options=options, dataset=dataset))


@pytest.mark.parametrize("name", ["Net", "Deep", "Looks", "DoubleWithin"])
def test_a_network_that_gives_logits_is_taken(name):
    network(name)


@pytest.mark.parametrize(
    ("name", "options", "found"),
    [
        ("Net", {"stride": 2}, r"an output of shape \(2, 1, 8, 8\)"),
        ("Net", {"in_channels": 3, "out_channels": "$out"}, "RuntimeError: Given groups=1, weight of size"),
        ("Net", {"in_channels": "$in", "out_channels": 2}, r"an output of shape \(2, 2, 16, 16\)"),
        ("Nothing", {}, "a dict$"),
        ("Features", {}, r"an output of shape \(2, 2, 16, 16\) as output 1 while it is trained"),
        ("Penalty", {}, r"an output of shape \(\) as output 1 while it is trained"),
        ("Maybe", {}, "a NoneType as output 1 while it is trained"),
        ("Empty", {}, "an empty list"),
        ("Late", {}, "layer.weight without a shape"),
        ("Fixed", {}, "no parameter that learns"),
        ("Apart", {}, "float32 values without a gradient"),
        ("Masks", {}, "bool values without a gradient"),
        ("Probabilities", {}, "probabilities, of sigmoid"),
        ("Shares", {}, "probabilities, of softmax"),
        ("Double", {}, "RuntimeError: .*double"),
        ("Lacks", {}, "ModuleNotFoundError: No module named 'no_such_package'"),
        ("made", {}, "a network that is made already"),
        ("Sum", {"alpha": 1, "in_channels": "$in"}, "TypeError: .*unexpected keyword argument 'in_channels'"),
        ("Missing", {}, "no Missing there"),
    ],
)
def test_what_is_no_network_for_these_images_is_one_line(name, options, found):
    with raised(SegreproError, where=f"^network trial_code:{name}$", found=f"^{found}") as error:
        network(name, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Nothing", "Return the tensor of logits alone"),
        ("Features", "Return logits alone: several are deep supervision"),
        ("Double", "Leave its parameters float32, not float64"),
        ("Lacks", "Install no_such_package"),
    ],
)
def test_the_remedy_is_that_of_the_fault(name, remedy):
    with raised(SegreproError, remedy=f"^{remedy}"):
        network(name)


def of_batches(settings, size):
    return settings.model_copy(update={"recipe": settings.recipe.model_copy(update={"batch_size": size})})


def test_a_last_batch_of_one_slice_is_refused_for_a_network_that_cannot_have_it():
    pooled, other = (settings_of(network=f"trial_code:{name}", options={}) for name in ("Pooled", "Net"))
    pooled, other = (of_batches(one, 4) for one in (pooled, other))
    try_network(pooled, 2)
    for slices in (4, 6, 8, 11):
        try_last_batch(pooled, 2, slices)
    try_last_batch(other, 2, 9)
    with raised(ConfigError, where="recipe.batch_size", found="^4, which leaves one of 9 slices alone .ValueError"):
        try_last_batch(pooled, 2, 9)
    with raised(ConfigError, found="^1, which leaves one of 8"):
        try_last_batch(of_batches(pooled, 1), 2, 8)


def test_a_loss_that_gives_one_number_is_taken():
    loss("Sum", alpha=0.3)
    loss("classes", labels={"1": "a", "2": "b"})


@pytest.mark.parametrize(
    ("name", "options", "found"),
    [
        ("pixels", {}, r"a tensor of shape \(2, 1, 16, 16\)"),
        ("numbers", {}, "float$"),
        ("Sum", {"alpa": 1}, "TypeError: .*unexpected keyword argument 'alpa'"),
        ("classes", {"weight": 1}, "TypeError: .*unexpected keyword argument 'weight'"),
    ],
)
def test_what_is_no_loss_of_these_logits_is_one_line(name, options, found):
    with raised(SegreproError, where=f"^loss trial_code:{name}$", found=f"^{found}"):
        loss(name, **options)


def test_what_the_library_knows_is_not_called(monkeypatch):
    monkeypatch.setattr("segrepro.training.trial._on_meta_or_cpu", pytest.fail)
    try_network(settings_of(), 1)
    try_loss(settings_of())


def test_networks_and_losses_of_monai_need_no_class_of_ones_own():
    pytest.importorskip("monai", reason="monai is not installed: pip install segrepro[dev]")
    nets, channels = "monai.networks.nets", {"spatial_dims": 2, "in_channels": "$in", "out_channels": "$out"}
    three = settings_of(dataset=DATASET | {"labels": {"1": "a", "2": "b"}}, preparation={"size": [32, 32]})
    deep = {"kernel_size": [3, 3, 3], "strides": [1, 2, 2], "upsample_kernel_size": [2, 2], "deep_supervision": True}
    for name, options in (("SegResNet", {}), ("DynUNet", deep), ("UNet", {"channels": [4, 8], "strides": [2]})):
        try_network(three.model_copy(update={"network": f"{nets}:{name}", "options": channels | options}), 3)
    with raised(SegreproError, found="missing 3 required positional arguments"):
        try_network(three.model_copy(update={"network": f"{nets}:UNet", "options": {}}), 3)
    for name, options in (
        ("DiceCELoss", {"softmax": True, "to_onehot_y": True}),
        ("GeneralizedDiceLoss", {"to_onehot_y": True}),
    ):
        try_loss(three.model_copy(update={"loss": f"monai.losses:{name}", "loss_options": options}))
    try_loss(settings_of(loss="monai.losses:TverskyLoss", loss_options={"sigmoid": True, "alpha": 0.3}))
