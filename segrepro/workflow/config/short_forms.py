"""What a study's file may leave out: each short form is written out before the study is checked.

An experiment takes the keys of `experiment_defaults`, then those of the experiment that it is `like`, then its own. A
network or a loss may be {call: module:Name} with its options beside it. In the place of both, `predictions` names a
folder of finished masks, `annotator` who drew such masks in the data set, `trainer` nnU-Net with its options beside it,
and `from` trained experiments. An input may be the name of a group. A table's row may be the name of its experiment,
whose label it then has; it is published under that label where the table's file in published/ has such a method, unless
it says otherwise. A data set names the tables that are made on it as well.
"""

from segrepro.networks import list_networks
from segrepro.networks.registry import COMBINED, GIVEN_MASKS, NNUNET
from segrepro.report.tables.published import published_files, published_methods
from segrepro.utils.errors import nearest
from segrepro.utils.validation import merged
from segrepro.workflow.config.experiment import ExperimentSpec
from segrepro.workflow.config.repeated_tables import with_repeated_tables

# An experiment's own, whatever it is like.
OWN = ("label", "main", "like")
# What stands in the place of a network, by the key that tells; what else an experiment does not know are its options.
IN_PLACE = {"predictions": GIVEN_MASKS, "annotator": GIVEN_MASKS, "trainer": NNUNET, "from": COMBINED}
TRAINERS = ("nnunet",)
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
    spec = _with_calls(name, merged(defaults, _without_network(name, own)))
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


def _without_network(name: str, spec: dict) -> dict:
    """What has no network and training of its own, as the network that stands for it."""
    telling = [key for key in IN_PLACE if key in spec]
    if not telling and (strays := sorted({"tta", "postprocess"} & set(spec))):
        found, remedy = f"experiments.{name} with {strays[0]} and no from", "Name the experiments that it is made of."
        raise ValueError(found, f"{{from: [EXPERIMENT], {strays[0]}: ...}}", remedy)
    if not telling:
        return spec
    if clash := [*telling[1:], *sorted({"network", "options", "loss", "task", "recipe"} & set(spec))]:
        found = f"experiments.{name} with {telling[0]} and {clash[0]}"
        raise ValueError(found, "one of them", f"Beside {telling[0]} there is no other network and training.")
    if (trainer := spec.get("trainer", TRAINERS[0])) not in TRAINERS:
        raise ValueError(f"experiments.{name}.trainer {trainer!r}", "nnunet", "Write it, or name a network.")
    kept = {key: value for key, value in spec.items() if key in ExperimentSpec.model_fields}
    options = {key: _listed(key, value) for key, value in spec.items() if key not in {*kept, "trainer", "predictions"}}
    options |= {"folder": spec["predictions"]} if "predictions" in spec else {}
    return kept | {"network": IN_PLACE[telling[0]], "options": options, "loss": "ce", "task": "segmentation"}


def _listed(key: str, value: object) -> object:
    """A value of these keys as it is written in full: one of several, or the name of a step that has no number."""
    if key == "from":
        return [value] if isinstance(value, str) else value
    if key == "postprocess" and isinstance(value, str):
        return {value: True}
    if key == "postprocess" and isinstance(value, dict) and isinstance(value.get("remove_below_ml"), int | float):
        return value | {"remove_below_ml": [value["remove_below_ml"]]}
    return value


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
