"""What data a study stands on, in words: scans, how they were divided, and how they became a network's input."""

from typing import TYPE_CHECKING

from segrepro.preprocessing.normalization import Normalization, Percentiles, Scaling, Window, ZScore
from segrepro.preprocessing.preparation import Preparation
from segrepro.report.methods.sources import Sources, alike, said_of
from segrepro.report.page.data_facts import DatasetFacts, told_facts

if TYPE_CHECKING:
    import pandas as pd

DEMO = "demo"
PARTS = {"train": "for training", "validation": "for validation", "test": "scored"}
IN_WORDS: dict[Scaling, str] = {
    "minmax": "scaled from its least and greatest value to 0 and 1",
    "max": "divided by its greatest value",
    "hu": "scaled to 0 to 1 between its ends within the 4096 HU of 12 bits",
    "p99": "clipped at its 99th percentile and scaled to 0 to 1",
    "p99_unclipped": "scaled to 0 to 1 from its least value to its 99th percentile, unclipped",
    "requantised": "requantised to 8 bits, less 127",
    "zscore": "brought to mean 0 and standard deviation 1",
    "percentiles": "scaled to 0 to 1 between its percentiles 0.5 and 99.5, clipped",
}


def standing(sources: Sources) -> str:
    """What the whole text is worth where scans are synthetic or trainings short; "" for a study at full scale."""
    said = []
    if sources.phantom:
        said.append("all scans are synthetic (phantoms)")
    if sources.settings.tables.scale == DEMO:
        said.append("networks are narrow and trained for minutes (demo scale)")
    if not said:
        return ""
    return f"Rehearsal, not to be printed: {' and '.join(said)}. Nothing follows from these numbers for patients."


def data(sources: Sources) -> str:
    """The data sets with what was found in them."""
    return " ".join(map(_dataset, sources.evidence.facts.datasets))


def _dataset(dataset: DatasetFacts) -> str:
    facts = (
        "; ".join(f"{name.lower()} {value}" for name, value in told_facts(dataset.found.facts) if value)
        if dataset.found
        else ""
    )
    counted = f" ({facts})" if facts else ""
    if dataset.source == "phantom":
        return f"{dataset.title}: in their place synthetic images were drawn{counted}."
    found = f" Found: {dataset.found.told}{counted}." if dataset.found else ""
    return f"{dataset.title}.{found}"


def partitions(sources: Sources) -> str:
    """How many cases learn, steer and are scored, and what stands in one part alone, as counted in the folds."""
    divisions = {
        (sources.training(run).dataset.name, run.protocol, _division(sources.folds[run.name])): None
        for run in sources.methods
    }
    several = len({(dataset, protocol) for dataset, protocol, text in divisions if text}) > 1
    return " ".join(
        f"{f'{dataset}, protocol {protocol}: ' if several else ''}{text}."
        for dataset, protocol, text in divisions
        if text
    )


def _division(folds: "pd.DataFrame") -> str:
    """A table of folds in words; "" for an empty one.

    >>> import pandas as pd
    >>> rows = [("a", "1", "train"), ("b", "1", "train"), ("d", "3", "test")]
    >>> _division(pd.DataFrame(rows, columns=["case", "patient", "part"]).assign(fold=0, slices=""))
    '2 cases for training (1 patient), 1 case scored (1 patient); no patient stands in two parts'
    """
    if folds.empty:
        return ""
    parts = [_part(folds[folds["part"] == part], how) for part, how in PARTS.items() if (folds["part"] == part).any()]
    count = folds["fold"].nunique()
    return f"{f'{count} folds, each ' if count > 1 else ''}{', '.join(parts)}; {_apart(folds)}"


def _part(rows: "pd.DataFrame", how: str) -> str:
    by_slice = (rows["slices"] != "").any()
    counts = rows["slices"].str.split().str.len() if by_slice else rows["slices"].map(lambda _: 1)
    cases, patients = counts.groupby(rows["fold"]).sum(), rows.groupby("fold")["patient"].nunique()
    return f"{_range(cases, 'slice' if by_slice else 'case')} {how} ({_range(patients, 'patient')})"


def _range(numbers: "pd.Series", noun: str) -> str:
    low, high = int(numbers.min()), int(numbers.max())
    return f"{low} {noun}{'s' * (low != 1)}" if low == high else f"{low} to {high} {noun}s"


def _apart(folds: "pd.DataFrame") -> str:
    """What never stands in two parts of one fold."""
    for whole in ("patient", "case"):
        if (folds.groupby(["fold", whole])["part"].nunique() == 1).all():
            return f"no {whole} stands in two parts"
    return "cases are parted by slice"


def preparation(sources: Sources) -> str:
    """From a scan to the slices that a network sees."""
    how = [sources.training(run) for run in sources.methods]
    prepared = {(one.dataset.name, prepared_text(one.preparation)): None for one in how}
    several = len(prepared) > 1
    return " ".join(f"{f'{dataset}: ' if several else ''}{text}." for dataset, text in prepared)


def prepared_text(how: Preparation) -> str:
    """A preparation in words.

    >>> prepared_text(Preparation(size=(224, 192), start=(5, 2), normalization="max"))
    'Volumes were cut into axial slices, cropped to 224 x 192 pixels from row 5, column 2; each image was divided by its
    greatest value'
    """
    steps = [f"Volumes were cut into {how.slices} slices" if how.slices != "none" else "Pictures were taken as slices"]
    if how.spacing_mm:
        kept = " x ".join("its own" if mm is None else f"{mm:g}" for mm in how.spacing_mm)
        steps.append(f"resampled to {kept} mm (slices, rows, columns)")
    if how.resize:
        steps.append(f"resized to {how.resize[0]} x {how.resize[1]} pixels")
    if how.resize != how.size:
        place = f"from row {how.start[0]}, column {how.start[1]}" if how.start else "about the centre"
        steps.append(f"cropped to {how.size[0]} x {how.size[1]} pixels {place}")
    return f"{', '.join(steps)}; {_normalized(how)}"


def _normalized(how: Preparation) -> str:
    if not isinstance(how.normalization, dict):
        return f"each image was {way_text(how.normalization)}"
    ways = [f"{name} {way_text(way)}" for name, way in how.normalization.items() if name != "default"]
    return f"{', '.join(ways)}, every other image {way_text(how.normalization_of('default'))}"


def way_text(how: Normalization) -> str:
    """A way to scale intensities in words.

    >>> way_text(Window(name="window", low=-160, high=240))
    'scaled to 0 to 1 from -160 to 240, clipped'
    """
    if isinstance(how, Window):
        return f"scaled to 0 to 1 from {how.low:g} to {how.high:g}, clipped"
    if isinstance(how, Percentiles):
        inside = " of what is not 0" if how.inside else ""
        return f"scaled to 0 to 1 between its percentiles {how.low:g} and {how.high:g}{inside}, clipped"
    if isinstance(how, ZScore):
        clip = f"clipped to {how.clip[0]:g} to {how.clip[1]:g} and " if how.clip else ""
        of = "" if how.mean is None else f" of the data set ({how.mean:g} and {how.std:g})"
        return f"{clip}brought to mean 0 and standard deviation 1{of}{' where it is not 0' if how.inside else ''}"
    return IN_WORDS[how]


def inputs(sources: Sources) -> str:
    """The channels that networks see, by method."""
    found = alike(sources.methods, lambda run: ", ".join(sources.card(run).get("channels", [])))
    return f"Channels: {said_of(found)}" if any(found) else ""
