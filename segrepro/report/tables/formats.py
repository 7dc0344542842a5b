"""A table as people read it: Markdown, HTML and LaTeX."""

from collections.abc import Callable
from html import escape

from segrepro.evaluation.metrics.registry import METRICS
from segrepro.report.tables.cell_text import digits_in_print
from segrepro.report.tables.seeds import shared_variance_text
from segrepro.report.tables.table import Ranking, Row, Table

KINDS = ("published", "reproduced")
LATEX = {
    "\\": r"\textbackslash ",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde ",
    "±": r"$\pm$",
    "×": r"$\times$",
    "<": r"$<$",
    ">": r"$>$",
    "†": r"$\dagger$",
    "^": r"\^{}",
    "\0": r"\textbf{",
    "\1": "}",
}
CHANGES = (
    "What a change makes of it: the mean difference over rows that differ in nothing else; intervals are over patients"
    " and, with several seeds, over trainings."
)
EFFECTS = "What the paper's own protocol adds: its mean minus that of the clean protocol."


def header(table: Table) -> list[str]:
    """Column titles of a table as people read it."""
    titles, counts = [*titles_of(table).values()], ["# Parameters published", "at full width", "as run"]
    if table.has_published:
        titles = [f"{title} {kind}" for title in titles for kind in KINDS]
    else:
        counts = ["# Parameters at full width", "as run"]
    return ["Method", "Protocol", *titles, *counts, f"{table.unit.capitalize()}s", "Undefined", "Seeds"]


def titles_of(table: Table) -> dict[str, str]:
    """The title of each measure of a table."""
    return {name: title_of(name, title) for name, title in table.metrics.items()}


def digits_of(table: Table) -> dict[str, int]:
    """How many digits behind the point the numbers of each measure of a table have: as many as in print."""
    return {name: digits_in_print(row.cells[name] for row in table.rows) for name in table.metrics}


def title_of(metric: str, title: str) -> str:
    """The title of a column in print, for our numbers: percentages are fractions here where ours are.

    >>> title_of("dice", "Dice (%)"), title_of("avd_percent", "AVD (%)")
    ('Dice', 'AVD (%)')
    """
    return title if METRICS[metric].unit == "%" else title.removesuffix(" (%)")


def lines(table: Table, bold: Callable[[str], str] = str) -> list[list[str]]:
    """The rows as text, in the order of `header`; `bold` is applied to the best reproduced mean of each measure."""
    best, titles, published = best_cells(table), titles_of(table), table.has_published
    result = []
    for number, row in enumerate(table.rows):
        line = [row.name, "" if row.only_published else row.protocol]
        for metric, cell in row.cells.items():
            shown = cell.text if row.run else absent(row)
            line += [cell.published_text] if published else []
            line += [bold(shown) if (number, metric) in best else shown]
        parameters = "" if row.parameters is None else str(row.parameters)
        counts = [*([row.parameters_published] if published else []), full_width(row), parameters]
        seeds = row.seeds if row.run else ""
        result.append([*line, *counts, *(str(value) for value in (*case_counts(row, titles), seeds))])
    return result


def absent(row: Row) -> str:
    """What stands in place of a mean that was not reproduced; nothing in a row that only the paper has.

    >>> facts = {"label": "VGG16", "group": "", "protocol": "clean", "experiment": "vgg", "run": False}
    >>> absent(Row(only_published=False, lacks="pretrained.vgg16", **facts))
    'not run: needs pretrained.vgg16'
    """
    if row.only_published:
        return ""
    if row.failed:
        return f"failed: {row.failed}"
    return f"not run: needs {row.lacks}" if row.lacks else "not run"


def case_counts(row: Row, titles: dict[str, str]) -> tuple[int | str, int | str]:
    """The number of cases of a row, and how many of them have no value of which measure; nothing if it was not run.

    titles: of the measures.

    >>> from segrepro.report.tables.table import Cell
    >>> facts = {"label": "U-Net", "group": "", "protocol": "clean", "experiment": "unet", "only_published": False}
    >>> cells = {"dice": Cell(n=7, n_undefined=1), "hd_mm": Cell(n=5, n_undefined=3)}
    >>> case_counts(Row(run=True, cells=cells, **facts), {"dice": "Dice", "hd_mm": "HD (mm)"})
    (8, '1 Dice, 3 HD (mm)')
    """
    if not row.run:
        return "", ""
    undefined = {titles[name]: cell.n_undefined for name, cell in row.cells.items() if cell.n_undefined}
    cases = max(cell.n + cell.n_undefined for cell in row.cells.values())
    return cases, ", ".join(f"{count} {title}" for title, count in undefined.items()) or 0


def best_cells(table: Table) -> set[tuple[int, str]]:
    """(row, measure) of the best mean among the methods of one protocol and group, where there are several.

    None is best that leaves out cases which a rival's mean counts.
    """
    found = set()
    blocks: dict[tuple, list[int]] = {}
    for number, row in enumerate(table.rows):
        blocks.setdefault((row.protocol, row.group), []).append(number)
    for numbers in blocks.values():
        for metric in table.metrics:
            cells = {n: table.rows[n].cells[metric] for n in numbers}
            means = {n: cell.mean for n, cell in cells.items() if cell.mean is not None}
            higher_is_better = METRICS[metric].higher_is_better
            if len(means) > 1 and higher_is_better is not None:
                best = (max if higher_is_better else min)(means, key=means.get)
                if cells[best].n == max(cells[n].n for n in means):
                    found.add((best, metric))
    return found


def full_width(row: Row) -> str:
    """The parameters at the width of the paper, and by how many percent they exceed the plain network's.

    >>> facts = {"label": "U-Net", "group": "", "protocol": "clean", "experiment": "unet", "only_published": False}
    >>> full_width(Row(run=True, parameters_at_full_width="0.49", parameters_increase_percent=2.59, **facts))
    '0.49 (+2.59 %)'
    """
    increase = row.parameters_increase_percent
    return row.parameters_at_full_width + (f" ({increase:+.2f} %)" if increase else "")


def effect_lines(table: Table) -> list[str]:
    """By how much the published protocol differs from the clean one, a sentence a row and measure."""
    lines, digits_by_measure = [], digits_of(table)
    for effect in table.protocol_effects:
        digits = digits_by_measure[effect.metric]
        name = " / ".join(filter(None, (effect.label, effect.group)))
        interval = _interval(effect.low, effect.high, digits)
        how = f"the same {effect.n_clean} {table.unit}{'s' * (effect.n_clean > 1)}"
        if not effect.paired:
            how = f"{effect.n_published} and {effect.n_clean} {table.unit}s, not the same, so not paired"
        title = titles_of(table)[effect.metric]
        means = f"{effect.published:.{digits}f} − {effect.clean:.{digits}f} = {signed(effect.difference, digits)}"
        lines.append(f"{name}, {title}: {means} ({interval}; {how})")
    return lines


def all_effects(table: Table) -> list[tuple[str, list[str]]]:
    """What is said of effects below a table: a title, and its sentences."""
    told = [(CHANGES, change_lines(table)), (EFFECTS, effect_lines(table))]
    return [(title, lines) for title, lines in told if lines]


def change_lines(table: Table) -> list[str]:
    """What each change of the table's `effects` makes of a measure, a sentence a protocol, group and measure."""
    protocols = len({effect.protocol for effect in table.effects}) > 1
    lines, digits_by_measure = [], digits_of(table)
    for effect in table.effects:
        digits = digits_by_measure[effect.metric]
        where = ", ".join(filter(None, (effect.protocol if protocols else "", effect.group)))
        name = effect.name + (f" ({where})" if where else "")
        how = f"{effect.pairs} pairs of rows, the same {effect.n} {table.unit}s"
        found = f"{signed(effect.difference, digits)} ({_interval(effect.low, effect.high, digits)}; {how})"
        lines.append(f"{name}, {titles_of(table)[effect.metric]}: {found}")
    return lines


def _interval(low: float | None, high: float | None, digits: int) -> str:
    if low is None:
        return "no interval: too few patients"
    return f"95 % interval {signed(low, digits)} to {signed(high, digits)}"


def signed(value: float | None, digits: int = 3) -> str:
    """A difference with its sign; nothing for None. digits: behind the point.

    >>> signed(-0.25), signed(0.0006, 4), signed(None)
    ('−0.250', '+0.0006', '')
    """
    return "" if value is None else f"{value:+.{digits}f}".replace("-", "−")


def legend(table: Table) -> str:
    """What the cells mean."""
    reproduced = "Reproduced: mean" if table.has_published else "Mean"
    proposed = "the paper's own" if table.has_published else "the one that all are compared with"
    marks = (
        f"{reproduced} over seeds and {table.unit}s ± standard deviation over {table.unit}s",
        "[95 % interval of the mean, over patients and, with several seeds, over trainings];",
        "undefined: without a value, left out of the mean;",
        "with the diagonal: the mean with the image's diagonal for every undefined distance;",
        f"* the method differs from {proposed}, over patients and trainings;",
        "† these weights do, as trained once: another training may not",
        "(the simultaneous 95 % interval of the difference leaves out 0; max-t sign flipping over patients,",
        "under 8 of them Student's t with Bonferroni's correction,",
        "the table being one family, in which IoU does not stand beside Dice).",
        "The best mean is bold in LaTeX and HTML unless it leaves out cases that another counts;",
        "that alone is no test.",
        shared_variance_text(table, titles_of(table)),
    )
    return " ".join(part for part in (*marks, table.note) if part)


def ranking_lines(table: Table) -> list[str]:
    """How firm the order of the rows is, a line a protocol and group."""
    several = len({ranking.protocol for ranking in table.rankings}) > 1
    return [_ranking_line(ranking, titles_of(table)[ranking.metric], several) for ranking in table.rankings]


def _ranking_line(ranking: Ranking, title: str, several_protocols: bool) -> str:
    where = " / ".join(filter(None, (ranking.protocol if several_protocols else "", ranking.group)))
    rows = "; ".join(
        f"{row.label} {row.rank} [{row.low}, {row.high}], first in {row.first:.2f}" for row in ranking.rows
    )
    best = "; ".join(row.label for row in ranking.rows if row.may_be_best)
    return (
        f"Ranks by {title}{f' ({where})' if where else ''} [95 % interval], over resampled patients and seeds: {rows}."
        f" Not shown worse than the best: {best}. Mean Kendall correlation with this order: {ranking.tau:.2f}."
    )


def footnote_lines(table: Table) -> list[str]:
    """The notes that cells refer to by number.

    >>> facts = {"name": "t", "title": "", "note": "", "unit": "case", "rows": [], "metrics": {}}
    >>> footnote_lines(Table(footnotes=["only 1 patient: no interval"], protocol_effects=[], **facts))
    ['Note 1: only 1 patient: no interval.']
    """
    return [f"Note {number}: {note}." for number, note in enumerate(table.footnotes, 1)]


def markdown(table: Table) -> str:
    """The table as Markdown."""
    rows = [header(table), ["---"] * len(header(table)), *lines(table)]
    body = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    text = [f"**{table.title}**", body, legend(table), *footnote_lines(table), *ranking_lines(table)]
    for title, found in all_effects(table):
        text += [title, "\n".join(f"- {line}" for line in found)]
    return "\n\n".join(text) + "\n"


def html(table: Table) -> str:
    """The table as HTML."""

    def row(cells: list[str], kind: str) -> str:
        return "<tr>" + "".join(f"<{kind}>{cell}</{kind}>" for cell in cells) + "</tr>"

    body = [[cell.replace("\0", "<b>").replace("\1", "</b>") for cell in map(escape, line)] for line in _marked(table)]
    rows = [row([escape(title) for title in header(table)], "th"), *(row(line, "td") for line in body)]
    caption = f"<caption>{escape(table.title)}</caption>"
    texts = "".join(
        f"<p>{escape(text)}</p>\n" for text in (legend(table), *footnote_lines(table), *ranking_lines(table))
    )
    return f"<table>{caption}\n" + "\n".join(rows) + f"\n</table>\n{texts}"


def _marked(table: Table) -> list[list[str]]:
    """The lines with control characters around what is bold, which survive escaping."""
    return lines(table, lambda text: f"\0{text}\1")


def latex(table: Table) -> str:
    """The table as LaTeX with booktabs."""
    signs = str.maketrans(LATEX)
    rows = [" & ".join(cell.translate(signs) for cell in row) + r" \\" for row in [header(table), *_marked(table)]]
    columns = "l" * len(header(table))
    top = [
        r"% needs \usepackage{booktabs,graphicx}",
        r"\begin{table}",
        rf"\caption{{{table.title.translate(signs)}}}",
        r"\resizebox{\textwidth}{!}{%",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
    ]
    texts = (legend(table), *footnote_lines(table), *ranking_lines(table))
    notes = [rf"\par\footnotesize {line.translate(signs)}" for line in texts]
    end = [r"\bottomrule", r"\end{tabular}}", *notes, r"\end{table}"]
    return "\n".join([*top, rows[0], r"\midrule", *rows[1:], *end]) + "\n"
