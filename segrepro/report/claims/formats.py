"""A study's claims as people read them: Markdown and LaTeX."""

from collections.abc import Iterator

from segrepro.report.claims.claim_list import ClaimList, ClaimPart, JudgedClaim
from segrepro.report.tables.formats import LATEX, signed

LEGEND = (
    "holds: every difference is shown to be on the claimed side (own 95 % intervals); does not hold: the reverse of"
    " one is shown; no difference above the margin: all are shown to be smaller; cannot tell: none of these is shown."
    " Intervals are over patients and trainings, over patients alone where a method was trained once. False by print:"
    " the probability that the published order is wrong, from the published numbers and r, the correlation of both"
    " methods' reproduced scores; not said on phantoms, whose"
    " correlation is not that of the paper's patients."
)


def claim_rows(claims: ClaimList) -> Iterator[list[str]]:
    """A row a claim, and one a difference below it: text, published, false by print, reproduced, verdict."""
    several = len({claim.protocol for claim in claims.claims}) > 1
    for claim in claims.claims:
        protocol = f" [{claim.protocol}]" if several else ""
        yield [claim.text + protocol, "", "", "", verdict_of(claims, claim)]
        for part in claim.parts:
            yield [f"{part.measure}: {part.title}", part.published_text, chance(part), reproduced(part), ""]


def verdict_of(claims: ClaimList, claim: JudgedClaim) -> str:
    """The verdict, and whether it is of phantoms."""
    return claim.verdict_text + (f" ({claims.qualifier})" if claims.qualifier else "")


def chance(part: ClaimPart) -> str:
    """The chance that the published order is wrong, and the correlation it rests on; nothing where print does not say.

    >>> pair = {"better": "a", "better_mean": 1, "better_sd": 1, "worse": "b", "worse_mean": 0, "worse_sd": 1, "n": 9}
    >>> part = {"title": "", "measure": "", "lower_is_better": False, "pair": pair | {"correlation": 0.88}}
    >>> chance(ClaimPart(**part, chance_of_false=0.0912))
    '0.091 (r 0.88)'
    """
    return "" if part.chance_of_false is None else f"{part.chance_of_false:.3f} (r {part.pair.correlation:.2f})"


def reproduced(part: ClaimPart) -> str:
    """The reproduced difference with its interval, patients and seeds.

    >>> facts = {"title": "", "measure": "Dice", "lower_is_better": False, "run": True, "patients": 9, "seeds": 1}
    >>> reproduced(ClaimPart(difference=0.03, **facts))
    '+0.030 (9 patients, trained once)'
    """
    if not part.run:
        return "not run"
    interval = "" if part.low is None else f" [{signed(part.low)}, {signed(part.high)}]"
    trained = "trained once" if part.seeds == 1 else f"{part.seeds} seeds"
    return f"{signed(part.difference)}{interval} ({part.patients} patients, {trained})"


def contrast(claim: JudgedClaim) -> str:
    """The first difference that ran, reproduced, and how many others the claim states; nothing where none ran.

    >>> facts = {"measure": "Dice", "lower_is_better": False, "run": True, "difference": 0.03, "patients": 9}
    >>> parts = [ClaimPart(title=f"X-Net − {other}", seeds=1, **facts) for other in ("U-Net", "FCN")]
    >>> contrast(JudgedClaim(text="", table=None, protocol="clean", verdict="holds", parts=parts))
    'Dice, X-Net − U-Net: +0.030 (9 patients, trained once), and 1 more difference'
    """
    part = next((part for part in claim.parts if part.run), None)
    if part is None:
        return ""
    others = len(claim.parts) - 1
    more = f", and {others} more difference{'s' * (others > 1)}" if others else ""
    return f"{part.measure}, {part.title}: {reproduced(part)}{more}"


HEADER = ["Claim", "Published", "False by print", "Reproduced [95 %]", "Verdict"]


def markdown(claims: ClaimList) -> str:
    """The claims as Markdown."""
    rows = [HEADER, ["---"] * len(HEADER), *claim_rows(claims)]
    body = "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)
    return "\n\n".join([f"**Claims of {claims.study}**", body, LEGEND, margins_text(claims)]) + "\n"


def margins_text(claims: ClaimList) -> str:
    """The smallest differences that matter, as the study declares them."""
    margins = ", ".join(f"{measure} {margin:g}" for measure, margin in claims.margins.items())
    return f"Margins declared by the study: {margins}." if margins else "The study declares no margins."


def latex(claims: ClaimList) -> str:
    """The claims as LaTeX with booktabs."""
    signs = str.maketrans(LATEX | {"−": "$-$"})
    rows = [" & ".join(cell.translate(signs) for cell in row) + r" \\" for row in [HEADER, *claim_rows(claims)]]
    top = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        rf"\caption{{Claims of {claims.study.translate(signs)}}}",
        r"\begin{tabular}{p{0.35\textwidth}llp{0.2\textwidth}p{0.2\textwidth}}",
        r"\toprule",
    ]
    notes = [rf"\par\footnotesize {line.translate(signs)}" for line in (LEGEND, margins_text(claims))]
    end = [r"\bottomrule", r"\end{tabular}", *notes, r"\end{table}"]
    return "\n".join([*top, rows[0], r"\midrule", *rows[1:], *end]) + "\n"
