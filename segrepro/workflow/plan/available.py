"""Which experiments of a study can run on the data and the pretrained weights that there are."""

from collections.abc import Collection, Mapping

from segrepro.datasets.folds import Folds
from segrepro.datasets.held import Held
from segrepro.datasets.layouts import modalities_of
from segrepro.preprocessing.features import feature_channels, feature_modalities
from segrepro.preprocessing.preparation import prepared_channels
from segrepro.workflow.config.config import Config
from segrepro.workflow.config.study import DatasetSpec, Study

OFFICIAL = ("train", "test")  # the parts that an official division cannot do without


def not_run(
    study: Study, wanted: Collection[str], config: Config, held: Mapping[str, Held], absent: Collection[str] = ()
) -> dict[str, str]:
    """What each of these experiments needs and has not: a setting with its weights or data set, or what that lacks.

    held: by data sets that were looked at; in others all is taken to be there. absent: data sets that nothing names.
    """
    needed = {key: _weights(study, key, config) or _needs(study, key, held, absent) for key in wanted}
    found = {key: needs for key, needs in needed.items() if needs}
    for key in wanted:
        # What is built on an experiment that does not run cannot run either.
        lost = [one for one in study.experiments[key].built_on if one in found]
        if lost and key not in found:
            found[key] = found[lost[0]]
    return found


def _weights(study: Study, key: str, config: Config) -> str:
    """The setting that names an experiment's pretrained weights, if the config has it not."""
    name = study.experiments[key].pretrained
    return "" if name is None or name in config.pretrained else f"pretrained.{name}"


def _needs(study: Study, key: str, held: Mapping[str, Held], absent: Collection[str] = ()) -> str:
    """The setting that names an experiment's data set, or what this has not."""
    name = study.resolved[key].dataset
    if name in absent:
        return f"data.{name}"
    if name not in held:
        return ""
    lacking = _lacking(study, key, held[name])
    which = "this edition lacks" if study.datasets[name].release else "this data set lacks"
    return f"{', '.join(lacking)}, which {which}" if lacking else ""


def _lacking(study: Study, key: str, held: Held) -> list[str]:
    """Modalities, official parts and annotators that an experiment needs and that are not there."""
    experiment = study.resolved[key]
    lacking = [modality for modality in needed_modalities(study, key) if modality not in held.modalities]
    if experiment.folds.by == "official":
        lacking += [f"the {part} part" for part in OFFICIAL if part not in held.parts] if held.parts else ["parts"]
    annotator = experiment.spec.options.get("annotator")
    return lacking + ([annotator] if annotator and annotator not in held.annotators else [])


def needed_modalities(study: Study, key: str) -> list[str]:
    """The modalities of a case that an experiment learns from, be it by a feature, or is to make."""
    experiment = study.resolved[key]
    spec, dataset = experiment.spec, study.datasets[experiment.dataset]
    prepared = experiment.preparation.modalities or modalities_of(dataset.layout) or ()
    wanted = [*(spec.inputs or prepared), *filter(None, [spec.target])]
    features = _features(dataset)
    found = [modality for channel in wanted for modality in features.get(channel) or _scans(channel, prepared)]
    return list(dict.fromkeys(found))


def _features(dataset: DatasetSpec) -> dict[str, list[str]]:
    """The modalities that each channel of a feature is computed from."""
    return {
        channel: feature_modalities(feature.kind, feature.settings)
        for name, feature in dataset.features.items()
        for channel in feature_channels(name, feature.kind)
    }


def _scans(channel: str, modalities: Collection[str]) -> list[str]:
    """The modality whose preparation gives a channel, such as the picture `rgb` the channel red."""
    return [modality for modality in modalities if channel == modality or channel in prepared_channels([modality])]


def runnable_tables(study: Study, name: str, held: Held, cases: int) -> str:
    """Which tables of a study can be made from its data set `name` that has this, which not, and which in part.

    cases: how many it has outside of an official test part. Pretrained weights are taken to be there.
    """
    rows = {
        table.title.split(":")[0]: [row.experiment for row in table.rows if row.experiment]
        for table in study.tables.values()
    }
    rows = {title: found for title, found in rows.items() if any(study.resolved[key].dataset == name for key in found)}
    ours = {key for found in rows.values() for key in found if study.resolved[key].dataset == name}
    few = {key: least for key in ours if (least := least_cases(study.resolved[key].folds)) > cases}
    lacking = {key for found in rows.values() for key in found if key in few or _needs(study, key, {name: held})}
    unable = [title for title, found in rows.items() if lacking.issuperset(found)]
    part = [title for title, found in rows.items() if title not in unable and lacking.intersection(found)]
    able = [title for title, found in rows.items() if not lacking.intersection(found)]
    if not unable + part:
        return "all tables can be run"
    why = f" (the folds want at least {max(few.values())} cases)" if few else ""
    return f"{_listed(unable, part)} cannot be run{why}" + (f", {_listed(able)} can" if able else "")


def least_cases(folds: Folds) -> int:
    """How many cases must be there at least to be divided into these folds; 0 where their number does not matter.

    >>> least_cases(Folds(count=5)), least_cases(Folds(by="official", count=1))
    (5, 0)
    """
    if folds.file is not None or folds.by not in ("patient", "case"):
        return 0
    if folds.count > 1:
        return max(folds.count, 4)
    return folds.test_cases + folds.validation_cases + 1 if folds.test_cases else 3


def _listed(titles: list[str], parts_of: Collection[str] = ()) -> str:
    """Titles of tables in words, those that are numbered first.

    >>> _listed(["Table 1", "Table 2"], ["Table 5", "Sizes"]), _listed(["Table 3", "Table 4"]), _listed(["Table 1"])
    ('Tables 1, 2 and parts of 5, parts of "Sizes"', 'Tables 3 and 4', 'Table 1')
    """
    words = [(title, "") for title in titles] + [(title, "parts of ") for title in parts_of]
    numbers = [f"{part}{title[6:]}" for title, part in words if title.startswith("Table ")]
    others = [f'{part}"{title}"' for title, part in words if not title.startswith("Table ")]
    if not numbers:
        return ", ".join(others)
    named = f"Tables {', '.join(numbers[:-1])} and {numbers[-1]}" if numbers[1:] else f"Table {numbers[0]}"
    return ", ".join([named, *others])
