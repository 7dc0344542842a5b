"""A table of published pairs: what print says of a better and a worse method, and how likely it is to be wrong.

The formula is that of Claims Reloaded (arXiv 2505.04720), which needs nothing but these columns, whose names are this
project's; `claims_reloaded` has the file that its authors' website takes, of every case.
"""

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from segrepro.evaluation.reproduction import Mean, chance_of_false
from segrepro.utils.csv_files import read_rows, write_rows
from segrepro.utils.errors import DataError, raise_together
from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import Strict, parsed

#: Correlations at which the chance stands where the pair's own is not known.
CORRELATIONS = (0.5, 0.71, 0.88, 0.95)


class PublishedPair(Strict):
    """Two methods over the same n patients; a fraction, in percent or in mm, as the paper prints it.

    correlation: of the two methods' scores of a patient, which print never says; None where nothing measured it.
    """

    claim: str = ""
    measure: str = ""
    better: str
    better_mean: float
    better_sd: float = Field(ge=0)
    worse: str
    worse_mean: float
    worse_sd: float = Field(ge=0)
    n: int = Field(ge=2)
    lower_is_better: bool = False
    correlation: float | None = Field(None, ge=-1, le=1)

    def chance_of_false(self, correlation: float, seed_sd: float = 0.0) -> float:
        """`reproduction.chance_of_false` of this pair.

        >>> pair = PublishedPair(better="a", better_mean=59.37, better_sd=15.73, worse="b", worse_mean=57.82,
        ...                      worse_sd=17.33, n=23)
        >>> round(pair.chance_of_false(0.88), 3)
        0.189
        """
        sign = -1.0 if self.lower_is_better else 1.0
        better, worse = Mean(sign * self.better_mean, self.better_sd, self.n), (sign * self.worse_mean, self.worse_sd)
        return chance_of_false(better, Mean(*worse, self.n), correlation, seed_sd)


COLUMNS = tuple(PublishedPair.model_fields)
CHANCES = ("p_false", *(f"p_false_r{correlation:g}" for correlation in CORRELATIONS))


def read_pairs(path: Path) -> list[PublishedPair]:
    """The pairs of a CSV with the columns of `PublishedPair`; empty cells are left out, `p_false...` columns ignored.

    Raises DataError, a line a fault, for a column or a value that does not fit.
    """
    header, *rows = read_rows(path) or [[]]
    pairs, faults = [], []
    for number, row in enumerate(rows, 2):
        values = {key: cell for key, cell in zip(header, row) if cell and key not in CHANCES}
        place = KeyLocations(Layer(f"{path}: row {number}", values))
        pair, wrong = parsed(PublishedPair, values, place)
        pairs.append(pair)
        faults += [DataError(one.where, one.found, one.expected, one.remedy) for one in wrong]
    raise_together(faults)
    if not pairs:
        raise DataError(path, "no pair", f"a CSV with the columns {', '.join(COLUMNS)}", "Add a row a claim.")
    return pairs


def write_pairs(path: Path, pairs: Iterable[PublishedPair]) -> None:
    """Write pairs with the chance that each is wrong: at its own correlation if it is known, and at `CORRELATIONS`."""
    rows = [[*(_cell(getattr(pair, name)) for name in COLUMNS), *_chances(pair)] for pair in pairs]
    write_rows(path, [[*COLUMNS, *CHANCES], *rows])


def _chances(pair: PublishedPair) -> list[str]:
    chances = [pair.chance_of_false(correlation) for correlation in CORRELATIONS]
    own = "" if pair.correlation is None else f"{pair.chance_of_false(pair.correlation):.4f}"
    return [own, *(f"{chance:.4f}" for chance in chances)]


def _cell(value: object) -> object:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value


def pair_lines(pairs: Iterable[PublishedPair]) -> list[str]:
    """The chances as lines of text."""
    lines = []
    for pair in pairs:
        at = {pair.correlation} if pair.correlation is not None else set(CORRELATIONS)
        chances = ", ".join(f"{pair.chance_of_false(r):.3f} at r {r:.3g}" for r in sorted(at))
        title = " ".join(filter(None, (pair.measure, f"{pair.better} > {pair.worse}")))
        lines.append(f"{title} (n = {pair.n}): false with a probability of {chances}")
    return lines
