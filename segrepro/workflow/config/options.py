"""What the options of a figure may be: one model for each kind."""

from pydantic import Field

from segrepro.utils.validation import Strict


class _NoOptions(Strict):
    """A kind of figure without options."""


class _Contours(Strict):
    """background: role of the image below the contours; the first if not given."""

    background: str | None = None


class _LearningCurves(Strict):
    """columns: those of history.csv."""

    columns: list[str] | None = None


class _Synthesis(Strict):
    """target: role of the real image."""

    target: str


class _Boxes(Strict):
    """metrics: our measure and its title. groups: title and reference volume in ml, from and to."""

    metrics: dict[str, str]
    groups: dict[str, tuple[float, float]]


class _Windows(Strict):
    """feature: name of the perfusion feature."""

    feature: str


class _Residue(Strict):
    """of: role of the scan. area_px: as in the feature."""

    of: str
    area_px: int = Field(ge=1)


_FIGURES = {
    "contours": _Contours,
    "learning_curves": _LearningCurves,
    "synthesis": _Synthesis,
    "boxes": _Boxes,
    "windows": _Windows,
    "residue": _Residue,
    "attention": _NoOptions,
}


def figure_options(kind: str) -> type[Strict]:
    """The options of a kind of figure."""
    return _FIGURES[kind]
