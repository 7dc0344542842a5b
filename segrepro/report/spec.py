"""What a study asks the report for: its tables, its figures, and the runs that they show."""

from collections.abc import Collection
from typing import Literal

from pydantic import Field, field_validator

from segrepro.report.figures import figure_kinds
from segrepro.report.tables.published import published_files
from segrepro.utils.validation import Strict, known


class RowSpec(Strict):
    """A table's row: an experiment under a label, and the method's name in the published table if it stands there.

    Without an experiment it is a row that only the paper has, such as another team's entry.
    """

    label: str
    experiment: str | None = None
    published_as: str | None = None


class GroupSpec(Strict):
    """Some of what was scored: of one site, of some labels, or with a reference volume of `ml[0]` to less than `ml[1]`.

    The volume is that of each label for itself; a slice counts as 1 mm thick, so that 1 ml is 10 cm2 of it.
    """

    site: str | None = None
    labels: list[str] | None = None
    ml: tuple[float, float] | None = None


class TableSpec(Strict):
    """A table of the paper. metrics maps our measure to the column's name in the published CSV."""

    renamed = {"reference": "proposed", "plain": "parameters_relative_to"}

    title: str
    published: str | None = Field(None, description="file in published/ with the published numbers")
    dataset: str | None = Field(None, description="beginning of the published column `dataset`; None: any")
    metrics: dict[str, str]
    proposed: str = Field(description="the paper's own method; the others are tested against it")
    proposed_otherwise: str | None = Field(None, description="takes the place of `proposed` where that cannot run")
    effects: dict[str, list[tuple[str, str]]] = Field(
        {},
        description="what is changed, and pairs [with, without] of rows that differ in nothing else, over which the"
        " difference is averaged",
    )
    parameters_relative_to: str | None = Field(
        None, description="experiment over whose network the others' parameters are counted"
    )
    rows: list[RowSpec] = Field(min_length=1)
    unit: Literal["case", "slice"] = Field("case", description="what is scored and averaged")
    groups: dict[str, GroupSpec] = Field({}, description="groups of cases, each with rows of its own")
    note: str = ""
    published_patients: int | None = Field(None, ge=2, description="how many the published means are over")
    published_cases_known: bool = Field(
        False, description="whether the published means are over the same cases as here, where real scans are scored"
    )

    @property
    def proposed_label(self) -> str:
        """The name of the paper's own method, as its row has it."""
        return next((row.label for row in self.rows if row.experiment == self.proposed), self.proposed)

    def as_run(self, lacking: Collection[str]) -> "TableSpec":
        """The table where these experiments cannot run."""
        stand_in = self.proposed_otherwise if self.proposed in lacking else None
        return self.model_copy(update={"proposed": stand_in}) if stand_in else self

    @property
    def experiments(self) -> set[str]:
        """Those of its rows."""
        return {row.experiment for row in self.rows if row.experiment}

    def without_published(self) -> "TableSpec":
        """The table without the paper's numbers, and without the rows that only the paper has."""
        rows = [row.model_copy(update={"published_as": None}) for row in self.rows if row.experiment]
        return self.model_copy(update={"published": None, "rows": rows})

    @field_validator("published")
    @classmethod
    def _file_exists(cls, name: str | None) -> str | None:
        return name and known(name, published_files(), "a file in published/")


class FigureSpec(Strict):
    """A figure of the paper."""

    title: str
    kind: str
    experiments: list[str] = Field(min_length=1)
    cases: int = Field(4, ge=1, description="cases shown, from small to large label")
    options: dict = Field({}, description="of this kind of figure")

    @field_validator("kind")
    @classmethod
    def _kind_exists(cls, name: str) -> str:
        return known(name, figure_kinds(), "a kind of figure")


class UnrunNetwork(Strict):
    """The network of an experiment that does not run: what its parameters can be counted from."""

    network: str
    in_channels: int
    out_channels: int
    options: dict = {}


class UnrunNetworks(Strict):
    """Networks of a study's experiments that do not run, by experiment."""

    networks: dict[str, UnrunNetwork]


class NetworkCounts(Strict):
    """How many parameters networks have that do not run, at the width of the paper, by experiment."""

    at_full_width: dict[str, int]


class FailedRow(Strict):
    """An experiment under a protocol whose run failed, and why, in one line."""

    experiment: str
    protocol: str
    reason: str


class ReportedRun(Strict):
    """A run that a study's tables and figures show: an experiment under a protocol, from a seed.

    label: what people call it; its name if not given. trained: whether another seed would make another method of it,
    as it would not of a threshold or a person's masks. choices: the option of a choice of the study that is not as its
    file has it. Such a run is a variant, in no table. prepared: the cases.json of each batch of arrays and features
    that it learned from.
    """

    name: str
    experiment: str
    protocol: str
    seed: int = 0
    label: str = ""
    trained: bool = True
    choices: dict[str, str] = {}
    prepared: list[str] = []

    @property
    def title(self) -> str:
        """What figures and pages call it."""
        return self.label or self.name
