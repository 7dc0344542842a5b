"""A study's tables: published beside reproduced numbers, with intervals and tests."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segrepro.evaluation.metrics.registry import METRICS
from segrepro.evaluation.reproduction import Mean, agreement
from segrepro.evaluation.scored_methods import DIAGONAL, KEYS, scored_methods
from segrepro.evaluation.statistics import Comparison, Summary, summarise
from segrepro.evaluation.trainings import FEWEST_PATIENTS, SeedVariance, pooled_seed_variance
from segrepro.report.spec import FailedRow, GroupSpec, ReportedRun, RowSpec, TableSpec, UnrunNetwork
from segrepro.report.tables.cell_text import digits_in_print, format_cell
from segrepro.report.tables.comparisons import compare_runs
from segrepro.report.tables.effects import effects
from segrepro.report.tables.parameters import model_facts, network_facts
from segrepro.report.tables.protocol_effects import protocol_effects
from segrepro.report.tables.published import cell_in_print, published_numbers, rows_of_method
from segrepro.report.tables.ranking import rankings
from segrepro.report.tables.seeds import first_runs, scores_by_method
from segrepro.report.tables.table import Cell, Row, Table
from segrepro.utils.validation import Seed, Strict

if TYPE_CHECKING:
    import pandas as pd

REPLACED = " replaced"
NUMBERS = ("mean", "std", "low", "high", "mean_with_replacement", "seed_sd")  # of a cell
TESTED = {  # field of a cell -> what a Comparison with the paper's own method calls it
    "difference_to_reference": "difference",
    "difference_low": "low",
    "difference_high": "high",
    "p": "p",
}


class Settings(Strict):
    """The tables of a study, and the runs that they may show.

    lacking: experiments that do not run, and the setting or modality that each lacks. failed: those whose run failed.
    seed: of the bootstrap. unrun: the networks of experiments that have no run.
    """

    study: str
    scale: str
    runs: list[ReportedRun]
    lacking: dict[str, str] = {}
    failed: list[FailedRow] = []
    margins: dict[str, float] = {}
    tables: dict[str, TableSpec]
    unrun: dict[str, UnrunNetwork] = {}
    seed: Seed


@dataclass(frozen=True)
class Results:
    """What a study's tables are made of.

    scores: of every case, by run name. cards: the model cards of all folds of these runs. counts: the parameters at
    full width of the experiments without a run, by experiment.
    """

    scores: dict[str, "pd.DataFrame"]
    cards: list[dict]
    counts: dict[str, int]


def build_tables(settings: Settings, results: Results) -> list[Table]:
    """The tables of a study."""
    return [_TableBuilder(name, spec, settings, results).table() for name, spec in settings.tables.items()]


class _TableBuilder:
    """One table: its runs, their scores by group, and the tests between them."""

    def __init__(self, name: str, spec: TableSpec, settings: Settings, results: Results):
        self.name, self.spec, self.settings, self.results = name, spec, settings, results
        named = {spec.proposed, *(row.experiment for row in spec.rows)}
        runs = [run for run in settings.runs if run.experiment in named and not run.choices]
        self.runs, scores = first_runs(runs), scores_by_method(runs, results.scores)
        self.groups = spec.groups or {"": GroupSpec()}
        self.notes = {run.name: _note(scores[run.name]) for run in self.runs}
        self.scored = {
            (run.name, group): scores_of_group(scores[run.name].drop(columns="note", errors="ignore"), spec.unit, cases)
            for run in self.runs
            for group, cases in self.groups.items()
        }
        self.tests = compare_runs(spec, self.runs, self.scored, settings.seed)
        self.seed_variances = self._seed_variances()
        self.published = published_numbers(spec.published, spec.dataset)
        self.digits = {
            metric: digits_in_print(
                cell_in_print(spec.published, spec.dataset, row.published_as, group, metric, column)
                for row in spec.rows
                for group in self.groups
            )
            for metric, column in spec.metrics.items()
        }

    def _seed_variances(self) -> dict[tuple[str, str, str], SeedVariance | None]:
        """By protocol, group and measure, the variance from seed to seed that the rows share."""
        rows: dict[tuple[str, str, str], list] = {}
        for run in self.runs:
            for group in self.groups:
                frame = self.scored[run.name, group]
                for metric in (metric for metric in self.spec.metrics if metric in frame and not frame.empty):
                    scores = scored_methods({run.name: frame}, metric)
                    own = rows.setdefault((run.protocol, group, metric), [])
                    own += [] if scores.held_out is not None else [scores.per_patient()[run.name]]
        return {key: pooled_seed_variance(found) for key, found in rows.items()}

    def table(self) -> Table:
        protocols = list(dict.fromkeys(run.protocol for run in self.settings.runs))
        rows = [row for protocol in protocols for group in self.groups for row in self._rows(protocol, group)]
        rows = [row for row in rows if not row.only_published or row.protocol == protocols[0]]
        rows, footnotes = _with_marks(rows)
        return Table(
            name=self.name,
            title=self.spec.title,
            note=self.spec.note,
            unit=self.spec.unit,
            footnotes=footnotes,
            rows=rows,
            metrics=self.spec.metrics,
            protocol_effects=protocol_effects(self.spec, self.runs, self.scored),
            effects=list(effects(self.spec, self.runs, self.scored)),
            rankings=list(rankings(self.spec, self.runs, self.scored, self.settings.seed)),
            **self._ratios(),
        )

    def _ratios(self) -> dict[str, dict[str, float]]:
        """How unlike the rows are that share a variance from seed to seed, the worst of all protocols and groups."""
        found: dict[str, float] = {}
        for (_, _, metric), shared in self.seed_variances.items():
            if shared and 1 < shared.ratio < float("inf"):
                found[metric] = max(found.get(metric, 1.0), shared.ratio)
        return {"seed_variance_ratios": found} if found else {}

    def _rows(self, protocol: str, group: str) -> list[Row]:
        """A row a method, for one protocol and group of cases."""
        own = {run.experiment: run.name for run in self.runs if run.protocol == protocol}
        plain = self._plain_count(own)
        return [self._row(row, protocol, group, own.get(row.experiment), plain) for row in self.spec.rows]

    def _row(self, spec: RowSpec, protocol: str, group: str, run: str | None, plain: int | None) -> Row:
        published = rows_of_method(self.published, spec.published_as, group)
        facts = {"lacks": self.settings.lacking[spec.experiment]} if spec.experiment in self.settings.lacking else {}
        for failed in self.settings.failed:
            if (failed.experiment, failed.protocol) == (spec.experiment, protocol):
                facts["failed"] = failed.reason
        facts["parameters_published"] = next(iter(published["parameters"].dropna()), "")
        cells = {}
        for metric, column in self.spec.metrics.items():
            cell = cell_in_print(self.spec.published, self.spec.dataset, spec.published_as, group, metric, column)
            cells[metric] = cell if run is None else self._with_scores(cell, metric, run, group, protocol)
        if run is not None:
            facts |= model_facts(self._card(run), plain)
        elif spec.experiment in self.settings.unrun:
            unrun, count = self.settings.unrun[spec.experiment], self.results.counts[spec.experiment]
            facts |= network_facts(unrun, count, plain)
        return Row(
            label=spec.label,
            group=group,
            protocol=protocol,
            experiment=spec.experiment,
            run=run is not None,
            only_published=spec.experiment is None,
            cells=cells,
            **facts,
        )

    def _plain_count(self, own: dict[str, str]) -> int | None:
        """The parameters of the network that the others' are counted over; own: runs by experiment."""
        plain = self.spec.parameters_relative_to
        if plain in own:
            return self._card(own[plain])["parameters"]["at_full_width"]
        return self.results.counts.get(plain)

    def _card(self, run: str | None) -> dict | None:
        """The card of one fold of a run; None for none."""
        return None if run is None else next(card for card in self.results.cards if card["name"] == run)

    def _with_scores(self, cell: Cell, metric: str, run: str, group: str, protocol: str) -> Cell:
        rows, test = self.scored[run, group], self.tests.get((run, group, metric))
        if metric not in rows or rows.empty:
            note = "not scored" if metric not in rows else "no case"
            return cell.model_copy(update={"n": 0, "n_undefined": 0, "note": note, "text": "-"})
        scores, replaced = scored_methods({run: rows}, metric), None
        if metric + REPLACED in rows:
            replaced = scored_methods({run: rows}, metric + REPLACED).values[run]
        pooled = self.seed_variances[protocol, group, metric]
        summary = summarise(scores.values[run], scores.patients, self.settings.seed, replaced, pooled, scores.held_out)
        found = {key: _number(getattr(summary, key)) for key in NUMBERS}
        note = "; ".join(filter(None, (summary.note, self.notes[run])))
        found |= {"n": summary.n, "n_undefined": summary.n_undefined, "note": note, "seeds": summary.seeds}
        found |= {"text": format_cell(summary, test.mark if test else "", self.digits[metric])}
        found |= _tested(test) if test else {}
        if cell.published_mean is not None:
            found["difference_to_published"] = _number(summary.mean - cell.published_mean)
            found |= self._agreement(cell, metric, summary, scores.per_patient()[run], pooled)
        return cell.model_copy(update=found)

    def _agreement(
        self, cell: Cell, metric: str, summary: Summary, by_patient: np.ndarray, pooled: SeedVariance | None
    ) -> dict[str, str | float]:
        """Whether the published mean was reproduced; nothing without a margin or the published number of patients."""
        margin, patients = self.settings.margins.get(metric), self.spec.published_patients
        own = by_patient[:, ~np.isnan(by_patient).any(axis=0)]
        if margin is None or patients is None or own.shape[1] < FEWEST_PATIENTS:
            return {}
        spread = cell.published_std if cell.published_std is not None else summary.std
        published = Mean(cell.published_mean, spread, patients)
        # Two trainings of one network on the same cases are as alike as the paper's and this one may be, at most.
        correlation = 0.0
        if self.spec.published_cases_known and len(own) > 1:
            correlation = float(np.nan_to_num(np.corrcoef(own)[np.triu_indices(len(own), 1)].mean()))
        seed_sd = float(np.sqrt(pooled.variance)) if pooled else 0.0
        reproduced = Mean(summary.mean, float(own.mean(axis=0).std(ddof=1)), own.shape[1])
        found = agreement(published, reproduced, margin, seed_sd, correlation)
        return {"agreement": found.verdict, "agreement_low": found.low, "agreement_high": found.high}


def scores_of_group(frame: "pd.DataFrame", unit: str, group: GroupSpec) -> "pd.DataFrame":
    """A run's scores that a table averages: of its unit and group; labels of a case become their mean."""
    rows = _with_diagonals(frame[frame["unit"] == unit])
    if group.site is not None:
        rows = rows[rows["site"] == group.site]
    if group.labels is not None:
        rows = rows[rows["label"].isin(group.labels)]
    if group.ml is not None:
        low, high = group.ml
        rows = rows[(rows["reference_volume_ml"] >= low) & (rows["reference_volume_ml"] < high)]
    if rows["label"].nunique() > 1:
        kept = [key for key in KEYS if key in rows and key != "label"]
        # A measure that is undefined for one label is undefined for the case, so that it is counted.
        measures = rows.columns.difference(KEYS)
        rows = rows.groupby(kept, as_index=False)[list(measures)].agg(lambda values: values.mean(skipna=False))
        rows["label"] = "mean"
    return rows


def _with_diagonals(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Beside every distance one with the image's diagonal where it is undefined.

    It is replaced before labels are averaged: a missing organ costs its own distance, not that of the others.
    """
    distances = [name for name in rows if name in METRICS and METRICS[name].unit == "mm" and DIAGONAL in rows]
    return rows.assign(**{name + REPLACED: rows[name].fillna(rows[DIAGONAL]) for name in distances})


def _tested(test: Comparison) -> dict[str, float | int | str | None]:
    """The fields of a cell about its difference to the paper's own method."""
    numbers = {field: _number(getattr(test, name)) for field, name in TESTED.items()}
    return numbers | {"n_compared": test.n, "difference_mark": test.mark, "test_note": test.note}


def _with_marks(rows: list[Row]) -> tuple[list[Row], list[str]]:
    """The rows with each cell naming its notes by number, counted from 1, and all notes, each once."""
    notes: list[str] = []
    marked = []
    for row in rows:
        cells = {metric: _with_mark(cell, notes) for metric, cell in row.cells.items()}
        marked.append(row.model_copy(update={"cells": cells}))
    return marked, notes


def _with_mark(cell: Cell, notes: list[str]) -> Cell:
    own = dict.fromkeys(filter(None, (cell.note, cell.test_note)))
    notes += [note for note in own if note not in notes]
    if not own:
        return cell
    mark = f" (note {', '.join(str(1 + notes.index(note)) for note in own)})"
    return cell.model_copy(update={"mark": mark, "text": cell.text + mark})


def _note(frame: "pd.DataFrame") -> str:
    """What a run or its folds say of all their cases, such as how many had no mask."""
    return "; ".join(map(str, frame["note"].dropna().unique())) if "note" in frame else ""


def _number(value: float) -> float | None:
    """A float for JSON; None for NaN."""
    return None if value != value else float(value)
