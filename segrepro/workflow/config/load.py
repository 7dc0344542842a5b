"""Studies by name: their files, with the changes of a scale and of the config laid over them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from segrepro.utils.errors import ConfigError, nearest, raise_together
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.repository import shipped
from segrepro.utils.validation import checked, merged
from segrepro.utils.yaml_files import read_yaml
from segrepro.workflow.config.checks import study_faults, unknown_names
from segrepro.workflow.config.config import Config, Scale
from segrepro.workflow.config.departures import departures
from segrepro.workflow.config.experiment import Experiment
from segrepro.workflow.config.resolve import resolve
from segrepro.workflow.config.study import Study

STUDIES = shipped("studies")
# Beside the config.yaml of a folder: studies of one's own. In a checkout the two are the same folder.
OWN_STUDIES = Path("studies")
KEYS = {"datasets", "experiments"}  # which every study has
# What any study may be run under besides, if it is named: other weights of the same trainings.
OF_EVERY_STUDY = {"weights": {"last": {"experiment_defaults": {"checkpoint": "last"}}}}


def study_names() -> list[str]:
    """The studies there are, by the names of their files: those that come with segrepro, and the current folder's."""
    return sorted({path.stem for path in [*STUDIES.glob("*.yaml"), *filter(_is_study, OWN_STUDIES.glob("*.yaml"))]})


def _is_study(path: Path) -> bool:
    """Whether a file of somebody's folder `studies` is one of segrepro's at all."""
    return set(re.findall("^([a-z]+):", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)) >= KEYS


def study_file(name: str) -> Path:
    """The file of a study. Raises ConfigError where the current folder has another one of a shipped study's name."""
    shipped_file, own = STUDIES / f"{name}.yaml", OWN_STUDIES / f"{name}.yaml"
    if own.exists() and shipped_file.exists() and own.read_bytes() != shipped_file.read_bytes():
        raise ConfigError(str(own), "the name of a study that comes with segrepro", "a new name", "Rename the file.")
    return own if own.exists() else shipped_file


def load_study(
    name: str,
    scale: Scale,
    overrides: dict | None = None,
    place: KeyLocations | None = None,
    option: tuple[str, str] | None = None,
) -> Study:
    """The study at a scale: its file, the scale's changes, those of an option of a choice, then the config's.

    place: where the overrides stand. option: names of the choice and of the option. Raises ConfigError that names the
    file, the key, what was found and the nearest valid name.
    """
    file, path = f"studies/{name}.yaml", study_file(name)
    if not re.fullmatch("[a-z0-9_]+", name):  # as the wildcard of the workflow
        raise ConfigError(file, repr(name), "a name of small letters, digits and _", "Rename the file.")
    # Keys with x- only hold what others refer to by YAML anchors.
    content = {key: value for key, value in read_yaml(path).items() if not str(key).startswith("x-")}
    changes, overrides = _changes(content.pop("scales", None), scale, file), overrides or {}
    own = merged(content, changes)
    places = KeyLocations(Layer(file, content), Layer(file, changes, ("scales", scale)))
    given = place or KeyLocations(Layer("config.yaml", overrides, ("overrides", name)))
    if option:
        choice, chosen = option
        own_choices = merged(own, overrides).get("choices") or {}
        instead = own_choices[choice]["options"][chosen] if choice in own_choices else OF_EVERY_STUDY[choice][chosen]
        places += (places + given).under("choices", choice, "options", chosen)
        own = merged(own, instead)
    places += given
    study = checked(Study, merged(own, overrides), places)
    raise_together(unknown_names(study, places))
    resolved, faults = resolve(study, places)
    faults += study_faults(study, resolved, places)
    # What experiments share is looked at with each of them.
    raise_together(list({str(fault): fault for fault in faults}.values()))
    study._resolved, study._departures = resolved, [*departures(own, overrides)]
    return study


def differing_from_paper(name: str, experiments: dict[str, Experiment]) -> dict[str, list[str]]:
    """By experiment, each setting that is not as in the study's file at paper scale."""
    published = load_study(name, "paper").resolved
    return {
        key: [str(one) for one in departures(_settings(published[key]), _settings(experiment))]
        for key, experiment in experiments.items()
        if key in published
    }


def _settings(experiment: Experiment) -> dict[str, object]:
    parts = {key: getattr(experiment, key).model_dump(mode="json") for key in ("preparation", "folds", "recipe")}
    return {"dataset": experiment.dataset, "network_options": experiment.options} | parts


def _changes(scales: object, scale: Scale, file: str) -> dict:
    """What a study's key `scales` says of a scale."""
    scales = _mapping(scales, f"{file}: scales")
    for found in scales:
        if found not in Scale.__args__:
            raise ConfigError(f"{file}: scales", repr(found), "a scale", nearest(str(found), Scale.__args__))
    return _mapping(scales.get(scale), f"{file}: scales.{scale}")


def _mapping(value: object, where: str) -> dict:
    """A mapping, empty for null; ConfigError for anything else."""
    if not isinstance(value, dict | None):
        raise ConfigError(where, repr(value), "keys and values", "Correct the value.")
    return value or {}


def load_variants(name: str, study: Study, config: Config) -> Iterator[tuple[dict[str, str], Study]]:
    """The study under each option of the choices that the config names, one at a time, and which it is.

    Raises ConfigError as `load_study`, and for an option of the study that changes no experiment.
    """
    asked = options = {key: [*choice.options] for key, choice in study.choices.items()}
    if config.choices != "all":
        asked = {key: found for key, found in (OF_EVERY_STUDY | options).items() if key in config.choices}
    place = config.place.under("overrides", name)
    for choice, option in [(key, option) for key, found in asked.items() for option in found]:
        variant = load_study(name, config.scale, config.overrides.get(name), place, (choice, option))
        if choice in study.choices and (variant.resolved, variant.datasets) == (study.resolved, study.datasets):
            where = f"{name}: choices.{choice}.options.{option}"
            raise ConfigError(where, "no change of an experiment or a data set", "what is done instead", "Correct it.")
        yield {choice: option}, variant


def load_studies(config: Config) -> dict[str, Study]:
    """The studies that the config asks for, by name."""
    names = study_names() if config.studies == "all" else config.studies
    names = [names] if isinstance(names, str) else names
    for key, found in (("studies", names), ("overrides", config.overrides)):
        _require_known(config, key, found, study_names(), "a study")
    places = {name: config.place.under("overrides", name) for name in names}
    studies = {name: load_study(name, config.scale, config.overrides.get(name), places[name]) for name in names}
    experiments = config.experiments if isinstance(config.experiments, list) else []
    known = {name for study in studies.values() for name in study.experiments}
    _require_known(config, "experiments", experiments, known, "an experiment")
    choices = config.choices if isinstance(config.choices, list) else []
    known = sorted({name for study in studies.values() for name in (*study.choices, *OF_EVERY_STUDY)})
    _require_known(config, "choices", choices, known, f"a choice of these studies: {', '.join(known)}")
    return studies


def _require_known(config: Config, key: str, names: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in known:
            place = config.place(key, name) if key == "overrides" else config.place(key)
            raise ConfigError(place, repr(name), what, nearest(name, known))
