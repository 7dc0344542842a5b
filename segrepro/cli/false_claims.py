"""`segrepro false-claims`: how likely claims are false, from print alone or from scores of every case."""

from pathlib import Path
from typing import Annotated

import typer


def false_claims(
    table: Annotated[
        Path,
        typer.Argument(
            help="CSV with a row a claim: better, better_mean, better_sd, worse, worse_mean, worse_sd, n; where they"
            " are known claim, measure, lower_is_better, correlation. A study writes one: claims/published_pairs.csv."
            " Or with a row a case: as Claims Reloaded has it (case_id, alg_*), or scores of several experiments."
        ),
    ],
    metric: Annotated[str, typer.Option(help="The measure, of a score file.")] = "dice",
    unit: Annotated[str, typer.Option(help="Rows to take, if a score file has a column unit: case or slice.")] = "case",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV with a row a claim, the probabilities beside.")
    ] = None,
    case_scores: Annotated[
        Path | None, typer.Option(help="CSV with a row a case, for the website of Claims Reloaded.")
    ] = None,
) -> None:
    """Say how likely the order of two methods is wrong, by Claims Reloaded's formula: from print, or from scores."""
    from segrepro.evaluation.claims_reloaded import holds_case_scores, pairs_of, read_case_scores, write_case_scores
    from segrepro.evaluation.published_pairs import pair_lines, read_pairs, write_pairs
    from segrepro.utils.errors import ConfigError

    scores = read_case_scores(table, metric, unit) if holds_case_scores(table) else None
    if case_scores and scores is None:
        raise ConfigError("--case-scores", f"{table} with a row a claim", "a row a case", "Name a score file.")
    found = read_pairs(table) if scores is None else pairs_of(scores, metric)
    print("\n".join(pair_lines(found)))
    if output:
        write_pairs(output, found)
    if case_scores:
        write_case_scores(case_scores, scores)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro false-claims published_pairs.csv -o chances.csv")(false_claims)
