"""The trained runs of a study, as the report shows them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from segrepro.report.spec import ReportedRun
from segrepro.report.tables.costs import Cost, run_cost
from segrepro.utils.validation import Strict


class TrainedFold(Strict):
    """The model of one fold. provenance: see `current_provenance`; files: digests by path in the study's results."""

    fold: int
    seconds: float
    device: str
    provenance: dict
    files: dict[str, str]


class TrainedRun(Strict):
    """A run with what its folds have in common and what they sum to.

    label: what people call its method; choices: as in `ReportedRun`; differing: what of its settings is not the paper's
    recipe.
    """

    name: str
    label: str
    experiment: str
    protocol: str
    network: str
    dataset: str
    hash: str
    seed: int
    folds: list[TrainedFold]
    cost: Cost
    choices: dict[str, str] = {}
    differing: list[str] = []

    @property
    def method(self) -> tuple[object, ...]:
        """What runs from several seeds share."""
        return self.experiment, self.protocol, *self.choices.items()

    @property
    def provenance(self) -> dict:
        """Where and with what the first fold was trained."""
        return self.folds[0].provenance

    @property
    def commits(self) -> list[str]:
        """Those that its folds were trained at."""
        return sorted({fold.provenance["commit"] for fold in self.folds})


def trained_runs(
    cards: Sequence[dict],
    runs: Iterable[ReportedRun],
    files: Mapping[str, str],
    differing: Mapping[str, list[str]],
) -> Iterator[TrainedRun]:
    """These runs with what their model cards say.

    files: digests of the study's results; differing: by experiment.
    """
    by_name: dict[str, list[dict]] = {}
    for card in cards:
        by_name.setdefault(card["name"], []).append(card)
    for run in (run for run in runs if run.name in by_name):
        folds = by_name[run.name]
        first = folds[0]
        yield TrainedRun(
            **{key: first[key] for key in ("name", "experiment", "protocol", "network", "hash", "seed")},
            label=run.title,
            choices=run.choices,
            dataset=first["dataset"]["name"],
            folds=[_fold(card, files) for card in folds],
            cost=run_cost(folds),
            differing=differing.get(first["experiment"], []),
        )


def _fold(card: dict, files: Mapping[str, str]) -> TrainedFold:
    folder = f"{card['name']}/fold{card['fold']}/"
    return TrainedFold(
        fold=card["fold"],
        seconds=card["training_seconds"],
        device=card["device"],
        provenance=card["provenance"],
        files={path: digest for path, digest in files.items() if path.startswith(folder)},
    )


def names_of(runs: Iterable[TrainedRun]) -> dict[str, str]:
    """What people call each run, by its name; with data set or protocol where that alone tells two apart."""
    together: dict[str, list[TrainedRun]] = {}
    for run in runs:
        together.setdefault(run.label, []).append(run)
    found = {}
    for label, same in together.items():
        telling = [key for key in ("dataset", "protocol") if len({getattr(run, key) for run in same}) > 1]
        for run in same:
            inside = ", ".join(getattr(run, key) for key in telling)
            found[run.name] = f"{label} ({inside})" if inside else label
    return found
