"""Measures, statistics, software and costs in words."""

from segrepro.report.methods.evaluation_part import (
    code,
    cost,
    failures,
    machine,
    measures,
    missing,
    results,
    robustness,
    software,
    statistics,
    terms,
)
from tests.report.made_up import HOSTILE


def test_measures_are_those_of_the_tables(sources):
    assert measures(sources) == (
        "For each case: Dice, IoU, precision, recall. Masks were compared on the grid of the scan; what an empty mask"
        " leaves undefined has no value, but: Dice, IoU, precision, recall 0 where both masks are empty, precision 0"
        " where the prediction is empty, recall 0 where the reference is empty."
    )
    # In both tables the Dice of one case of U-Net is undefined.
    assert missing(sources) == "Scores without a value are left out of a mean and counted beside it: 2 in 16 means."
    assert results(sources).startswith(
        "Means with standard deviation and 95 % interval: Table 1: the feature similarity"
    )


def test_one_seed_is_called_one_seed(sources):
    said = statistics(sources)
    assert said.endswith("Networks were trained once: what is shown holds for these weights, not for methods.")
    assert "Margins declared beforehand: Dice 0.02, IoU 0.02, precision 0.03, recall 0.03." in said
    assert "trainings" not in said


def test_several_seeds_bring_their_intervals(sources):
    table = sources.tables[0]
    rows = [
        row.model_copy(
            update={"cells": {name: cell.model_copy(update={"seeds": 3}) for name, cell in row.cells.items()}}
        )
        for row in table.rows
    ]
    seen = type(sources)(**vars(sources) | {"tables": [table.model_copy(update={"rows": rows})]})
    said = statistics(seen)
    assert "of methods trained several times, intervals are over patients and trainings" in said
    assert "trained once" not in said


def test_software_machine_and_costs_are_those_of_the_cards(sources):
    # Where something before has imported torch, its own version stands beside that of the cards.
    assert software(sources).startswith(("Software: torch 1, segrepro 0.1.0, ", "Software: torch 1 and 2.13.0"))
    assert "; trained at commit abc" in software(sources)
    assert machine(sources) == f"Machine: {HOSTILE}, 1 cores, s. Trained on cpu."
    assert cost(sources) == "3 trainings took 37 s together, 12 s each on average."


def test_where_things_are_to_be_had(sources):
    assert code(sources).startswith(
        "Code, models with their digests, masks and scores: snakemake xnet (segrepro, commit "
    )
    assert terms(sources).startswith("ATLAS R1.1: 229 T1 scans of stroke patients, 1 mm MNI, 11 sites: http")
    assert "worst" in failures(sources)


def test_specifications_are_counted(sources):
    claims = sources.claims.claims
    curves = [claim.curve for claim in claims if claim.curve]
    ways = sum(curve.specifications for curve in curves)
    assert (f" judged in {ways} specifications" in robustness(sources)) == bool(curves)
