"""How a study was scored and tested, and with what it was made, in words."""

from segrepro.evaluation.case_scores import Settings as ScoringSettings
from segrepro.evaluation.contrasts import FEWEST_FOR_FLIPS
from segrepro.evaluation.metrics.empty_masks import convention
from segrepro.evaluation.metrics.registry import FORMULA
from segrepro.evaluation.trainings import FEWEST_PATIENTS
from segrepro.report.methods.sources import SHORT, Sources, alike, said_of
from segrepro.report.tables.costs import summed_cost
from segrepro.report.tables.formats import titles_of

# The fields of a rule for empty masks, in words.
EMPTY = {
    "both_empty": "both masks are",
    "empty_prediction": "the prediction is",
    "empty_reference": "the reference is",
}


def measures(sources: Sources) -> str:
    """What was measured, of what, and what an empty mask makes of it."""
    titles = _titles(sources)
    units = " and ".join(dict.fromkeys(table.unit for table in sources.tables))
    if not titles:
        return ""
    scored = alike(sources.methods, lambda run: _scored(sources.settings.runs[run.name].scoring, titles))
    return f"For each {units}: {', '.join(dict.fromkeys(titles.values()))}. {said_of(scored)}"


def _titles(sources: Sources) -> dict[str, str]:
    """What people call each measure of the tables, by its name."""
    return {name: title for table in sources.tables for name, title in titles_of(table).items()}


def _scored(scoring: ScoringSettings, titles: dict[str, str]) -> str:
    """On which grid masks were compared, and what an empty one makes of the measures with these titles.

    >>> labels = {"values": {1: "lesion"}}
    >>> scoring = ScoringSettings(experiment="unet", labels=labels, empty="xnet", challenges=[], units=["case"])
    >>> _scored(scoring, {"dice": "Dice", "recall": "recall"}).partition("; ")[2]
    'what an empty mask leaves undefined has no value, but: Dice, recall 0 where both masks are empty, recall 0 where \
the reference is empty'
    """
    size = scoring.scored_size
    grid = f"at {size[0]} x {size[1]} pixels" if size else "on the grid of the scan"
    given: dict[str, list[str]] = {}
    for name, rule in convention(scoring.empty).items():
        for case, which in EMPTY.items():
            value = getattr(rule, case)
            if name in titles and value != FORMULA and value == value:
                given.setdefault(f"{value:g} where {which} empty", []).append(titles[name])
    values = ", ".join(f"{', '.join(names)} {value}" for value, names in given.items())
    empty = f"what an empty mask leaves undefined has no value{f', but: {values}' if values else ''}"
    return f"masks were compared {grid}; {empty}"


def statistics(sources: Sources) -> str:
    """How means, intervals and tests were made."""
    seeds = max((row.seeds for table in sources.tables for row in table.rows), default=1)
    once = (
        f"95 % intervals of means are BCa bootstraps over patients (Student's t under {FEWEST_FOR_FLIPS} patients, none"
        f" under {FEWEST_PATIENTS})"
    )
    several = (
        "of methods trained several times, intervals are over patients and trainings, by their variances"
        " (Student's t with Satterthwaite's degrees of freedom)"
    )
    tests = (
        "Differences from the proposed method are tested by flipping the signs of patients' differences at random"
        " (max-t), each table being one family, whose intervals are simultaneous"
    )
    titles, stated = _titles(sources), sources.settings.tables.margins
    margins = ", ".join(f"{titles.get(name, name)} {value:g}" for name, value in stated.items())
    texts = [f"{once}; {several}" if seeds > 1 else once, tests]
    texts += [f"Margins declared beforehand: {margins}"] if margins else []
    texts += [] if seeds > 1 else ["Networks were trained once: what is shown holds for these weights, not for methods"]
    return f"{'. '.join(texts)}."


def missing(sources: Sources) -> str:
    """How many scores have no value, which tables leave out of their means."""
    cells = [cell for table in sources.tables for row in table.rows if row.run for cell in row.cells.values()]
    left_out = sum(cell.n_undefined for cell in cells)
    return f"Scores without a value are left out of a mean and counted beside it: {left_out} in {len(cells)} means."


def results(sources: Sources) -> str:
    """Which tables hold the numbers."""
    return f"Means with standard deviation and 95 % interval: {'; '.join(table.title for table in sources.tables)}."


def robustness(sources: Sources) -> str:
    """In how many other ways each claim was looked at."""
    curves = [claim.curve for claim in sources.claims.claims if claim.curve]
    if not curves:
        return ""
    ways = sum(curve.specifications for curve in curves)
    same = sum(curve.own_verdict for curve in curves)
    claims = f"{len(curves)} claim{'s were' if len(curves) > 1 else ' was'}"
    return f"{claims} judged in {ways} specifications (specification curves); in {same} with the same verdict."


def failures(sources: Sources) -> str:
    """Where the cases that went worst are shown."""
    return "The report lists every case with its scores and shows the worst ones beside the best and middle ones."


def software(sources: Sources) -> str:
    """Commit, versions and the digest of the pinned packages."""
    evidence = sources.evidence
    versions: dict[str, list[str]] = {}
    for provenance in [*(card["provenance"] for card in sources.cards), evidence.provenance]:
        for name, version in provenance["versions"].items():
            versions.setdefault(name, []).append(version)
    told = ", ".join(f"{name} {' and '.join(dict.fromkeys(found))}" for name, found in versions.items())
    commits = ", ".join(dict.fromkeys(card["provenance"]["commit"] for card in sources.cards))
    lock = f"; pinned packages SHA-256 {evidence.lock_sha256[:SHORT]}" if evidence.lock_sha256 else ""
    return f"Software: {told}; trained at commit {commits}{lock}."


def machine(sources: Sources) -> str:
    """What trainings ran on."""
    devices = sorted({device for run in sources.runs for device in run.cost.devices})
    machines = {(m["cpu"], m["cores"], m["system"]): None for m in (run.provenance["machine"] for run in sources.runs)}
    told = "; ".join(f"{cpu}, {cores} cores, {system}" for cpu, cores, system in machines)
    return f"Machine: {told}. Trained on {', '.join(devices)}."


def cost(sources: Sources) -> str:
    """How many trainings there were, how long they took, and the most memory that one held."""
    total = summed_cost([run.cost for run in sources.runs])
    count = sum(len(run.folds) for run in sources.runs)
    mean = total.seconds / count if count else 0
    memory = f", at most {total.peak_memory_mb / 1024:.1f} GB of memory" if total.peak_memory_mb else ""
    gpu = f", {total.peak_gpu_memory_mb / 1024:.1f} GB of a GPU's" if total.peak_gpu_memory_mb else ""
    return f"{count} trainings took {total.seconds:,.0f} s together, {mean:,.0f} s each on average{memory}{gpu}."


def code(sources: Sources) -> str:
    """Where code, models, masks and scores are to be had."""
    evidence = sources.evidence
    made = f"snakemake {evidence.study} (segrepro, commit {evidence.provenance['commit']})"
    return f"Code, models with their digests, masks and scores: {made} makes all of it."


def terms(sources: Sources) -> str:
    """Who gives out the data, on what terms."""
    told = {
        f"{source.title}: {source.access.rstrip('.')}."
        for source in sources.evidence.datasets.values()
        if source.access
    }
    return " ".join(sorted(told))
