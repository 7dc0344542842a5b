"""The methods text and the checklists as files."""

from segrepro.report.methods.checklists import Answer, Checklist
from segrepro.report.methods.text import (
    Methods,
    Paragraph,
    checklist_latex,
    checklist_markdown,
    latex,
    markdown,
    write_methods,
)

ANSWERS = [
    Answer(section="Methods: data", number=9, asks="Preprocessing", answer="Scaled | clipped at 99 %."),
    Answer(section="Other", number=None, asks="Funding", answer="left to the author"),
]
CHECKLIST = Checklist(title="CLAIM 2024", source="Tejani et al.", answers=ANSWERS)
METHODS = Methods(
    study="xnet",
    title="X-Net & others",
    standing="Rehearsal.",
    paragraphs=[Paragraph(title="Data", text="24 cases, loss dice_ce, 95 % of x < 1.")],
    checklists=[CHECKLIST],
)


def test_markdown_is_a_paragraph_a_title():
    assert markdown(METHODS) == (
        "# Methods: X-Net & others\n\nRehearsal.\n\n**Data.** 24 cases, loss dice_ce, 95 % of x < 1.\n"
    )


def test_latex_escapes_what_latex_reads():
    assert latex(METHODS) == (
        "\\section*{Methods: X-Net \\& others}\n\n\\emph{Rehearsal.}\n\n"
        "\\paragraph{Data.} 24 cases, loss dice\\_ce, 95 \\% of x $<$ 1.\n"
    )
    assert r"\emph" not in latex(METHODS.model_copy(update={"standing": ""}))


def test_a_checklist_is_a_table_in_both_forms():
    assert r"| Methods: data | 9 | Preprocessing | Scaled \| clipped at 99 %. |" in checklist_markdown(CHECKLIST)
    rows = checklist_latex(CHECKLIST).splitlines()
    assert r"Methods: data & 9 & Preprocessing & Scaled | clipped at 99 \%. \\" in rows
    assert r"Other &  & Funding & left to the author \\" in rows
    assert CHECKLIST.answered == 1


def test_the_folder_holds_both_forms_of_everything_and_nothing_else(tmp_path):
    former = tmp_path / "methods/former.md"
    former.parent.mkdir()
    former.touch()
    write_methods(METHODS, tmp_path / "methods")
    names = {path.name for path in (tmp_path / "methods").iterdir()}
    assert names == {"methods.md", "methods.tex", "claim_2024.md", "claim_2024.tex"}
