"""studies/<name>.yaml: one paper's data, experiments, tables and figures, checked and resolved for a scale."""

from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator

from segrepro.datasets import layout_names
from segrepro.datasets.releases import releases
from segrepro.datasets.replicas import ReplicaSettings, replica_names
from segrepro.evaluation.claims import Claim
from segrepro.evaluation.metrics.empty_masks import convention
from segrepro.networks.registry import NNUNET
from segrepro.preprocessing.features import feature_names
from segrepro.report.spec import FigureSpec, TableSpec
from segrepro.training.recipe import Recipe
from segrepro.utils.errors import MetricError
from segrepro.utils.own_code import is_own
from segrepro.utils.validation import Named, Seed, Strict, known
from segrepro.workflow.config.config import Config, Protocol
from segrepro.workflow.config.departures import Departure
from segrepro.workflow.config.experiment import Experiment, ExperimentSpec
from segrepro.workflow.config.short_forms import written_out

# Masks are stored in a byte, in which 0 is background and 255 what is not learned.
Label = Annotated[int, Field(ge=1, le=254)]


class FeatureSpec(Strict):
    """An input computed from scans. Its channel has its name, with `_<channel>` behind it for each of several."""

    kind: str
    settings: dict = {}

    @field_validator("kind")
    @classmethod
    def _kind_exists(cls, name: str) -> str:
        return known(name, feature_names(), "a kind of feature")


class DatasetSpec(Strict):
    """One data set of a study and how it lies on disk."""

    renamed = {"scorers": "challenge_metrics"}

    title: str
    layout: str = Field(description="one of the library's, or module:find_cases of one's own")
    release: str | None = Field(None, description="its file in segrepro/datasets/releases; null for a set of one's own")
    folder: str | None = Field(None, description="where it lies, unless config's `data` says otherwise")
    access: str = Field("", description="who gives it out, on what terms; those of the release if it is one")
    labels: dict[Label, str] = Field(
        {1: "lesion"}, min_length=1, description="the label values that are learned and scored"
    )
    ignore_label: Label | None = Field(None, description="a label value that is neither learned nor scored")
    allow_empty: bool = Field(False, description="whether a case without any labelled voxel is sound")
    phantom: dict | None = Field(None, description="settings of the phantom that stands in for the data set")
    replica: ReplicaSettings | None = Field(
        None, description="in the phantom's place the release's own files, with nothing real in them"
    )
    batch_cases: int = Field(20, ge=1, description="cases handled by one preparation or evaluation job")
    features: Named[FeatureSpec] = {}
    tables: list[str] = Field(
        [], description="those that are made on it as well, without the paper's numbers: `<table>_<data set>`"
    )
    preparation: dict = Field({}, description="laid over the study's preparation")
    folds: dict = Field({}, description="laid over the study's folds")
    challenge_metrics: list[Literal["wmh2017", "chaos", "isic2017", "isles2018", "isles2022"]] = Field(
        [], description="challenges whose own measures stand beside the usual ones"
    )

    @field_validator("release")
    @classmethod
    def _release_exists(cls, name: str | None) -> str | None:
        return name and known(name, list(releases()), "a release")

    @model_validator(mode="after")
    def _replica_of_a_release(self) -> "DatasetSpec":
        if self.replica and not (self.release in replica_names() and releases()[self.release].set_of(self.layout)):
            found = f"replica without a release that the layout {self.layout} reads"
            raise ValueError(found, "a release", "Name it, or leave replica out.")
        return self

    @field_validator("layout")
    @classmethod
    def _layout_exists(cls, name: str) -> str:
        return name if is_own(name) else known(name, layout_names(), "a layout")


class Submission(Strict):
    """The package of masks for a challenge's hidden test set."""

    renamed = {"whole_set": "train_on_all"}

    experiment: str = Field(description="whose model of the first fold makes the masks")
    train_on_all: bool = Field(
        False, description="a model of its own makes them, which learns from the scored cases as well; not in a table"
    )


class PublishedProtocol(Strict):
    """The paper's own protocol. It has no part that only validates: the scored part does, and may steer the training.

    How its cases are divided stands in `folds.published`.
    """

    renamed = {"weights": "checkpoint"}

    checkpoint: Literal["last", "best"] = Field(description="those that are scored")
    recipe: dict = Field({}, description="laid over the recipe of every experiment")
    description: str = Field(description="what the paper did, a sentence for the report")


class Choice(Strict):
    """What the paper leaves open: what the study does, and what it might do instead.

    An option is changes to the study's file, in the shape of that file, as in config's `overrides`.
    """

    text: str = Field(description="the sentence of the paper that leaves it open, or what it does not say")
    default: str = Field(description="what the study does, in a word")
    reason: str = Field(description="why that is the default")
    options: Named[dict] = Field(min_length=1, description="what it might do instead: name, and changes to this file")

    @model_validator(mode="after")
    def _default_is_what_the_file_says(self) -> "Choice":
        if self.default in self.options:
            raise ValueError(f"the default {self.default!r} among its options", "what differs from it", "Take it out.")
        return self


class Study(Strict):
    """One paper, or a study of one's own, at one scale."""

    renamed = {"printed": "published"}

    title: str
    citation: str = Field("", description="the paper; nothing for a study of one's own")
    claims: list[Claim] = Field([], description="what the paper says it shows; see segrepro.evaluation.claims.Claim")
    margins: dict[str, Annotated[float, Field(gt=0)]] = Field(
        {}, description="by measure, the smallest difference that matters, declared before any result"
    )
    differences: list[str] = Field([], description="where this reproduction or the paper's code departs from its text")
    choices: Named[Choice] = Field({}, description="what the paper leaves open; runs if config's `choices` names it")
    dataset: str
    datasets: Named[DatasetSpec]
    preparation: dict = Field(description="of every data set; see segrepro.preprocessing.preparation.Preparation")
    folds: dict = Field({}, description="of every data set; see segrepro.datasets.folds.Folds")
    empty_masks: str | dict[str, dict[str, float | str]] = Field(
        "undefined",
        description="what measures are worth where a mask is empty: the name of a convention, or by measure the values"
        " for empty_prediction, empty_reference and both_empty; see segrepro.evaluation.metrics.empty_masks",
    )
    seed: Seed = 0
    seeds: int = Field(
        1, ge=1, description="how often each experiment is trained: from seed, seed + 1, ...; same folds"
    )
    repeats: int = Field(
        1,
        ge=1,
        description="how often cases are divided anew, under the same rules, each division with a training of its own"
        " in place of `seeds`; for folds that are drawn",
    )
    protocols: list[Protocol] = Field(["clean"], min_length=1, description="those that run if the config names none")
    published: PublishedProtocol | None = Field(
        None, description="the paper's own protocol; null where it is the clean one, so that nothing else can run"
    )
    network_options: dict = Field({}, description="for every network of the study that has the option")
    experiment_defaults: dict = Field({}, description="keys that experiments share; each may set its own")
    input_groups: Named[list[str]] = Field({}, description="names that stand for several inputs of an experiment")
    recipe: Recipe
    experiments: Named[ExperimentSpec]
    tables: Named[TableSpec]
    figures: Named[FigureSpec] = {}
    submission: Submission | None = None

    @field_validator("empty_masks")
    @classmethod
    def _convention_exists(cls, rules: str | dict) -> str | dict:
        try:
            convention(rules)
        except MetricError as error:
            raise ValueError(error.found, error.expected, error.remedy) from None
        return rules

    @model_validator(mode="before")
    @classmethod
    def _write_out(cls, content: dict) -> dict:
        return written_out(content)

    @model_validator(mode="after")
    def _protocols_exist(self) -> "Study":
        if "published" in self.protocols and not self.published:
            raise ValueError("protocols with published, but no key published", "both or none", "Describe the protocol.")
        return self

    _resolved: dict[str, Experiment] = PrivateAttr({})
    _departures: list[Departure] = PrivateAttr([])

    @property
    def resolved(self) -> dict[str, Experiment]:
        """The experiments with all that study and data set say of them, by name; `load_study` resolves them."""
        return self._resolved

    @property
    def departures(self) -> list[Departure]:
        """Where the config changes what the study's file says; `load_study` finds them."""
        return self._departures

    @property
    def is_as_published(self) -> bool:
        """Whether its results are those of its file, so that they may stand beside the paper's."""
        return all(one.keeps_results for one in self._departures)

    @property
    def shown_tables(self) -> dict[str, TableSpec]:
        """The tables, with published numbers only beside results that are those of the study's file."""
        if self.is_as_published:
            return self.tables
        without = {name: table.without_published() for name, table in self.tables.items()}
        return {name: table for name, table in without.items() if table.rows}

    @property
    def shown_claims(self) -> list[Claim]:
        """The claims; of a changed study those alone that the config gives it, without published numbers."""
        if self.is_as_published:
            return self.claims
        if not any(one.key == ("claims",) for one in self._departures):
            return []
        tables = self.shown_tables
        without = [claim.model_copy(update={"than_published": []}) for claim in self.claims if claim.table in tables]
        return [claim for claim in without if claim.than or claim.pairs or claim.interaction]

    def protocols_for(self, config: Config) -> list[Protocol]:
        """The protocols that run: those that the config or else the study names; only clean if it has no other."""
        return (config.protocols or self.protocols) if self.published else ["clean"]

    def checkpoint_under(self, protocol: Protocol, experiment: str) -> str:
        """Which weights of an experiment a protocol scores, `best` or `last`; nnU-Net scores its last."""
        if self.published and protocol == "published":
            return self.published.checkpoint
        spec = self.experiments[experiment]
        return "last" if spec.network == NNUNET else spec.checkpoint or "best"

    def chosen(self, wanted: str | list[str]) -> list[str]:
        """Names of the experiments to run for config's `experiments`, and of those they start from."""
        if wanted == "all":
            return list(self.experiments)
        names = {name for name, spec in self.experiments.items() if (spec.main if wanted == "main" else name in wanted)}
        names |= {one for name in [*names] for one in self.experiments[name].built_on}
        return [name for name in self.experiments if name in names]
