"""What is known of every network without building it: paper, count, options. No torch here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from segrepro.utils.errors import NetworkError, nearest
from segrepro.utils.own_code import is_own

GIVEN_MASKS = "given_masks"  # finished masks of another tool or person in the place of a network
NNUNET = "nnunet"  # nnU-Net's own in the place of a network
COMBINED = "combined"  # trained models together in the place of a network
STAND_INS = (GIVEN_MASKS, NNUNET, COMBINED)  # which have no model that segrepro trains or runs
TRAINABLE = "trainable"
TOTAL = "trainable + batch-norm statistics"

CHOICES = {
    "similarity": ("softmax", "dot"),
    "lfe_up": ("deconv", "nearest"),
    "lfe_tail": ("trailing_conv", "trunk_of_three"),
    "segmenter": ("slnet", "unet"),
}


@dataclass(frozen=True)
class NetworkInfo:
    """One network.

    family: module of this package. paper: the study it belongs to. published: the paper's "# Parameters" as
    published, None where it prints none. convention: what the paper counts. channels: (in, out) in the paper.
    options: name -> default. divisor: H and W of the input must be multiples of it. smallest: the least H and W where
    that is more than the divisor. note: what a table has to say beside the number. fitted: whether its own method
    `fit(train, validation)` takes the place of a training by gradient; it has no width and no count to speak of.
    pretrained: the weights that its trunk can begin with, by their names in the registry of downloads.
    """

    family: str
    paper: str
    channels: tuple[int, int]
    published: str | None = None
    convention: str = TRAINABLE
    options: dict[str, object] = field(default_factory=dict)
    divisor: int = 16
    note: str = ""
    smallest: int | None = None
    fitted: bool = False
    pretrained: tuple[str, ...] = ()


def _xnet(family: str, published: str | None = None, base_width: int = 64, divisor: int = 16, **options):
    options = {"base_width": base_width, **options}
    return NetworkInfo(family, "X-Net", (1, 1), published, TOTAL, options, divisor)


def _hlenet(family: str, published: str, base_width: int = 16, divisor: int = 16, note: str = "", **options):
    options = {"base_width": base_width, **options}
    return NetworkInfo(family, "HLE-Net", (4, 1), f"{published}×10^6", TRAINABLE, options, divisor, note)


def _isles(
    family: str,
    published: str | None,
    base_width: int = 64,
    divisor: int = 16,
    channels=(4, 2),
    note: str = "",
    smallest: int | None = None,
    **options,
):
    options = {"base_width": base_width, **options}
    return NetworkInfo(family, "Pseudo-DWI + SLNet", channels, published, TRAINABLE, options, divisor, note, smallest)


def _chaos(note: str = "", **options):
    return NetworkInfo("scse", "scSE U-Net", (1, 5), None, TRAINABLE, {"base_width": 16, **options}, 16, note)


def _stand_in(*options: str):
    return NetworkInfo("stand_ins", "", (1, 1), options=dict.fromkeys(options), divisor=1, fitted=True)


_LFE = {"lfe_up": "deconv", "lfe_tail": "trailing_conv"}
_LFE_NOTE = "3.8×10^6 is published truncated, or the module's upsampling has no parameters (lfe_up: nearest)."

_NETWORKS = {
    "xnet": _xnet("xnet", "15.1M", similarity="softmax"),
    "xnet_no_fsm": _xnet("xnet"),
    "unet_upconv": _xnet("unet", "34.5M"),
    "unet_fsm": _xnet("unet", similarity="softmax"),
    "resunet": _xnet("resunet", "33.2M"),
    "resunet_fsm": _xnet("resunet", similarity="softmax"),
    "deeplabv3plus": _xnet("deeplab", "41.3M", base_width=32, divisor=1),
    "denseunet2d": _xnet("denseunet", "50.0M", base_width=96, divisor=32),
    "pspnet": _xnet("pspnet", "48.1M"),
    "segnet": _xnet("segnet", "29.5M", divisor=32),
    "unet28": _hlenet("unet", "5.9", base_width=28),
    "resunet28": _hlenet(
        "resunet", "6.2", base_width=28, note="Basic residual blocks by the count; the text says bottleneck."
    ),
    "hlenet_hfe": _hlenet("hlenet", "3.6"),
    "hlenet_lfe": _hlenet("hlenet", "3.8", divisor=32, note=_LFE_NOTE, **_LFE),
    "hlenet": _hlenet("hlenet", "5.5", divisor=32, **_LFE),
    "fcn8s": _isles("fcn", "18.64", divisor=32),
    "unet": _isles("unet", "31.04"),
    "r2unet": _isles("r2unet", "39.09"),
    "resunet_plain": _isles(
        "resunet",
        "81.91",
        note="Not the paper's ResUNet: no known source has its 81.91 M. A plain residual U-Net, 32.44 M.",
    ),
    "resunet_standin_81_91m": _isles(
        "resunet",
        "81.91",
        note="A stand-in made to have 81.91 M; nothing shows that it is the paper's ResUNet.",
    ),
    "slnet": _isles("slnet", "33.84"),
    "slnet_no_se": _isles("slnet", "31.04"),
    "slnet_no_sn": _isles("slnet", "33.84"),
    "extractor": _isles("synthesis", None, channels=(6, 1)),
    "generator": _isles("synthesis", None, channels=(6, 1)),
    "context_encoder": _isles("synthesis", None, base_width=32, divisor=1, channels=(1, 16), batch_norm=True),
    "patch_discriminator": _isles(
        "synthesis",
        None,
        divisor=1,
        smallest=5,
        channels=(5, 1),
        note="The paper gives no detail of its discriminator; this is pix2pixHD's.",
    ),
    "synthesis": _isles("pseudo_dwi", None, channels=(4, 1), groups=None),
    "pseudo_dwi": _isles("pseudo_dwi", None, groups=None, segmenter="slnet", segmenter_inputs=()),
    "vgg_fcn": NetworkInfo(
        "vgg_fcn",
        "WMH FCN",
        (3, 2),
        options={"base_width": 64, "side_channels": 16},
        divisor=1,
        smallest=16,
        pretrained=("vgg16",),
    ),
    "unet_chaos": _chaos(),
    "scse_unet": _chaos('The report prints no count but "around 2%" more than its U-Net; here 2.59%.', reduction=2),
    "cse_unet": _chaos("Ablation that the report does not have.", reduction=2),
    "sse_unet": _chaos("Ablation that the report does not have."),
    "threshold": NetworkInfo("threshold", "", (1, 1), divisor=1, fitted=True),
    GIVEN_MASKS: _stand_in("folder", "annotator", "without_mask"),
    NNUNET: _stand_in("configuration", "epochs", "minutes", "steps_per_epoch", "batch_size"),
    COMBINED: _stand_in("from", "tta", "postprocess"),
}


def network_names() -> list[str]:
    """The names `build_network` knows, sorted."""
    return sorted(_NETWORKS)


def list_networks() -> dict[str, NetworkInfo]:
    """Every network by name.

    >>> info = list_networks()["xnet"]
    >>> info.paper, info.published, info.convention, info.divisor
    ('X-Net', '15.1M', 'trainable + batch-norm statistics', 16)
    >>> info.options
    {'base_width': 64, 'similarity': 'softmax'}
    """
    return dict(_NETWORKS)


def depends_on_seed(name: str, options: Mapping[str, object]) -> bool:
    """Whether another seed would make another method; not of what is fitted, nor of masks that a person drew.

    >>> depends_on_seed("xnet", {}), depends_on_seed("threshold", {}), depends_on_seed(GIVEN_MASKS, {"annotator": "O3"})
    (True, False, False)
    >>> depends_on_seed(GIVEN_MASKS, {"folder": "masks/"})
    True
    """
    fitted = name in _NETWORKS and _NETWORKS[name].fitted and name not in STAND_INS
    return not fitted and not options.get("annotator")


def network_info(name: str) -> NetworkInfo:
    """One network's entry; NetworkError with the nearest name when there is none."""
    if name not in _NETWORKS:
        raise NetworkError(
            f"network {name}",
            "no network of that name",
            "a known one or 'module:Class'",
            nearest(name, _NETWORKS),
        )
    return _NETWORKS[name]


def check_network(name: str, in_channels: int = 1, out_channels: int = 1, /, **options) -> None:
    """Raise NetworkError when `build_network` would not accept these settings; imports no torch.

    Of a network of one's own, 'module:Class', only the channels are checked: its options are its own.

    >>> check_network("xnet", base_width=8)
    >>> check_network("xnet", base_with=8)
    Traceback (most recent call last):
    ...
    segrepro.utils.errors.NetworkError: network xnet: found option base_with; expected base_width, similarity. ...
    """
    for what, value in (("in_channels", in_channels), ("out_channels", out_channels)):
        _check_positive(name, what, value)
    if not is_own(name):
        network_info(name)
    for option, value in options.items():
        check_option(name, option, value)


def check_option(name: str, option: str, value: object) -> None:
    """Raise NetworkError when a network has no such option or it cannot have this value."""
    if is_own(name):
        return
    known = network_info(name).options
    if option not in known:
        expected = ", ".join(known)
        raise NetworkError(f"network {name}", f"option {option}", expected, nearest(option, known))
    if option in CHOICES and value not in CHOICES[option]:
        raise NetworkError(f"network {name}", f"{option} {value!r}", " or ".join(CHOICES[option]), "Choose one.")
    if option in ("base_width", "reduction", "side_channels"):
        _check_positive(name, option, value)
    if option == "segmenter_inputs" and not isinstance(value, list | tuple):
        raise NetworkError(
            f"network {name}", f"segmenter_inputs {value!r}", "a list of groups", "Put it into brackets."
        )
    if option == "groups" and value is not None:
        _check_groups(name, value)


def _check_groups(name: str, groups: object) -> None:
    if not isinstance(groups, dict) or not groups:
        raise NetworkError(f"network {name}", f"groups {groups!r}", "names and numbers of channels", "Change it.")
    for group, channels in groups.items():
        _check_positive(name, f"groups.{group}", channels)


def _check_positive(name: str, what: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise NetworkError(f"network {name}", f"{what} {value!r}", "a whole number above 0", "Change it.")
