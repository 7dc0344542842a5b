"""A table with its numbers: what tables.json holds, and what every format of it is made from.

Fields that say nothing of a row or cell stay unset, and out of the file.
"""

from segrepro.utils.validation import Strict


class Cell(Strict, allow_inf_nan=True):
    """One metric of one row: the published number, ours, and the test of ours against the paper's own method.

    published_text: as the paper writes it, with its standard deviation. mean to note: of a `Summary`; text: these as a
    table has them; seeds, seed_sd: trainings, and the standard deviation of the mean over them. difference_to_reference
    to test_note: of a `Comparison`, agreement: whether the published mean was reproduced, with the interval,
    difference_mark being its star or dagger. mark: the numbers of its notes.
    """

    published_mean: float | None = None
    published_std: float | None = None
    published_text: str = ""
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    mean_with_replacement: float | None = None
    n: int = 0
    n_undefined: int = 0
    seeds: int = 1
    seed_sd: float | None = None
    note: str = ""
    text: str = ""
    difference_to_reference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p: float | None = None
    difference_mark: str = ""
    n_compared: int = 0
    test_note: str = ""
    difference_to_published: float | None = None
    agreement: str = ""
    agreement_low: float | None = None
    agreement_high: float | None = None
    mark: str = ""


class Row(Strict):
    """A method under one protocol, over one group of cases.

    run: whether it was; lacks: the setting or modality for want of which it was not; failed: why it ended without
    scores. only_published: whether it is a row that only the paper has. The parameters are as the paper prints them,
    as run, and at the width of the paper.
    """

    label: str
    group: str
    protocol: str
    experiment: str | None
    run: bool
    only_published: bool
    lacks: str = ""
    failed: str = ""
    parameters_published: str = ""
    parameters: int | None = None
    parameters_at_full_width: str = ""
    parameters_note: str = ""
    device: str = ""
    checkpoint: str = ""
    parameters_increase_percent: float | None = None
    cells: dict[str, Cell] = {}

    @property
    def seeds(self) -> int:
        """How often it was trained."""
        return max((cell.seeds for cell in self.cells.values()), default=1)

    @property
    def name(self) -> str:
        """Label and group."""
        return " / ".join(filter(None, (self.label, self.group)))

    @property
    def key(self) -> str:
        """By which files name it: experiment, protocol unless clean, and group of cases; the label of a printed row.

        >>> facts = {"label": "X-Net", "run": True, "only_published": False}
        >>> Row(experiment="xnet", protocol="published", group="> 1.5 ml", **facts).key
        'xnet-published-> 1_5 ml'
        """
        protocol = "" if self.protocol == "clean" else self.protocol
        # dvc takes a dot for the border between two keys.
        return "-".join(filter(None, (self.experiment or self.label, protocol, self.group))).replace(".", "_")


class ProtocolEffect(Strict, allow_inf_nan=True):
    """By how much the mean of one row and metric differs between the paper's own protocol and the clean one.

    clean, published: the means; n_clean, n_published: the cases in them. difference: published minus clean, with the
    ends of its 95 % interval, None for one patient. paired: whether both protocols scored the same cases.
    """

    label: str
    group: str
    metric: str
    clean: float
    published: float
    n_clean: int
    n_published: int
    difference: float
    low: float | None
    high: float | None
    paired: bool


class Effect(Strict, allow_inf_nan=True):
    """What a change makes of a measure: the mean difference over pairs of rows that differ in it and in nothing else.

    pairs: how many; low, high: of the 95 % interval, None for one patient; n: the cases of all rows.
    """

    name: str
    protocol: str
    group: str
    metric: str
    pairs: int
    n: int
    difference: float
    low: float | None
    high: float | None


class RankedRow(Strict):
    """A row's rank by its mean with the 95 % interval, the chance of being first, and whether it may be the best.

    may_be_best: it is not shown to be worse than the row with the best mean.
    """

    label: str
    rank: int
    low: int
    high: int
    first: float
    may_be_best: bool


class Ranking(Strict):
    """The rows of a protocol and group from the best; tau: mean Kendall correlation of resampled orders with this
    one."""

    metric: str
    tau: float
    rows: list[RankedRow]
    protocol: str = ""
    group: str = ""


class Table(Strict):
    """A table of the paper with published and reproduced numbers.

    footnotes: the notes that cells refer to, counted from 1. metrics: our metric to its title. seed_variance_ratios: by
    measure, the largest variance from seed to seed of a row over the smallest, of rows that share one.
    """

    name: str
    title: str
    note: str
    unit: str
    footnotes: list[str]
    rows: list[Row]
    metrics: dict[str, str]
    protocol_effects: list[ProtocolEffect]
    effects: list[Effect] = []
    rankings: list[Ranking] = []
    seed_variance_ratios: dict[str, float] = {}

    @property
    def has_published(self) -> bool:
        """Whether any published number stands in it; a study of one's own has none."""
        return any(row.parameters_published or any(c.published_text for c in row.cells.values()) for row in self.rows)


class TableList(Strict):
    """tables.json: all tables of a study."""

    study: str
    scale: str
    tables: list[Table]
