"""`segrepro false-claims`: how likely published claims are false, from print alone."""

from pathlib import Path
from typing import Annotated

import typer


def false_claims(
    pairs: Annotated[
        Path,
        typer.Argument(
            help="CSV with a row a claim: better, better_mean, better_sd, worse, worse_mean, worse_sd, n; where they"
            " are known claim, measure, lower_is_better, correlation. A study writes one: claims/published_pairs.csv."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The same CSV with the probabilities beside.")
    ] = None,
) -> None:
    """Say how likely published orders of two methods are wrong by the published numbers (Claims Reloaded's formula)."""
    from segrepro.evaluation.published_pairs import pair_lines, read_pairs, write_pairs

    found = read_pairs(pairs)
    print("\n".join(pair_lines(found)))
    if output:
        write_pairs(output, found)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: segrepro false-claims published_pairs.csv -o chances.csv")(false_claims)
