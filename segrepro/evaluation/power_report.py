"""What score files say about the gap that they can show."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from segrepro.evaluation.compare import read_methods
from segrepro.evaluation.power import (
    MOST_PATIENTS,
    MOST_SEEDS,
    POWER,
    Spread,
    detectable_gap,
    patients_needed,
    power,
    seeds_needed,
)
from segrepro.evaluation.scored_methods import scored_methods
from segrepro.evaluation.trainings import FEWEST_PATIENTS, SeedVariance
from segrepro.utils.errors import DataError

SEEDS = (2, 3, 5, 8, 10)


def power_lines(
    files: Sequence[Path],
    gap: float,
    metric: str = "dice",
    experiments: Sequence[str] = (),
    unit: str = "case",
    seed_sd: float | None = None,
) -> list[str]:
    """What can be shown of a difference between two methods, as lines of text.

    files: as `read_methods`, one or two; seed_sd: standard deviation of a mean from seed to seed, where it is known
    from elsewhere. Raises DataError for a gap of 0, other than one or two files, several labels, cases that were
    divided anew for each training, or fewer than 6 patients.
    """
    if not gap > 0:
        raise DataError("--gap", f"{gap:g}", "a difference above 0", "Write it as the measure is, such as 0.03.")
    if len(files) > 2:
        raise DataError(files[2], "a third file", "one file of two methods, or two files", "Join the trainings' files.")
    frames = read_methods([[file] for file in files], experiments, unit)
    for name, frame in frames.items():
        labels = sorted(frame["label"].dropna().unique()) if "label" in frame else []
        if len(labels) > 1:
            raise DataError(name, f"the labels {', '.join(labels)}", "one label", "Keep the rows of one label.")
    scores = scored_methods(frames, metric)
    own, other = frames
    if scores.held_out is not None:
        found = f"{len(scores.held_out)} divisions of the cases"
        raise DataError(own, found, "one division", "Keep the rows of one division: its training has one seed.")
    found = scores.difference(other, own)
    if found.patients < FEWEST_PATIENTS:
        raise DataError(own, f"{found.patients} patients", f"{FEWEST_PATIENTS} at least", "So few show nothing.")
    known = scores.seed_variance() if seed_sd is None else SeedVariance(seed_sd**2, 1)
    return list(_lines(scores.spread(other, own, known), gap, found.patients, found.seeds, known is not None))


def _lines(spread: Spread, gap: float, patients: int, seeds: int, seeds_known: bool) -> Iterator[str]:
    yield f"{patients} patients; a paired difference varies by {spread.paired_sd:.4g} (standard deviation) between them"
    if not seeds_known:
        yield "trained once: how much a mean varies from seed to seed is not known, and counts as 0 below;"
        yield "this holds for these weights, not for the methods. Scores of more seeds, or --seed-sd, change that."
        yield f"least difference shown with a chance of {POWER:.0%}: {detectable_gap(spread, patients, 1):.4g}"
        yield f"{gap:g} is shown with a chance of {power(gap, spread, patients, 1):.0%}"
        yield _asks(gap, patients_needed(gap, spread, 1), "patients", MOST_PATIENTS)
        return
    yield f"a mean varies by {spread.seed_sd:.4g} from seed to seed; here {seeds} seed{'s' * (seeds > 1)}"
    yield f"seeds  least difference shown ({POWER:.0%})  chance to show {gap:g}  patients for {gap:g}"
    for count in sorted({*SEEDS, *([seeds] if seeds > 1 else [])}):
        needed = patients_needed(gap, spread, count)
        least, chance = detectable_gap(spread, patients, count), power(gap, spread, patients, count)
        wanted = f"{needed:,}" if needed else "no number suffices"
        yield f"{count:5}  {least:28.4g}  {chance:{15 + len(f'{gap:g}')}.0%}  {wanted}"
    needed = seeds_needed(gap, spread, patients)
    yield f"with these {patients} patients {_asks(gap, needed, 'seeds', MOST_SEEDS)}"


def _asks(gap: float, needed: int | None, what: str, most: int) -> str:
    return f"{gap:g} asks for {f'{needed:,}' if needed else f'more than {most:,}'} {what}"
