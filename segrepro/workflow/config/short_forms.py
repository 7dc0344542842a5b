"""What a study's file may leave out: each short form is written out before the study is checked.

An experiment takes the keys of `experiment_defaults`, then those of the experiment that it is `like`, then its own. A
network or a loss may be {call: module:Name} with its options beside it; `predictions` names a folder of finished masks
in the place of both, `annotator` who drew such masks in the data set. An input may be the name of a group. A table's
row may be the name of its experiment, whose label it then has; it is published under that label where the table's file
in published/ has such a method, unless it says otherwise. A data set names the tables that are made on it as well.
"""

from segrepro.networks import list_networks
from segrepro.networks.registry import GIVEN_MASKS
from segrepro.report.tables.published import published_files, published_methods
from segrepro.utils.errors import nearest
from segrepro.utils.validation import merged
from segrepro.workflow.config.repeated_tables import with_repeated_tables

# An experiment's own, whatever it is like.
OWN = ("label", "main", "like")
SOURCES = {"predictions": "folder", "annotator": "annotator"}
GIVEN = SOURCES | {"without_mask": "without_mask"}  # keys of finished masks, and their options
CALLS = {"network": "options", "loss": "loss_options"}  # what may be called, and where its options stand


def written_out(content: dict) -> dict:
    """A study's content with all short forms written out; what is no mapping is left for the model to refuse.

    Raises ValueError (found, expected, remedy) for an experiment that is like none that is there, or like itself.

    >>> study = {"experiment_defaults": {"loss": "dice"}, "experiments": {"a": {"network": "unet"}, "b": {"like": "a"}}}
    >>> written_out(study)["experiments"]["b"]
    {'loss': 'dice', 'network': 'unet', 'label': 'b'}
    """
    experiments, defaults = content.get("experiments"), content.get("experiment_defaults", {})
    if not (isinstance(experiments, dict) and isinstance(defaults, dict)):
        return content
    groups = content.get("input_groups")
    groups = (
        {name: group for name, group in groups.items() if isinstance(group, list)} if isinstance(groups, dict) else {}
    )
    full = {name: _experiment(name, experiments, defaults, groups) for name in experiments}
    tables = content.get("tables")
    if isinstance(tables, dict):
        tables = {name: _table(table, full) if isinstance(table, dict) else table for name, table in tables.items()}
        return with_repeated_tables(content | {"experiments": full, "tables": tables}, experiments)
    return content | {"experiments": full}


def _experiment(name: str, experiments: dict, defaults: dict, groups: dict) -> object:
    if not isinstance(experiments[name], dict):
        return experiments[name]
    own = _inherited(name, experiments, ())
    spec = _with_calls(name, merged(defaults, _with_masks(name, own) if SOURCES.keys() & own.keys() else own))
    inputs = spec.get("inputs")
    named = isinstance(inputs, list) and all(isinstance(name, str) for name in inputs)
    if named and any(name in groups for name in inputs):
        spec = _with_groups(spec, groups)
    return spec if "label" in spec else spec | {"label": name}


def _inherited(name: str, experiments: dict, above: tuple[str, ...]) -> dict:
    """The keys of an experiment and of those that it is like; `above`: those that are like it."""
    spec = experiments[name]
    like = spec.get("like")
    if like is None:
        return spec
    if not isinstance(like, str) or like in (name, *above) or not isinstance(experiments.get(like), dict):
        others = [other for other in experiments if other not in (name, *above)]
        raise ValueError(f"experiments.{name} like {like!r}", "another experiment", nearest(str(like), others))
    base = {key: value for key, value in _inherited(like, experiments, (name, *above)).items() if key not in OWN}
    return merged(base, {key: value for key, value in spec.items() if key != "like"})


def _with_masks(name: str, spec: dict) -> dict:
    """Finished masks of another tool or person, as the network that stands for them."""
    if clash := sorted({"network", "options", "loss", "task", "recipe"} & set(spec)):
        found = f"experiments.{name} with {next(iter(SOURCES.keys() & spec.keys()))} and {clash[0]}"
        raise ValueError(found, "one of them", "Finished masks have no network and no training.")
    options = {option: spec[key] for key, option in GIVEN.items() if key in spec}
    kept = {key: value for key, value in spec.items() if key not in GIVEN}
    return kept | {"network": GIVEN_MASKS, "options": options, "loss": "ce", "task": "segmentation"}


def _with_calls(name: str, spec: dict) -> dict:
    """What `call` names as network or loss, and what stands beside it as the options."""
    for key, options in CALLS.items():
        if isinstance(spec.get(key), dict):
            given = dict(spec[key])
            if not isinstance(call := given.pop("call", None), str):
                found = f"experiments.{name}.{key} without call" if call is None else f"call {call!r}"
                raise ValueError(found, "the name of what is called, module:Name", "Add it: {call: ...}.")
            spec = spec | {key: call, options: merged(given, spec.get(options, {}))}
    return spec


def _with_groups(spec: dict, groups: dict) -> dict:
    """The inputs of the groups; a network that has the option `groups` is told how many channels each has."""
    inputs = [channel for name in spec["inputs"] for channel in groups.get(name, [name])]
    network = spec.get("network")
    network = list_networks().get(network) if isinstance(network, str) else None
    if network is None or "groups" not in network.options:
        return spec | {"inputs": inputs}
    sizes = {name: len(groups[name]) for name in spec["inputs"] if name in groups}
    return spec | {"inputs": inputs, "options": merged({"groups": sizes}, spec.get("options", {}))}


def _table(table: dict, experiments: dict) -> dict:
    rows = table.get("rows")
    if not isinstance(rows, list):
        return table
    named = [{"experiment": row} if isinstance(row, str) else row for row in rows]
    return table | {"rows": [_row(row, table, experiments) if isinstance(row, dict) else row for row in named]}


def _row(row: dict, table: dict, experiments: dict) -> dict:
    name, published, part = row.get("experiment"), table.get("published"), table.get("dataset") or ""
    experiment = experiments.get(name) if isinstance(name, str) else None
    if "label" not in row and isinstance(experiment, dict):
        row = {"label": experiment["label"]} | row
    if "published_as" in row or published not in published_files() or not isinstance(part, str):
        return row
    label = row.get("label")
    return row | {"published_as": label if label in published_methods(published, part) else None}
