"""The claims of a study, judged from the scores of its runs."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.claims import Claim, ClaimContrast, contrasts_of
from segrepro.evaluation.power import needed
from segrepro.evaluation.published_pairs import PublishedPair
from segrepro.evaluation.scored_methods import ScoredMethods
from segrepro.evaluation.verdicts import JudgedContrast, key_of, verdict
from segrepro.report.claims.claim_list import ClaimList, ClaimPart, ClaimVariant, JudgedClaim
from segrepro.report.claims.claim_scores import claim_scores, other_labels, published_cells, trained_alike
from segrepro.report.spec import ReportedRun, TableSpec
from segrepro.report.tables.formats import title_of
from segrepro.report.tables.seeds import first_runs, scores_by_method
from segrepro.report.tables.table import Cell
from segrepro.utils.validation import Seed, Strict

if TYPE_CHECKING:
    import pandas as pd


class Settings(Strict):
    """The claims of a study, and what they are judged by. seed: of the signs drawn."""

    study: str
    scale: str
    of_phantoms: bool
    changed: bool = False
    runs: list[ReportedRun]
    tables: dict[str, TableSpec]
    claims: list[Claim]
    margins: dict[str, float]
    labels: dict[str, str]
    seed: Seed


def judge_claims(settings: Settings, scores: Mapping[str, "pd.DataFrame"], cards: list[dict]) -> ClaimList:
    """Every claim under every protocol that ran.

    scores: of every case, by run name; cards: the model cards of all folds of these runs.
    """
    protocols = list(dict.fromkeys(run.protocol for run in settings.runs))
    judged = [claim for protocol in protocols for claim in _judged_under(protocol, settings, scores, cards)]
    kept = {name: getattr(settings, name) for name in ("study", "scale", "of_phantoms", "changed")}
    return ClaimList(**kept, margins=_titled(settings), claims=judged)


def _titled(settings: Settings) -> dict[str, float]:
    """The margins by what people call their measures; by their names where two are called alike."""
    titles = {name: title_of(name, title) for spec in settings.tables.values() for name, title in spec.metrics.items()}
    found = {titles.get(name, name): margin for name, margin in settings.margins.items()}
    return found if len(found) == len(settings.margins) else settings.margins


def _judged_under(
    protocol: str, settings: Settings, scores: Mapping[str, "pd.DataFrame"], cards: list[dict]
) -> Iterator[JudgedClaim]:
    """Every claim under one protocol, and what becomes of it under each option that touches one of its rows."""
    (_, _, own), *others = trained_alike([run for run in settings.runs if run.protocol == protocol])
    judge = _Judge(protocol, own, settings, scores, cards)
    others = [(option, touched, _Judge(protocol, runs, settings, scores, cards)) for option, touched, runs in others]
    for claim in settings.claims:
        asked = [(option, other.judge(claim)) for option, touched, other in others if touched & {*claim.experiments}]
        variants = [ClaimVariant(choices=option, verdict=one.verdict, parts=one.parts) for option, one in asked]
        yield judge.judge(claim).model_copy(update={"variants": variants})


class _Judge:
    """Claims by these runs of one protocol, their scores and the networks' parameters."""

    def __init__(
        self,
        protocol: str,
        runs: list[ReportedRun],
        settings: Settings,
        scores: Mapping[str, "pd.DataFrame"],
        cards: list[dict],
    ):
        by_name = scores_by_method(runs, scores)
        self.protocol, self.settings = protocol, settings
        self.frames = {run.experiment: by_name[run.name] for run in first_runs(runs)}
        experiments = {run.name: run.experiment for run in first_runs(runs)}
        self.parameters = {
            experiments[card["name"]]: card["parameters"]["at_full_width"]
            for card in cards
            if card["name"] in experiments
        }

    def judge(self, claim: Claim) -> JudgedClaim:
        if claim.table is None:
            return JudgedClaim(
                text=claim.text, table=None, protocol=self.protocol, verdict=verdict(claim, [], {}, {}).verdict
            )
        spec, margins = self.settings.tables[claim.table], self.settings.margins
        named = self._labels_of(claim, spec)
        contrasts = list(contrasts_of(claim, other_labels(claim, self.frames)))
        cells = published_cells(spec)
        published = {(name, measure): cell.published_mean for (name, measure), cell in cells.items()}
        scores = claim_scores(self.frames, spec, contrasts, spec.unit)
        found = verdict(claim, contrasts, scores, margins, published, self.parameters, self.settings.seed)
        judged = {one.contrast: one for one in found.contrasts}
        speaker = _Speaker(spec, named, cells, scores, self.settings.of_phantoms)
        return JudgedClaim(
            text=claim.text,
            table=claim.table,
            protocol=self.protocol,
            verdict=found.verdict,
            reason=found.reason,
            as_trained=found.as_trained,
            within_margin=found.within_margin,
            missing=[named[name] + self._why_missing(name) for name in found.missing],
            parameters=self._parameters(claim, named),
            parts=[speaker.part(one, judged.get(one)) for one in contrasts],
        )

    def _labels_of(self, claim: Claim, spec: TableSpec) -> dict[str, str]:
        """What experiments are called: as in the table's rows, else as the study calls them."""
        rows = {row.experiment: row.label for row in spec.rows if row.experiment}
        return {name: rows.get(name, self.settings.labels[name]) for name in claim.experiments}

    def _why_missing(self, experiment: str) -> str:
        """What keeps a row that ran from being compared; "" for one that did not run."""
        return " (ran, but has no defined score on the same cases)" if experiment in self.frames else ""

    def _parameters(self, claim: Claim, named: dict[str, str]) -> dict[str, int]:
        networks = dict.fromkeys(name for pair in claim.smaller for name in pair)
        return {named[name]: self.parameters[name] for name in networks if name in self.parameters}


class _Speaker:
    """The contrasts of a claim in words and numbers."""

    def __init__(
        self,
        spec: TableSpec,
        named: dict[str, str],
        cells: dict[tuple[str, str], Cell],
        scores: dict[str, ScoredMethods],
        of_phantoms: bool,
    ):
        self.spec, self.named, self.cells, self.scores = spec, named, cells, scores
        self.of_phantoms = of_phantoms

    def part(self, one: ClaimContrast, judged: JudgedContrast | None) -> ClaimPart:
        gap = self._published_gap(one)
        part = ClaimPart(
            title=self._title(one),
            measure=title_of(one.measure, self.spec.metrics[one.measure]),
            lower_is_better=one.sign < 0,
            published=gap,
            published_digits=self._published_digits(one),
        )
        if judged is None:
            return part
        estimate = judged.estimate
        numbers = {"difference": one.sign * estimate.value, "p": estimate.p}
        numbers |= dict(zip(("low", "high"), _turned(estimate.interval(), one.sign)))
        ends = _turned((judged.low, judged.high), one.sign)
        numbers |= dict(zip(("simultaneous_low", "simultaneous_high"), ends))
        known = estimate.seeds > 1 or judged.spread.seed_sd > 0
        pair = self._pair(one)
        if pair and pair.correlation is not None:
            numbers |= {"chance_of_false": pair.chance_of_false(pair.correlation, judged.spread.seed_sd)}
        numbers |= {"seed_sd": judged.spread.seed_sd if known else np.nan}
        numbers = {key: None if value is None or np.isnan(value) else float(value) for key, value in numbers.items()}
        # Divisions drawn anew bring other patients each; what more of both would show follows from no formula here.
        asked = gap is not None and one.sign * gap > 0 and estimate.patients > 1
        asked = asked and self.scores[one.measure].held_out is None
        wanted = needed(abs(gap), judged.spread, estimate.patients) if asked else None
        patients, seeds = wanted or (None, None)
        return part.model_copy(
            update=numbers
            | {"run": True, "pair": pair, "patients": estimate.patients, "seeds": estimate.seeds}
            | {"needed_patients": patients, "needed_seeds": seeds if known else None}
            | {"out_of_reach": asked and wanted is None}
        )

    def _title(self, one: ClaimContrast) -> str:
        names = []
        for comparand, weight in one.weights:
            name = self.named[comparand.experiment]
            name += f" in {', '.join(comparand.labels)}" if comparand.labels else ""
            names.append(name if abs(weight) == 1 else f"{abs(weight):g} × {name}")
        if one.published:
            return f"{names[0]} − {one.published} (published)"
        if len(names) == 2:
            return " − ".join(names)
        return f"({names[0]} − {names[1]}) − ({names[2]} − {names[3]})"

    def _published_gap(self, one: ClaimContrast) -> float | None:
        """The difference in print; None where a number of it is not printed."""
        terms = [(comparand.experiment, weight) for comparand, weight in one.weights]
        terms += [(one.published, -1.0)] if one.published else []
        if any(comparand.labels for comparand, _ in one.weights):
            return None
        means = [self._cell(name, one.measure).published_mean for name, _ in terms]
        if any(mean is None for mean in means):
            return None
        # Differences of printed decimals: what is beyond their digits is rounding noise.
        return round(sum(weight * mean for (_, weight), mean in zip(terms, means)), 9)

    def _published_digits(self, one: ClaimContrast) -> int:
        """How many digits behind the point the numbers of a difference have in print, as fractions."""
        texts = [self._cell(comparand.experiment, one.measure).published_text for comparand, _ in one.weights]
        found = [len(text.split()[0].partition(".")[2]) + 2 * text.endswith("%") for text in texts if text]
        return max(found, default=3)

    def _cell(self, name: str, measure: str) -> Cell:
        return self.cells.get((name, measure), Cell())

    def _pair(self, one: ClaimContrast) -> PublishedPair | None:
        """What print says of a pair, the method first that is claimed to be better; None where it does not say enough.

        Print says no correlation: it is that of the reproduced scores, as are standard deviations that are not printed.
        Phantoms lend neither: their scores are as alike as phantoms are, not as the paper's patients.
        """
        patients = self.spec.published_patients
        is_pair = len(one.weights) == 2 and all(abs(weight) == 1 for _, weight in one.weights)
        cells = [self._cell(comparand.experiment, one.measure) for comparand, _ in one.weights]
        if patients is None or not is_pair or any(cell.published_mean is None for cell in cells):
            return None
        deviations, correlation = self._measured(one)
        spreads = [own if cell.published_std is None else cell.published_std for cell, own in zip(cells, deviations)]
        if None in spreads:
            return None
        names = [self.named[comparand.experiment] for comparand, _ in one.weights]
        return PublishedPair(
            measure=title_of(one.measure, self.spec.metrics[one.measure]),
            better=names[0],
            better_mean=cells[0].published_mean,
            better_sd=spreads[0],
            worse=names[1],
            worse_mean=cells[1].published_mean,
            worse_sd=spreads[1],
            n=patients,
            lower_is_better=one.sign < 0,
            correlation=correlation,
        )

    def _measured(self, one: ClaimContrast) -> tuple[list[float | None], float | None]:
        """The standard deviations of a pair's reproduced scores over patients, and their correlation."""
        scores = self.scores[one.measure]
        own = np.array([scores.means_by_patient(key_of(comparand)) for comparand, _ in one.weights])
        own = own[:, ~np.isnan(own).any(axis=0)]
        if self.of_phantoms or own.shape[1] < 3:
            return [None, None], None
        deviations = [float(deviation) for deviation in own.std(axis=1, ddof=1)]
        return deviations, float(np.corrcoef(own)[0, 1]) if all(deviations) else None


def _turned(interval: tuple[float, float], sign: float) -> tuple[float, float]:
    """An interval of the claimed direction as one of the measure."""
    low, high = interval
    return (low, high) if sign > 0 else (-high, -low)
