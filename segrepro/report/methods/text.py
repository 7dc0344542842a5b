"""The methods text of a study with its checklists, as Markdown and LaTeX."""

from collections.abc import Iterator
from pathlib import Path

from segrepro.report.methods.checklists import Answer, Checklist
from segrepro.report.tables.formats import LATEX
from segrepro.utils.files import whole_folder
from segrepro.utils.validation import Strict

ENDINGS = ("md", "tex")


class Paragraph(Strict):
    """A paragraph of the text, under a short title."""

    title: str
    text: str


class Methods(Strict):
    """What a study's methods section says. standing: what it is worth, where it is not to be printed."""

    study: str
    title: str
    standing: str
    paragraphs: list[Paragraph]
    checklists: list[Checklist]

    def copies(self) -> dict[str, str]:
        """The text alone, in the formats that others read."""
        return {"Markdown": markdown(self), "LaTeX": latex(self)}


def markdown(methods: Methods) -> str:
    """The methods text."""
    body = [f"**{one.title}.** {one.text}" for one in methods.paragraphs]
    return "\n\n".join(filter(None, [f"# Methods: {methods.title}", methods.standing, *body])) + "\n"


def latex(methods: Methods) -> str:
    """The methods text, to be put into a paper with `\\input`."""
    body = [rf"\paragraph{{{_escaped(one.title)}.}} {_escaped(one.text)}" for one in methods.paragraphs]
    standing = rf"\emph{{{_escaped(methods.standing)}}}" if methods.standing else ""
    return "\n\n".join(filter(None, [rf"\section*{{Methods: {_escaped(methods.title)}}}", standing, *body])) + "\n"


def checklist_markdown(checklist: Checklist) -> str:
    """A checklist as a table."""
    rows = [["Section", "No.", "Item", "Answer"], ["---"] * 4, *map(_row, checklist.answers)]
    body = "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)
    return f"# {checklist.title}\n\n{checklist.source}\n\n{body}\n"


def checklist_latex(checklist: Checklist) -> str:
    """A checklist as a table that goes on over pages."""
    rows = [" & ".join(map(_escaped, row)) + r" \\" for row in map(_row, checklist.answers)]
    top = [
        r"% needs \usepackage{booktabs,longtable}",
        rf"\section*{{{_escaped(checklist.title)}}}",
        _escaped(checklist.source),
        "",
        r"\begin{longtable}{p{.16\textwidth}rp{.24\textwidth}p{.46\textwidth}}",
        r"\toprule",
        r"Section & No. & Item & Answer \\",
        r"\midrule",
        r"\endhead",
    ]
    return "\n".join([*top, *rows, r"\bottomrule", r"\end{longtable}"]) + "\n"


def _row(answer: Answer) -> list[str]:
    return [answer.section, "" if answer.number is None else str(answer.number), answer.asks, answer.answer]


def _escaped(text: str) -> str:
    return text.translate(str.maketrans(LATEX))


def write_methods(methods: Methods, folder: Path) -> None:
    """Write methods.md and .tex, and a file of both kinds for each checklist, into `folder`, all or nothing."""
    with whole_folder(folder) as partial:
        for name, text in _files(methods):
            (partial / name).write_text(text, encoding="utf-8")


def _files(methods: Methods) -> Iterator[tuple[str, str]]:
    yield from (("methods.md", markdown(methods)), ("methods.tex", latex(methods)))
    for checklist in methods.checklists:
        name = checklist.file
        yield from ((f"{name}.md", checklist_markdown(checklist)), (f"{name}.tex", checklist_latex(checklist)))
