"""The files of a study's claims: verdicts as JSON, Markdown and LaTeX, specification curves, and pairs in print."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from segrepro.evaluation.published_pairs import write_pairs
from segrepro.report.claims.claim_list import ClaimList
from segrepro.report.claims.curve_figure import draw_curve
from segrepro.report.claims.curves import claim_curves, specification_rows, with_curves
from segrepro.report.claims.formats import latex, markdown
from segrepro.report.claims.judge import Settings, judge_claims
from segrepro.utils.csv_files import write_rows
from segrepro.utils.files import whole_file

if TYPE_CHECKING:
    import pandas as pd

CLAIMS, PAIRS, SPECIFICATIONS = "claims.json", "published_pairs.csv", "specifications.csv"


def write_claims(
    settings: Settings, scores: Mapping[str, "pd.DataFrame"], cards: list[dict], folder: Path
) -> list[str]:
    """Judge a study's claims and write what became of them into `folder`; claims.json is the last.

    scores, cards: as `judge_claims` takes them. The same scores and cards give the same bytes. Returns the names of the
    files.
    """
    claims = judge_claims(settings, scores, cards)
    curves = claim_curves(settings, scores)
    claims = with_curves(claims, curves)
    write_pairs(folder / PAIRS, _pairs(claims))
    write_rows(folder / SPECIFICATIONS, specification_rows(curves))
    for name, found in curves.items():
        draw_curve(found, folder / name)
    texts = {"claims.md": markdown(claims), "claims.tex": latex(claims)}
    texts[CLAIMS] = claims.model_dump_json(indent=1) + "\n"
    for name, text in texts.items():
        with whole_file(folder / name) as partial:
            partial.write_text(text, encoding="utf-8")
    drawn = [f"{name}.{ending}" for name in curves for ending in ("png", "svg")]
    return [PAIRS, SPECIFICATIONS, *drawn, *texts]


def _pairs(claims: ClaimList):
    """The pairs of all claims, each once: print is the same under every protocol."""
    return [
        part.pair.model_copy(update={"claim": claim.text})
        for claim in claims.claims
        for part in claim.parts
        if part.pair and claim.protocol == claims.claims[0].protocol
    ]
