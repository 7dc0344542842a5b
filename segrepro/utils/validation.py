"""The models that settings are checked with, and how a fault of one becomes a line with its place and remedy."""

import re
from collections.abc import Collection, Iterable
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from segrepro.utils.errors import ConfigError, nearest, raise_together
from segrepro.utils.key_locations import KeyLocations

NO_KEY = re.compile(r"str|int|float|bool|\[key\]|(list|dict|tuple|literal)\[.*|function-.*|constrained-.*")
# What pydantic writes before and after what it expected.
AROUND = re.compile(r"^.* should (?:be|have) | after validation, not \d+$")
# Names that stand in paths; the wildcards of the workflow match no others.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Kind = TypeVar("Kind")
Named = Annotated[dict[Name, Kind], Field(json_schema_extra={"additionalProperties": False})]
# What both numpy and torch take.
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Strict(BaseModel):
    """A model that refuses keys it does not know, and numbers that are not finite.

    renamed: what keys of former versions are called now, for the message that refuses them.
    """

    renamed: ClassVar[dict[str, str]] = {}
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def known(name: str, valid: Collection[str], what: str) -> str:
    """`name` if it is valid; in a validator of a model, `checked` makes a line with file and key of the error."""
    if name not in valid:
        raise ValueError(f"{name!r}", what, nearest(name, valid))
    return name


def checked(model: type[Strict], values: dict, place: KeyLocations):
    """`values` as a `model`, or one ConfigError that lists every fault with its place and the nearest valid name."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise_together(_faults(model, error, place))


def parsed(model: type[Strict], values: dict, place: KeyLocations) -> tuple[Strict | None, list[ConfigError]]:
    """`values` as a `model`, or None and the faults that `checked` would raise."""
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, _faults(model, error, place)


def faults_of(model: type[Strict], values: dict, place: KeyLocations) -> list[ConfigError]:
    """The faults that `checked` would raise."""
    return parsed(model, values, place)[1]


def _faults(model: type[BaseModel], error: ValidationError, place: KeyLocations) -> list[ConfigError]:
    return [_fault(model, item, place) for item in _distinct(error.errors())]


def _distinct(items: Iterable[dict]) -> list[dict]:
    """One item a key, of the alternative that fits best: pydantic repeats a value for each alternative of a union."""
    by_key: dict[tuple, dict] = {}
    for item in items:
        key = _key(item["loc"])
        if key not in by_key or (_misfits(by_key[key]) and not _misfits(item)):
            by_key[key] = item
    return [item for key, item in by_key.items() if not (_misfits(item) and _any_below(key, by_key))]


def _misfits(item: dict) -> bool:
    """Whether a value is not even of the type that was expected."""
    return item["type"].endswith(("_type", "literal_error")) and "[key]" not in item["loc"]


def _any_below(key: tuple, others: Iterable[tuple]) -> bool:
    return any(len(other) > len(key) and other[: len(key)] == key for other in others)


def _key(loc: tuple) -> tuple:
    """The path of a key, without pydantic's names for the alternatives of a union and for the key itself."""
    return tuple(part for part in loc if not (isinstance(part, str) and NO_KEY.fullmatch(part)))


def _fault(model: type[BaseModel], item: dict, place: KeyLocations) -> ConfigError:
    key = _key(item["loc"])
    if item["type"] in ("extra_forbidden", "invalid_key"):
        return ConfigError(place(*key, hidden=1), f"the unknown key {key[-1]!r}", "a known key", _hint(model, key))
    if item["type"] == "missing" and isinstance(key[-1], int):
        expected = f"at least {key[-1] + 1} items"
        return ConfigError(place(*key[:-1]), repr(item["input"]), expected, "Correct the value.")
    if item["type"] == "missing":
        return ConfigError(place(*key), "nothing", "a value", "Add the key.")
    if item["type"] == "value_error":
        return ConfigError(place(*key), *item["ctx"]["error"].args)
    if item["type"] == "string_pattern_mismatch":
        return ConfigError(place(*key), repr(item["input"]), "a name of letters, digits, _ and -", "Rename it.")
    expected = AROUND.sub("", item["msg"])
    hint = (
        nearest(str(item["input"]), item["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "))
        if (item["type"] == "literal_error")
        else "Correct the value."
    )
    return ConfigError(place(*key), repr(item["input"]), expected, hint)


def _hint(model: type[BaseModel], key: tuple) -> str:
    """What an unknown key is called now, or the nearest known one, found by walking down the models."""
    for part in key[:-1]:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        inner = _model_in(field.annotation) if field else None
        model = inner or model
    name = str(key[-1])
    return f"It is called {model.renamed[name]} now." if name in model.renamed else nearest(name, model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((inner for inner in found if inner), None)


def merged(base: dict, patch: dict) -> dict:
    """`base` with `patch` laid over it: mappings are merged key by key, everything else is replaced.

    >>> merged({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}})
    {'a': {'b': 3, 'c': 2}}
    """
    result = dict(base)
    for key, value in patch.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result
