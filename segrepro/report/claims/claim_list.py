"""claims.json: every claim of a study with its verdict and the numbers behind it."""

from collections import Counter

from segrepro.evaluation.power import MOST_PATIENTS, MOST_SEEDS
from segrepro.evaluation.published_pairs import PublishedPair
from segrepro.evaluation.verdicts import CANNOT_TELL, NOT_RUN, VERDICTS
from segrepro.report.tables.formats import signed
from segrepro.utils.validation import Strict


class ClaimPart(Strict):
    """One thing that a claim says: a difference in one measure.

    title: in words. published: the difference in print, None where it is not printed, with as many digits behind the
    point as the printed numbers have; pair: both printed means, None
    where print does not say enough; chance_of_false: that their order is wrong, with the correlation that the
    reproduction measured, None on phantoms. run: whether it was; difference to p: reproduced, with its own 95 %
    interval and p, and its simultaneous interval among the claim's; None where too few patients say nothing, or in IoU
    beside Dice. lower_is_better: whether a negative difference is the claimed one. needed_patients, needed_seeds: that
    would show the published difference with a chance of 80 %; seeds None where the variance from seed to seed is not
    known. out_of_reach: whether not even `MOST_PATIENTS` and `MOST_SEEDS` would.
    """

    title: str
    measure: str
    lower_is_better: bool
    published: float | None = None
    published_digits: int = 3
    chance_of_false: float | None = None
    pair: PublishedPair | None = None
    run: bool = False
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    simultaneous_low: float | None = None
    simultaneous_high: float | None = None
    patients: int = 0
    seeds: int = 0
    seed_sd: float | None = None
    needed_patients: int | None = None
    needed_seeds: int | None = None
    out_of_reach: bool = False

    @property
    def published_text(self) -> str:
        """The difference in print, in the digits of print; nothing where it is not printed."""
        return signed(self.published, self.published_digits)


class Curve(Strict):
    """How far a claim depends on how the same scores are analysed, and on what else was trained.

    specifications: how many ways were gone through. claimed_side: in how many every difference is on the claimed side;
    holds: in how many the claim holds; own_verdict: in how many the verdict is the study's own. Of weights, where a
    method was trained once. figure: name of its files.
    """

    specifications: int
    claimed_side: int
    holds: int
    own_verdict: int
    figure: str

    @property
    def text(self) -> str:
        """The shares in words.

        >>> Curve(specifications=24, claimed_side=20, holds=3, own_verdict=17, figure="").text
        'Of 24 specifications on the claimed side: 20 (83 %), the claim holds: 3 (12 %), same verdict: 17 (71 %)'
        """
        shares = (
            f"{said}: {count} ({100 * count / self.specifications:.0f} %)"
            for said, count in (
                ("on the claimed side", self.claimed_side),
                ("the claim holds", self.holds),
                ("same verdict", self.own_verdict),
            )
        )
        return f"Of {self.specifications} specifications {', '.join(shares)}"


class ClaimVariant(Strict):
    """A claim with one thing done otherwise than the study's file says.

    choices: the option, by the choice of the study that the paper leaves open. parts: those of the claim, in its order.
    """

    choices: dict[str, str]
    verdict: str
    parts: list[ClaimPart]


class JudgedClaim(Strict):
    """A claim under one protocol; as_trained: the verdict on these weights, where a method was trained once.

    missing: labels of the rows that were not run. within_margin: whether what holds is also shown to be smaller than
    what matters. parameters: of the networks that it speaks of, at the width of the paper. variants: under each
    option that ran and touches one of its rows. curve: over all protocols and options, beside the first protocol; None
    where rows have not run.
    """

    text: str
    table: str | None
    protocol: str
    verdict: str
    reason: str = ""
    as_trained: str = ""
    within_margin: bool = False
    missing: list[str] = []
    parameters: dict[str, int] = {}
    parts: list[ClaimPart] = []
    variants: list[ClaimVariant] = []
    curve: Curve | None = None

    @property
    def verdict_text(self) -> str:
        """The verdict with what it lacks, as a reader sees it."""
        text = self.verdict
        if self.verdict == NOT_RUN and self.missing:
            text += f": {'; '.join(self.missing)}"
        elif self.reason:
            text += f": {self.reason}"
        if self.within_margin:
            text += ", though by less than the margin"
        if self.as_trained and self.as_trained != NOT_RUN:
            text += f" (these weights: {self.as_trained})"
        return text + (f"; {self.needed_text}" if self.verdict == CANNOT_TELL and self.needed_text else "")

    @property
    def needed_text(self) -> str:
        """What it would take to show the published difference that asks for most."""
        if beyond := next((part for part in self.parts if part.out_of_reach), None):
            gap = f"{beyond.published_text} in {beyond.measure}, {beyond.title}"
            return f"not even {MOST_PATIENTS:,} patients and {MOST_SEEDS} seeds would show the published gap ({gap})"
        wanting = [part for part in self.parts if part.needed_patients]
        if not wanting:
            return ""
        most = max(wanting, key=lambda part: part.needed_patients * (part.needed_seeds or 1))
        seeds = f", {most.needed_seeds} seeds" if most.needed_seeds else " if seeds did not matter"
        return f"to show the published gap: {most.needed_patients:,} patients{seeds}"


class ClaimList(Strict):
    """All claims of a study.

    of_phantoms: whether the numbers are of synthetic scans; changed: whether data or settings are not the paper's;
    margins: by the title of the measure.
    """

    study: str
    scale: str
    of_phantoms: bool
    changed: bool
    margins: dict[str, float]
    claims: list[JudgedClaim]

    @property
    def counts(self) -> dict[str, int]:
        """How many claims have each verdict, under the first protocol."""
        first = self.claims[0].protocol if self.claims else ""
        found = Counter(claim.verdict for claim in self.claims if claim.protocol == first)
        return {name: found[name] for name in VERDICTS if found[name]}

    @property
    def qualifier(self) -> str:
        """What stands beside every verdict that says nothing of the paper; "" where it does."""
        found = "of phantoms" if self.of_phantoms else "at demo scale" if self.scale == "demo" else ""
        return found or ("with data or settings that are not the paper's" if self.changed else "")
