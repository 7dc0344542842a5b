"""What the mappings of a study may hold whose keys depend on a name beside them: one model for each name."""

import inspect
from functools import cache, reduce
from importlib import import_module
from operator import or_
from types import UnionType
from typing import Annotated, get_args, get_origin

from pydantic import AfterValidator, Field, create_model

from segrepro.utils.validation import Seed, Strict

# Given by whoever calls a phantom's writer, not by a study.
_GIVEN = ("folder", "workers")
# What each number of a phantom's setting may be; that of any other setting is 0 or more.
_BOUNDS = {
    **dict.fromkeys(("patients", "sites", "shape", "size", "columns", "slices", "frames"), {"ge": 1}),
    **dict.fromkeys(("spacing_mm", "coarser", "lesion_ml"), {"gt": 0}),
    **dict.fromkeys(("two_timepoints", "two_scans", "other_pathology", "validation", "test"), {"ge": 0, "le": 1}),
}


def feature_settings(kind: str) -> type[Strict]:
    """The settings of a kind of feature."""
    return import_module(f"segrepro.preprocessing.features.{kind}").Settings


@cache
def phantom_settings(layout: str) -> type[Strict]:
    """The settings of a layout's phantom: the parameters of its writer.

    >>> "patients" in phantom_settings("atlas").model_fields
    True
    """
    writer = getattr(import_module(f"segrepro.datasets.phantoms.{layout}"), f"write_{layout}")
    parameters = inspect.signature(writer, eval_str=True).parameters
    fields = {
        name: (_bounded(name, parameter.annotation), ... if parameter.default is parameter.empty else parameter.default)
        for name, parameter in parameters.items()
        if name not in _GIVEN
    }
    return create_model(f"{layout}_phantom", __base__=Strict, **fields)


def _bounded(name: str, annotation: object) -> object:
    """A setting's type with its bounds on every number, which must not be given as text; a pair of them rises."""
    if name == "seed":
        return Annotated[Seed, Field(strict=True)]
    if annotation in (int, float):
        return Annotated[annotation, Field(strict=True, **_BOUNDS.get(name, {"ge": 0}))]
    inner = tuple(_bounded(name, argument) for argument in get_args(annotation))
    if isinstance(annotation, UnionType):
        return reduce(or_, inner)
    if get_origin(annotation) is tuple:
        return Annotated[tuple[inner], AfterValidator(_rising)] if len(inner) == 2 else tuple[inner]
    return annotation


def _rising(pair: tuple) -> tuple:
    if pair[0] > pair[1]:
        raise ValueError(repr(list(pair)), "the smaller number first", "Change their order.")
    return pair
