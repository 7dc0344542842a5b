"""studies/<name>.yaml: one paper's data, experiments, tables and figures, checked and resolved for a scale."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from segrepro.config import REPOSITORY, Config, Scale, Strict, checked, merged, read_yaml
from segrepro.errors import ConfigError, nearest
from segrepro.prepare import Preparation
from segrepro.training.recipes import Recipe

STUDIES = REPOSITORY / "studies"
PUBLISHED = REPOSITORY / "published"


def _known(name: str, valid: Sequence[str], what: str) -> str:
    """`name` if it is valid; the error is turned into a line with file and key by config.checked."""
    if name not in valid:
        raise ValueError(f"{name!r}", what, nearest(name, valid))
    return name


class DatasetSpec(Strict):
    """One data set of a study and how it lies on disk."""

    title: str
    layout: str
    access: str = Field(description="who gives it out, and on what terms")
    labels: dict[int, str] = {1: "lesion"}
    allow_empty: bool = Field(False, description="whether a case without any labelled voxel is sound")
    phantom: dict | None = Field(None, description="settings of the phantom that stands in for the data set")
    batch_cases: int = Field(20, ge=1, description="cases handled by one preparation or evaluation job")

    @field_validator("layout")
    @classmethod
    def _layout_exists(cls, name: str) -> str:
        from segrepro.datasets import layout_names

        return _known(name, layout_names(), "a layout")


class Folds(Strict):
    """How cases are divided; patients are never parted."""

    count: int = Field(5, ge=2)
    validation_fraction: float = Field(0.2, gt=0, lt=1, description="of the training patients, protocol clean")
    seed: int = 0


class ExperimentSpec(Strict):
    """data set x network x loss x recipe; it stands in as many tables as name it."""

    network: str
    options: dict = Field({}, description="of this network, laid over network_options")
    task: Literal["segmentation", "threshold"] = "segmentation"
    loss: str = "dice_ce"
    dataset: str | None = Field(None, description="the study's `dataset` if not given")
    main: bool = Field(False, description="whether it runs with `experiments: main`")
    recipe: dict = Field({}, description="laid over the study's recipe")

    @field_validator("network")
    @classmethod
    def _network_exists(cls, name: str) -> str:
        from segrepro.networks import network_names

        return name if ":" in name else _known(name, network_names(), "a network")

    @field_validator("loss")
    @classmethod
    def _loss_exists(cls, name: str) -> str:
        from segrepro.losses import list_losses

        return _known(name, list(list_losses()), "a loss")


class Row(Strict):
    """A table's row: an experiment, and the method's name in the published table if it was printed."""

    label: str
    experiment: str
    printed: str | None = None


class TableSpec(Strict):
    """A table of the paper. metrics maps our measure to the column's name in the published CSV."""

    title: str
    published: str = Field(description="file in published/ with the printed numbers")
    metrics: dict[str, str]
    reference: str = Field(description="the paper's own method; the others are tested against it")
    rows: list[Row] = Field(min_length=1)
    note: str = ""

    @field_validator("published")
    @classmethod
    def _file_exists(cls, name: str) -> str:
        return _known(name, [path.name for path in PUBLISHED.glob("*.csv")], "a file in published/")


class FigureSpec(Strict):
    """A figure of the paper."""

    title: str
    kind: Literal["contours", "learning_curves"]
    experiments: list[str] = Field(min_length=1)
    cases: int = Field(4, ge=1, description="cases shown, from small to large label")


class Study(Strict):
    """One paper at one scale."""

    title: str
    citation: str
    claims: list[str] = Field(description="what the paper says it shows")
    differences: list[str] = Field(description="where this reproduction or the paper's code departs from its text")
    dataset: str
    datasets: dict[str, DatasetSpec]
    preparation: Preparation
    folds: Folds = Folds()
    empty_masks: str = Field("undefined", description="convention of the measures where a mask is empty")
    seed: int = 0
    network_options: dict = Field({}, description="for every network of the study that has the option")
    recipe: Recipe
    experiments: dict[str, ExperimentSpec]
    tables: dict[str, TableSpec]
    figures: dict[str, FigureSpec] = {}

    @field_validator("empty_masks")
    @classmethod
    def _convention_exists(cls, name: str) -> str:
        from segrepro.metrics.conventions import CONVENTIONS

        return _known(name, list(CONVENTIONS), "a convention for empty masks")

    @model_validator(mode="after")
    def _names_meet(self) -> "Study":
        _known(self.dataset, list(self.datasets), "a data set of this study")
        named = [row.experiment for table in self.tables.values() for row in table.rows]
        named += [table.reference for table in self.tables.values()]
        named += [name for figure in self.figures.values() for name in figure.experiments]
        for name in named:
            _known(name, list(self.experiments), "an experiment of this study")
        for spec in self.experiments.values():
            _known(spec.dataset or self.dataset, list(self.datasets), "a data set of this study")
        return self

    def chosen(self, wanted: str | list[str]) -> list[str]:
        """Names of the experiments to run for config's `experiments`."""
        if wanted == "all":
            return list(self.experiments)
        if wanted == "main":
            return [name for name, spec in self.experiments.items() if spec.main]
        return [name for name in self.experiments if name in wanted]


def study_names() -> list[str]:
    """The studies there are, by the names of their files."""
    return sorted(path.stem for path in STUDIES.glob("*.yaml"))


def load_study(name: str, scale: Scale, overrides: dict | None = None) -> Study:
    """The study at a scale: its file, the scale's changes, then the config's.

    Raises ConfigError that names the file, the key, what was found and the nearest valid name.
    """
    path = STUDIES / f"{name}.yaml"
    content = read_yaml(path)
    scales = content.pop("scales", {})
    for found in scales:
        if found not in Scale.__args__:
            raise ConfigError(f"{_relative(path)}: scales", repr(found), "a scale", nearest(found, Scale.__args__))
    content = merged(merged(content, scales.get(scale) or {}), overrides or {})
    where = _relative(path) + (f" with overrides.{name}" if overrides else "")
    study = checked(Study, content, where)
    for experiment, spec in study.experiments.items():
        checked(
            Recipe,
            merged(study.recipe.model_dump(), spec.recipe),
            f"{where}: experiments.{experiment}.recipe",
        )
    return study


def load_studies(config: Config) -> dict[str, Study]:
    """The studies that the config asks for, by name."""
    names = study_names() if config.studies == "all" else config.studies
    names = [names] if isinstance(names, str) else names
    for name in [*names, *config.overrides]:
        if name not in study_names():
            raise ConfigError("config.yaml: studies", repr(name), "a study", nearest(name, study_names()))
    studies = {name: load_study(name, config.scale, config.overrides.get(name)) for name in names}
    _check_experiments(config, studies)
    return studies


def _check_experiments(config: Config, studies: dict[str, Study]) -> None:
    known = {name for study in studies.values() for name in study.experiments}
    for name in config.experiments if isinstance(config.experiments, list) else []:
        if name not in known:
            raise ConfigError("config.yaml: experiments", repr(name), "an experiment", nearest(name, known))


def _relative(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))
