"""Names and free mappings of a study: what they speak of must be there, before the first job.

Every check yields its faults, each with its place and the nearest valid name.
"""

from collections.abc import Iterable, Iterator

from segrepro.datasets import modalities_of
from segrepro.datasets.label_map import IGNORED
from segrepro.datasets.layouts import layout_module
from segrepro.datasets.phantoms import phantom_names, phantom_settings
from segrepro.evaluation.metrics.registry import scored_columns
from segrepro.inference.combined_settings import Options as Combined
from segrepro.inference.given_masks import Settings as GivenMasks
from segrepro.losses import check_loss_option, list_losses
from segrepro.networks import list_networks
from segrepro.networks.registry import COMBINED, GIVEN_MASKS, NNUNET, check_option
from segrepro.preprocessing.features import feature_channels, feature_settings
from segrepro.preprocessing.preparation import prepared_channels
from segrepro.report.figures import figure_options
from segrepro.report.spec import TableSpec
from segrepro.report.tables.published import published_methods
from segrepro.training.nnunet_settings import Options as Nnunet
from segrepro.training.tasks import check_task_option
from segrepro.utils.errors import ConfigError, SegreproError, nearest
from segrepro.utils.key_locations import KeyLocations
from segrepro.utils.own_code import check_name, is_own
from segrepro.utils.validation import faults_of
from segrepro.workflow.config.experiment import Experiment, ExperimentSpec
from segrepro.workflow.config.slice_checks import attention_faults, slice_faults
from segrepro.workflow.config.stand_in_checks import combined_faults, nnunet_faults
from segrepro.workflow.config.study import DatasetSpec, Study

TABLE_KEYS = ("proposed", "proposed_otherwise", "parameters_relative_to")  # that name an experiment
OPTIONS = {GIVEN_MASKS: GivenMasks, NNUNET: Nnunet, COMBINED: Combined}  # of what has no network of its own


def study_faults(study: Study, resolved: dict[str, Experiment], place: KeyLocations) -> list[ConfigError]:
    """All faults that the models of a study, and of its experiments as far as they could be resolved, cannot see."""
    faults = [*_network_options(study, place)]
    for name, spec in study.datasets.items():
        faults += _dataset(study, spec, place, ("datasets", name))
    for name, spec in study.experiments.items():
        faults += combined_faults(name, study, resolved, place) if spec.network == COMBINED else []
        faults += _experiment(study, spec, resolved.get(name), place, ("experiments", name))
    for name, table in study.tables.items():
        faults += _table(study, table, place, ("tables", name))
    faults += _claims(study, place)
    faults += attention_faults(study, resolved, place)
    for name, figure in study.figures.items():
        faults += faults_of(figure_options(figure.kind), figure.options, place.under("figures", name, "options"))
    return faults


def unknown_names(study: Study, place: KeyLocations) -> list[ConfigError]:
    """The names of experiments and data sets that are not there."""
    return [*_experiments_named(study, place), *_datasets_named(study, place)]


def _experiments_named(study: Study, place: KeyLocations) -> Iterator[ConfigError]:
    named = {}
    for name, table in study.tables.items():
        named |= {("tables", name, "rows", i, "experiment"): row.experiment for i, row in enumerate(table.rows)}
        named |= {("tables", name, key): getattr(table, key) for key in TABLE_KEYS}
        in_effects = {
            (change, i, k): experiment
            for change, pairs in table.effects.items()
            for i, pair in enumerate(pairs)
            for k, experiment in enumerate(pair)
        }
        named |= {("tables", name, "effects", *keys): experiment for keys, experiment in in_effects.items()}
    for name, figure in study.figures.items():
        named |= {("figures", name, "experiments", i): experiment for i, experiment in enumerate(figure.experiments)}
    for name, spec in study.experiments.items():
        named[("experiments", name, "init_from")] = spec.init_from
        named |= {("experiments", name, "from", i): one for i, one in enumerate(spec.built_on) if not spec.init_from}
    for i, claim in enumerate(study.claims):
        named |= {("claims", i, name): name for name in claim.experiments}
    if study.submission:
        named[("submission", "experiment")] = study.submission.experiment
    return _unknown(named, study.experiments, "an experiment of this study", place)


def _datasets_named(study: Study, place: KeyLocations) -> Iterator[ConfigError]:
    named = {("experiments", name, "dataset"): spec.dataset for name, spec in study.experiments.items()}
    return _unknown({("dataset",): study.dataset} | named, study.datasets, "a data set of this study", place)


def _unknown(
    named: dict[tuple, str | None], valid: Iterable[str], what: str, place: KeyLocations
) -> Iterator[ConfigError]:
    """A fault for each key that names what is not there."""
    for keys, name in named.items():
        if name is not None and name not in valid:
            yield ConfigError(place(*keys), repr(name), what, nearest(name, valid))


def _network_options(study: Study, place: KeyLocations) -> Iterator[ConfigError]:
    """Each shared option must be one of at least one network, and fit all that have it."""
    options = {spec.network: list_networks()[spec.network].options for spec in _built_in(study)}
    known = {option for found in options.values() for option in found}
    for option, value in study.network_options.items():
        keys = ("network_options", option)
        if option not in known:
            expected = "an option of a network of this study"
            yield ConfigError(place(*keys), f"the option {option!r}", expected, nearest(option, known))
        takers = [network for network, found in options.items() if option in found]
        yield from list(_at(place(*keys), check_option, *((network, option, value) for network in takers)))[:1]


def _built_in(study: Study) -> list[ExperimentSpec]:
    return [spec for spec in study.experiments.values() if not is_own(spec.network)]


def _at(where: str, check, *calls: tuple) -> Iterator[ConfigError]:
    """The faults that calls of a check raise, said of another place."""
    for arguments in calls:
        try:
            check(*arguments)
        except SegreproError as error:
            yield ConfigError(where, error.found, error.expected, error.remedy)


def _dataset(study: Study, spec: DatasetSpec, place: KeyLocations, keys: tuple) -> Iterator[ConfigError]:
    here = place.under(*keys)
    if is_own(spec.layout):
        yield from _at(here("layout"), layout_module, (spec.layout,))
    if spec.phantom is not None and spec.layout not in phantom_names():
        yield ConfigError(here("phantom"), f"the layout {spec.layout}", "null", "There is no phantom of this layout.")
    elif spec.phantom is not None:
        yield from faults_of(phantom_settings(spec.layout), spec.phantom, here.under("phantom"))
    if spec.ignore_label in spec.labels:
        found = f"{spec.ignore_label}, one of labels"
        yield ConfigError(here("ignore_label"), found, "a value that is not learned", "Take it out of one of them.")
    for name, feature in spec.features.items():
        settings = here.under("features", name, "settings")
        yield from faults_of(feature_settings(feature.kind), feature.settings, settings)


def _experiment(
    study: Study, spec: ExperimentSpec, resolved: Experiment | None, place: KeyLocations, keys: tuple
) -> Iterator[ConfigError]:
    here, dataset = place.under(*keys), study.datasets[spec.dataset or study.dataset]
    for key, name in (("network", spec.network), ("loss", spec.loss)):
        if is_own(name):
            yield from _at(here(key), check_name, (name, key))
    if spec.network in OPTIONS:
        yield from faults_of(OPTIONS[spec.network], spec.options, here)
        yield from nnunet_faults(resolved, dataset, here) if resolved and spec.network == NNUNET else ()
        return
    for option, value in spec.options.items():
        yield from _at(here("options", option), check_option, (spec.network, option, value))
    for option, value in spec.loss_options.items():
        yield from _at(here("loss_options", option), check_loss_option, (spec.loss, option, value))
    for option, value in spec.task_options.items():
        yield from _at(here("task_options", option), check_task_option, (spec.task, option, value))
    able = [name for name, info in list_networks().items() if spec.pretrained in info.pretrained]
    if spec.pretrained and is_own(spec.network):
        yield from _own_weights(resolved, here)
    elif spec.pretrained and spec.network not in able:
        found, remedy = f"the network {spec.network}", "No other trunk can have them."
        yield ConfigError(here("pretrained"), found, " or ".join(able), remedy)
    if resolved:
        yield from _channels(resolved, dataset, here)
        yield from slice_faults(resolved, here)
    yield from ignored_faults(spec, dataset, here)
    weights, classes = spec.loss_options.get("class_weights"), 1 + len(dataset.labels)
    if isinstance(weights, list) and len(weights) != classes:
        expected = f"{classes}, of the background and of each label"
        yield ConfigError(
            here("loss_options", "class_weights"), f"{len(weights)} weights", expected, "Give one a class."
        )


def _own_weights(resolved: Experiment | None, here: KeyLocations) -> Iterator[ConfigError]:
    """An initialisation after them would take weights of one's own away again."""
    if resolved and (scheme := resolved.recipe.initialisation) != "default":
        found, remedy = f"pretrained with initialisation {scheme}", "Set recipe: {initialisation: default} here."
        yield ConfigError(here("pretrained"), found, "the network's own initialisation", remedy)


def ignored_faults(spec: ExperimentSpec, dataset: DatasetSpec, here: KeyLocations) -> Iterator[ConfigError]:
    """Where the data set has an ignore_label, the loss must leave out what stands for it."""
    if dataset.ignore_label is None or spec.loss_options.get("ignore_index") == IGNORED:
        return
    able = [name for name, info in list_losses().items() if "ignore_index" in info.options]
    found = f"a data set with ignore_label {dataset.ignore_label} and the loss {spec.loss}"
    remedy = "Choose it, or set ignore_label to null."
    yield ConfigError(here(), found, f"{' or '.join(able)} with loss_options: {{ignore_index: {IGNORED}}}", remedy)


def _channels(experiment: Experiment, dataset: DatasetSpec, here: KeyLocations) -> Iterator[ConfigError]:
    """Inputs and target must be prepared from images or computed, where the layout fixes its images."""
    spec, images = experiment.spec, experiment.preparation.modalities or modalities_of(dataset.layout)
    if images is None:
        return iter(())
    computed = [
        channel for name, feature in dataset.features.items() for channel in feature_channels(name, feature.kind)
    ]
    named = {("inputs", i): channel for i, channel in enumerate(spec.inputs or [])} | {("target",): spec.target}
    return _unknown(named, [*prepared_channels(images), *computed], "an image or feature of the data set", here)


def _claims(study: Study, place: KeyLocations) -> Iterator[ConfigError]:
    """A claim speaks of a table, its measures and the methods of its published numbers."""
    for i, claim in enumerate(study.claims):
        here, table = place.under("claims", i), study.tables.get(claim.table)
        if claim.table is not None and table is None:
            yield ConfigError(
                here("table"), repr(claim.table), "a table of this study", nearest(claim.table, study.tables)
            )
        if table is None:
            continue
        if not (claim.experiments and claim.measures):
            yield ConfigError(here(), "no experiments or no measures", "what the claim says", "Name them, or no table.")
        named = {("measures", k): name for k, name in enumerate(claim.measures)}
        yield from _unknown(named, table.metrics, "a measure of the claim's table", here)
        methods = [row.published_as for row in table.rows if row.experiment is None]
        named = {("than_published", k): name for k, name in enumerate(claim.than_published)}
        yield from _unknown(named, methods, "a method of the table that only the paper has", here)
    measures = {name for table in study.tables.values() for name in table.metrics}
    yield from _unknown({("margins", name): name for name in study.margins}, measures, "a measure of a table", place)


def _table(study: Study, table: TableSpec, place: KeyLocations, keys: tuple) -> Iterator[ConfigError]:
    here, scorers = (
        place.under(*keys),
        {scorer for spec in study.datasets.values() for scorer in spec.challenge_metrics},
    )
    labels = {label for spec in study.datasets.values() for label in spec.labels.values()}
    for name, group in table.groups.items():
        chosen = {("groups", name, "labels", i): label for i, label in enumerate(group.labels or [])}
        yield from _unknown(chosen, labels, "a label of a data set", here)
    measures = scored_columns(sorted(scorers))
    yield from _unknown({("metrics", name): name for name in table.metrics}, measures, "a measure", here)
    named = {("rows", i, "published_as"): row.published_as for i, row in enumerate(table.rows)}
    if table.published:
        what = f"a method in published/{table.published}"
        yield from _unknown(named, published_methods(table.published, table.dataset or ""), what, here)
    elif any(named.values()):
        yield ConfigError(here(), "rows with `published_as`", "a file that holds them", "Add `published`.")
