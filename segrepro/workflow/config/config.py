"""config.yaml: what to run, checked before the first job."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, PrivateAttr, field_validator, model_validator

from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import Strict, checked
from segrepro.utils.yaml_files import read_yaml

Scale = Literal["demo", "paper"]
Protocol = Literal["clean", "published"]
# Snakemake reads braces in file names as wildcards.
NOT_IN_FOLDERS = set("{}")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
LONGEST_NAME = 255  # bytes of a part of a path, on the usual file systems


class Config(Strict):
    """The keys of config.yaml; docs/configuration.md shows each with an example."""

    renamed = {"weights": "pretrained"}

    studies: Literal["all"] | str | list[str] = Field("all", description="all, one study or a list of studies")
    scale: Scale = Field("demo", description="demo: phantoms, narrow networks; paper: the published recipes")
    experiments: Literal["main", "all"] | str | list[str] = Field(
        "main", description="main: the rows that carry a table's claim; all: every row; or one name or a list of names"
    )
    protocols: Protocol | Annotated[list[Protocol], Field(min_length=1)] | None = Field(
        None,
        description="published: as the paper did it, flaws included, in studies that have the key published;"
        " clean: a validation part of its own; null: those that each study names",
    )
    choices: Literal["all"] | str | list[str] = Field(
        [],
        description="what papers leave open: rows of claims run under each other option too; all, or names of choices",
    )
    data: str | dict[str, str] = Field(
        {},
        description="where each data set is: phantom, download or a folder; a single value serves every data set",
    )
    pretrained: dict[str, str] = Field({}, description="pretrained weights by name, such as vgg16: a file, or download")
    weights_sha256: str | None = Field(
        None,
        pattern=r"^[0-9a-fA-F]{64}$",
        description="the SHA-256 digest of a file of pretrained weights that is none of those that are known",
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="what trains: auto takes a GPU if there is one")
    train_threads: int = Field(1, ge=1, description="CPU threads of one training run; weights depend on it")
    deterministic: bool = Field(
        True, description="whether a GPU gives the same bits each time; false is faster and differs by rounding"
    )
    gpu_slots: int | None = Field(
        None, ge=1, description="trainings and predictions that may share a GPU; others wait; null: any number"
    )
    copy_to_scratch: bool = Field(
        False, description="training and prediction copy the prepared arrays that they read to $TMPDIR first"
    )
    track: Literal["tensorboard", "mlflow"] | None = Field(
        None, description="where curves of trainings are drawn while they run, besides `segrepro status`"
    )
    track_uri: str = Field("", description="of an MLflow server; without it nothing leaves this machine")
    results: str = Field("results", description="folder of tables, figures, models and the report")
    work: str = Field("work", description="folder of prepared arrays, checkpoints and predictions")
    overrides: dict[str, dict] = Field(
        {}, description="changes to a study by name, in the shape of studies/<name>.yaml"
    )

    _place: KeyLocations = PrivateAttr(KeyLocations(Layer("config.yaml", {})))

    @property
    def place(self) -> KeyLocations:
        """Where each key stands."""
        return self._place

    @field_validator("experiments", "protocols", "choices")
    @classmethod
    def _one_is_a_list_of_one(cls, value: object) -> object:
        return [value] if isinstance(value, str) and value not in ("main", "all") else value

    @field_validator("overrides", mode="before")
    @classmethod
    def _numbers_are_numbers(cls, overrides: object) -> object:
        return _typed(overrides)

    @model_validator(mode="after")
    def _only_mlflow_has_a_server(self) -> "Config":
        if self.track_uri and self.track != "mlflow":
            raise ValueError(f"track_uri with track {self.track}", "track: mlflow", "Set it, or leave track_uri out.")
        return self

    @field_validator("results", "work", "data", "pretrained")
    @classmethod
    def _home_and_variables(cls, value: str | dict[str, str]) -> str | dict[str, str]:
        return {key: _expanded(path) for key, path in value.items()} if isinstance(value, dict) else _expanded(value)

    @field_validator("results", "work")
    @classmethod
    def _folders_fit_snakemake(cls, folder: str) -> str:
        if not folder or folder.startswith("-") or set(folder) & NOT_IN_FOLDERS or not folder.isprintable():
            raise ValueError(repr(folder), "a folder", "Leave out braces, tabs and line ends, and a - at its start.")
        longest = max(len(os.fsencode(part)) for part in Path(folder).parts or [""])
        if longest > LONGEST_NAME:
            raise ValueError(f"a name of {longest} bytes", f"at most {LONGEST_NAME}", "Shorten it.")
        return folder


def _expanded(path: str) -> str:
    """A path with its $VARIABLES and the ~ at its start replaced, which no shell does for a file of settings."""
    unset = [name for name in map("".join, VARIABLE.findall(path)) if not os.environ.get(name)]
    if unset:
        found = f"{path!r}, with ${unset[0]} empty or not set"
        raise ValueError(found, "a path of variables that are set", "Set it, or write out the path.")
    path = os.path.expanduser(os.path.expandvars(path))
    if path.startswith("~"):
        raise ValueError(repr(path), "the home of a user of this machine", "Write out the path.")
    return path


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


def config_layers(files: Iterable[str | Path], command_line: dict[str, object]) -> list[tuple[str, dict]]:
    """Name and content of each file that the configuration comes from, and of `--config`, which counts most.

    files: config.yaml and those of `--configfile`, the last one before the command line; those not there are left out.
    """
    named = [os.path.relpath(file) for file in files if os.path.exists(file)]
    return [*((name, read_yaml(Path(name))) for name in named), ("--config", command_line)]


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
    segrepro.utils.errors.ConfigError: config.yaml: found the unknown key 'scael'; ... Did you mean scale?
    """
    place = KeyLocations(*(Layer(name, content) for name, content in layers or [("config.yaml", values)]))
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
