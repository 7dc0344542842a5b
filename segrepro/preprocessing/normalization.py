"""How raw values become what a network sees: each way scales a whole scan, before any crop."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import Discriminator, Field, Tag, model_validator

from segrepro.utils.errors import DataError
from segrepro.utils.validation import Strict

HOUNSFIELD = (-1024.0, 3071.0)
# Ways of one setting; a z-score and percentiles have those of their models besides.
Scaling = Literal["minmax", "max", "hu", "p99", "p99_unclipped", "requantised", "zscore", "percentiles"]
Ends = tuple[float, float]


class ZScore(Strict):
    """Minus the mean, divided by the standard deviation, after clipping.

    As in nnU-Net: with `inside: nonzero` only voxels that are not 0 count and change, so that a masked background stays
    0; with clip, mean and std from all cases it is nnU-Net's way for CT.
    """

    name: Literal["zscore"]
    inside: Literal["nonzero"] | None = Field(None, description="which voxels count and change; null: all")
    clip: Ends | None = Field(None, description="raw values, such as HU, that lower and higher ones become first")
    mean: float | None = Field(None, description="of the data set; null: of each scan")
    std: float | None = Field(None, gt=0, description="of the data set; null: of each scan")

    @model_validator(mode="after")
    def _both_or_neither(self) -> "ZScore":
        if (self.mean is None) != (self.std is None):
            raise ValueError(f"mean {self.mean}, std {self.std}", "both or neither", "Give the other too.")
        if self.clip:
            _require_rising(*self.clip)
        return self


class Window(Strict):
    """Raw values from low to high become 0 to 1, those beyond them 0 or 1: such as a window in HU."""

    name: Literal["window"]
    low: float
    high: float

    @model_validator(mode="after")
    def _rises(self) -> "Window":
        _require_rising(self.low, self.high)
        return self


class Percentiles(Strict):
    """As a window from one percentile of each scan to another; `inside: nonzero` leaves zeros out of their count."""

    name: Literal["percentiles"]
    low: float = Field(0.5, ge=0, le=100)
    high: float = Field(99.5, ge=0, le=100)
    inside: Literal["nonzero"] | None = None

    @model_validator(mode="after")
    def _rises(self) -> "Percentiles":
        _require_rising(self.low, self.high)
        return self


def _require_rising(low: float, high: float) -> None:
    if low >= high:
        raise ValueError(f"{low:g} and {high:g}", "a lower end below the higher", "Change one of them.")


def _form(value: object) -> str:
    """Which form of a normalization a value has: as messages of settings leave out."""
    name = value.get("name") if isinstance(value, dict) else getattr(value, "name", None)
    return "str" if isinstance(value, str) else "dict[channels]" if name is None else f"dict[{name}]"


_FORMS = Discriminator(
    _form,
    custom_error_type="normalization",
    custom_error_message=f"Input should be {', '.join(get_args(Scaling))}, or a name: zscore, window or percentiles",
)
Normalization = Annotated[
    Annotated[Scaling, Tag("str")]
    | Annotated[ZScore, Tag("dict[zscore]")]
    | Annotated[Window, Tag("dict[window]")]
    | Annotated[Percentiles, Tag("dict[percentiles]")],
    _FORMS,
]
Normalizations = Annotated[
    Annotated[Scaling, Tag("str")]
    | Annotated[ZScore, Tag("dict[zscore]")]
    | Annotated[Window, Tag("dict[window]")]
    | Annotated[Percentiles, Tag("dict[percentiles]")]
    | Annotated[dict[str, Normalization], Tag("dict[channels]")],
    _FORMS,
]


def scaled(array: np.ndarray, how: Normalization, path: Path) -> np.ndarray:
    """float16 values of a scan; an image of one value becomes 0 (`max`: 1, or 0 if it is 0).

    minmax: smallest value to 0, largest to 1. max: divided by the largest. hu: minmax of a CT within the 4096 HU that a
    scanner's 12 bits hold, so that no wrong pixel flattens it. p99: minmax after clipping at the 99th
    percentile. p99_unclipped: the same without clipping, so that the brightest 1 % lie above 1. requantised: 8 bit
    minus 127, as the WMH paper feeds its network.
    zscore, percentiles: as their models without further settings.
    path: what an error names. Raises DataError for NaN or infinity.

    >>> scaled(np.array([0, 50, 100]), "minmax", Path("a.nii")).tolist()
    [0.0, 0.5, 1.0]
    >>> scaled(np.array([-1000, 40, 240]), Window(name="window", low=-160, high=240), Path("a.nii")).tolist()
    [0.0, 0.5, 1.0]
    """
    # Ends and values in float32; found before the copy, since integers of 8 and 16 bit are faster to look through.
    with np.errstate(over="ignore"):
        low, high = (float(np.float32(end)) for end in (array.min(), array.max()))
    if not np.isfinite([low, high]).all():
        raise DataError(path, "NaN or infinity", "finite values", "Export the image again.")
    array, how = array.astype(np.float32), _BY_DEFAULT.get(how, how)
    found = _WAYS[how](array, low, high) if isinstance(how, str) else _MODELS[type(how)](array, how)
    return as_float16(found)


def as_float16(array: np.ndarray) -> np.ndarray:
    """float32 values, all finite, as float16: what `astype` gives, in an eighth of its time.

    >>> as_float16(np.array([0.1, -3.0], np.float32)).tolist()
    [0.0999755859375, -3.0]
    """
    import cv2

    flat = array.reshape(-1, order="A")
    # OpenCV converts no array as such, but while it scales one, here so that its largest value stays what it is.
    largest = cv2.norm(flat, cv2.NORM_INF)
    if not MIN_SCALED < largest < MAX_FLOAT16:
        return array.astype(np.float16)
    rounded = cv2.normalize(flat, None, largest, norm_type=cv2.NORM_INF, dtype=cv2.CV_16F)
    return rounded.reshape(array.shape, order="F" if array.flags.f_contiguous else "C")


def outside_value(how: Normalization | None) -> float | None:
    """What lies outside of a scan, once it is scaled: 0 around a masked background, else None, its lowest value."""
    return 0.0 if isinstance(how, ZScore) and how.inside else None


def _zscore(array: np.ndarray, how: ZScore) -> np.ndarray:
    counted = array != 0 if how.inside else np.ones_like(array, np.bool_)
    values = np.clip(array[counted], *how.clip) if how.clip else array[counted]
    if how.mean is None:
        mean, std = (values.mean(dtype=np.float64), values.std(dtype=np.float64)) if values.size else (0, 1)
    else:
        mean, std = how.mean, how.std
    array[counted] = (values - mean) / (std or 1)
    return array


def _window(array: np.ndarray, how: Window) -> np.ndarray:
    return _minmax(np.clip(array, how.low, how.high, out=array), how.low, how.high)


def _percentiles(array: np.ndarray, how: Percentiles) -> np.ndarray:
    counted = array[array != 0] if how.inside else array
    low, high = (float(end) for end in np.percentile(counted, [how.low, how.high])) if counted.size else (0, 0)
    return _minmax(np.clip(array, low, high, out=array), low, high)


_BY_DEFAULT = {"zscore": ZScore(name="zscore"), "percentiles": Percentiles(name="percentiles")}
_MODELS: dict[type, Callable] = {ZScore: _zscore, Window: _window, Percentiles: _percentiles}


# Each way may overwrite the array, which is a copy; low and high are its ends.
def _minmax(array: np.ndarray, low: float, high: float) -> np.ndarray:
    array -= low
    array /= (high - low) or 1
    return array


def _max(array: np.ndarray, low: float, high: float) -> np.ndarray:
    array /= high or 1
    return array


def _hu(array: np.ndarray, low: float, high: float) -> np.ndarray:
    np.clip(array, *HOUNSFIELD, out=array)
    return _minmax(array, max(low, HOUNSFIELD[0]), min(high, HOUNSFIELD[1]))


def _p99(array: np.ndarray, low: float, high: float) -> np.ndarray:
    top = float(np.percentile(array, 99))
    return _minmax(np.minimum(array, top, out=array), low, top)


def _p99_unclipped(array: np.ndarray, low: float, high: float) -> np.ndarray:
    return _minmax(array, low, float(np.percentile(array, 99)))


def synthesised_range(how: Normalization) -> tuple[float, float]:
    """The values between which an image of this scaling that a network makes is kept: those that a scan can have.

    >>> synthesised_range("p99"), synthesised_range("p99_unclipped")
    ((0.0, 1.0), (0.0, inf))
    """
    return 0.0, float("inf") if how == "p99_unclipped" else 1.0


def _requantised(array: np.ndarray, low: float, high: float) -> np.ndarray:

    return requantise8(array).astype(np.float32) - 127


_WAYS: dict[str, Callable] = {
    "minmax": _minmax,
    "max": _max,
    "hu": _hu,
    "p99": _p99,
    "p99_unclipped": _p99_unclipped,
    "requantised": _requantised,
}
HIGH_PERCENTILE = 99.9
MIN_SCALED, MAX_FLOAT16 = 1e-12, 65504.0  # OpenCV takes smaller maxima for 0


def requantise8(volume: np.ndarray, where: object = "volume") -> np.ndarray:
    """A volume in 8 bit: its minimum becomes 0, its 99.9th percentile and all above 255, rounded between.

    volume: real numbers of any shape. where: what an error names.
    The WMH paper says "requantization of voxel values on 8bit" and no range; a percentile keeps a few bright
    vessels from darkening the rest. A volume of one value becomes 0. Raises DataError for NaN or infinity.

    >>> requantise8(np.array([-5.0, 0.0, 5.0])).tolist()
    [0, 128, 255]
    """
    low, high = float(volume.min()), float(volume.max())
    if not np.isfinite([low, high]).all():
        raise DataError(where, "NaN or infinity", "finite values", "Export the image again.")
    # In float64 no type's values run over, and the next number keeps the range of a flat volume above 0.
    high = max(float(np.percentile(volume, HIGH_PERCENTILE)), np.nextafter(low, np.inf))
    scaled = (np.clip(volume.astype(np.float64), low, high) - low) / (high - low)
    return np.rint(scaled * 255).astype(np.uint8)
