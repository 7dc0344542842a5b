"""config.yaml: what to run, checked before the first job."""

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator

from segrepro.errors import ConfigError, nearest, raise_together
from segrepro.places import Layer, Places

Scale = Literal["demo", "paper"]
Protocol = Literal["clean", "printed"]
# Snakemake reads braces in file names as wildcards.
NOT_IN_FOLDERS = set("{}")
NO_KEY = re.compile(r"str|int|float|bool|\[key\]|(list|dict|tuple|literal)\[.*|function-.*|constrained-.*")
# What pydantic writes before and after what it expected.
AROUND = re.compile(r"^.* should (?:be|have) | after validation, not \d+$")
MERGE = "tag:yaml.org,2002:merge"
LONGEST_NAME = 255  # bytes of a part of a path, on the usual file systems

# Names that stand in paths; the wildcards of the workflow match no others.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
Kind = TypeVar("Kind")
Named = Annotated[dict[Name, Kind], Field(json_schema_extra={"additionalProperties": False})]
# What both numpy and torch take.
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Strict(BaseModel):
    """A model that refuses keys it does not know, and numbers that are not finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Config(Strict):
    """The keys of config.yaml; docs/configuration.md shows each with an example."""

    studies: Literal["all"] | str | list[str] = Field("all", description="all, one study or a list of studies")
    scale: Scale = Field("demo", description="demo: phantoms, narrow networks; paper: the printed recipes")
    experiments: Literal["main", "all"] | str | list[str] = Field(
        "main", description="main: the rows that carry a table's claim; all: every row; or one name or a list of names"
    )
    protocols: Protocol | Annotated[list[Protocol], Field(min_length=1)] | None = Field(
        None,
        description="printed: as the paper did it, flaws included, in studies that have the key printed;"
        " clean: a validation part of its own; null: those that each study names",
    )
    data: str | dict[str, str] = Field(
        {},
        description="where each data set is: phantom, download or a folder; a single value serves every data set",
    )
    weights: dict[str, str] = Field({}, description="pretrained weights by name, such as vgg16: a file, or download")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="what trains: auto takes a GPU if there is one")
    train_threads: int = Field(1, ge=1, description="CPU threads of one training run; weights depend on it")
    copy_to_scratch: bool = Field(
        False, description="training and prediction copy the prepared arrays that they read to $TMPDIR first"
    )
    results: str = Field("results", description="folder of tables, figures, models and the report")
    work: str = Field("work", description="folder of prepared arrays, checkpoints and predictions")
    overrides: dict[str, dict] = Field(
        {}, description="changes to a study by name, in the shape of studies/<name>.yaml"
    )

    _place: Places = PrivateAttr(Places(Layer("config.yaml", {})))

    @property
    def place(self) -> Places:
        """Where each key stands."""
        return self._place

    @field_validator("experiments", "protocols")
    @classmethod
    def _one_is_a_list_of_one(cls, value: object) -> object:
        return [value] if isinstance(value, str) and value not in ("main", "all") else value

    @field_validator("overrides", mode="before")
    @classmethod
    def _numbers_are_numbers(cls, overrides: object) -> object:
        return _typed(overrides)

    @field_validator("results", "work")
    @classmethod
    def _folders_fit_snakemake(cls, folder: str) -> str:
        if not folder or folder.startswith("-") or set(folder) & NOT_IN_FOLDERS or not folder.isprintable():
            raise ValueError(repr(folder), "a folder", "Leave out braces, tabs and line ends, and a - at its start.")
        longest = max(len(os.fsencode(part)) for part in Path(folder).parts or [""])
        if longest > LONGEST_NAME:
            raise ValueError(f"a name of {longest} bytes", f"at most {LONGEST_NAME}", "Shorten it.")
        return folder


def _typed(value: object) -> object:
    """Numbers and switches inside a mapping given with --config; Snakemake hands them on as text."""
    if isinstance(value, dict):
        return {key: _typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_typed(inner) for inner in value]
    if not isinstance(value, str):
        return value
    try:
        parsed = yaml.safe_load(value)
    except (yaml.YAMLError, ValueError):
        return value
    return parsed if isinstance(parsed, int | float) else value


class _Loader(yaml.SafeLoader):
    """Notes the keys that stand twice in a mapping, and their lines; PyYAML takes the last without a word."""

    def __init__(self, text: str):
        super().__init__(text)
        self.twice: list[tuple[str, list[int]]] = []

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node, lines = super().compose_mapping_node(anchor), {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
                lines.setdefault((key.tag, key.value), []).append(key.start_mark.line + 1)
        self.twice += [(key, found) for (_, key), found in lines.items() if len(found) > 1]
        return node


def read_yaml(path: Path) -> dict:
    """The mapping in a YAML file. Raises ConfigError for anything else, and for every key that stands there twice."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        content = loader.get_single_data()
    except OSError as error:
        found = f"nothing to read ({error.strerror.lower()})"
        raise ConfigError(path, found, "a YAML file", "Check the name.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(path, f"bytes that are not UTF-8 in line {line}", "UTF-8", "Save it as UTF-8.") from None
    except (yaml.YAMLError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where else ""
        raise ConfigError(path, f"text that is not YAML{line}", "YAML", "Mend the line.") from None
    if not isinstance(content, dict):
        raise ConfigError(path, f"{type(content).__name__}", "keys and values", "See config.yaml.")
    raise_together([_twice(path, *found) for found in sorted(loader.twice, key=lambda found: found[1])])
    return content


def _twice(path: Path, key: str, lines: list[int]) -> ConfigError:
    found = f"the key {key!r} in lines {' and '.join(map(str, lines))}"
    return ConfigError(path, found, "each key once in a mapping", "Keep one of them.")


def load_config(values: dict, layers: Sequence[tuple[str, dict]] = ()) -> Config:
    """The checked configuration.

    values: the merged content of config.yaml, other config files and `--config`. layers: the name and content of each,
    so that messages name the one that a fault stands in; by default all is said to stand in config.yaml.
    Raises ConfigError with one line a fault.

    >>> load_config({"scale": "paper"}).scale
    'paper'
    >>> load_config({"overrides": {"xnet": {"folds": {"test_fraction": "null"}}}}).overrides
    {'xnet': {'folds': {'test_fraction': None}}}
    >>> load_config({"scael": "paper"})
    Traceback (most recent call last):
    ...
    segrepro.errors.ConfigError: config.yaml: found the unknown key 'scael'; expected a known key. Did you mean scale?
    """
    place = Places(*(Layer(name, content) for name, content in layers or [("config.yaml", values)]))
    config = checked(Config, _with_nulls(values), place)
    config._place = place
    return config


def _with_nulls(value: object) -> object:
    """The value with None where Snakemake's `--config` left the word null."""
    if isinstance(value, dict):
        return {key: _with_nulls(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_nulls(item) for item in value]
    return None if value == "null" else value


def checked(model: type[Strict], values: dict, place: Places):
    """`values` as a `model`, or one ConfigError that lists every fault with its place and the nearest valid name."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise_together(_faults(model, error, place))


def faults_of(model: type[Strict], values: dict, place: Places) -> list[ConfigError]:
    """The faults that `checked` would raise."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        return _faults(model, error, place)
    return []


def _faults(model: type[BaseModel], error: ValidationError, place: Places) -> list[ConfigError]:
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


def _fault(model: type[BaseModel], item: dict, place: Places) -> ConfigError:
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
    """The nearest known key beside an unknown one, found by walking down the models."""
    for part in key[:-1]:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        inner = _model_in(field.annotation) if field else None
        model = inner or model
    return nearest(str(key[-1]), model.model_fields)


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


def schemas() -> dict[str, str]:
    """The JSON schemas of config.yaml and of a resolved study, by file name; `schemas/` holds a copy."""
    from segrepro.studies import Study

    models = {"config.schema.json": Config, "study.schema.json": Study}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: json.dumps(dialect | model.model_json_schema(), indent=2) + "\n" for name, model in models.items()}
