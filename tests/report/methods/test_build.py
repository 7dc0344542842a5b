"""The methods text as a whole, and on the page."""

import json

from segrepro.report.methods.build import PARAGRAPHS, build_methods


def test_the_text_has_every_paragraph_in_order(sources):
    methods = build_methods(sources)
    assert [one.title for one in methods.paragraphs] == list(PARAGRAPHS)
    assert [checklist.title for checklist in methods.checklists] == ["CLAIM 2024", "MICCAI reproducibility checklist"]
    preprocessing = methods.checklists[0].answers[8]
    assert preprocessing.answer in methods.paragraphs[1].text


def test_the_page_shows_what_the_files_hold(report, study_page):
    study_page.locator("#methods > details > summary").click()
    first = study_page.locator("#methods > details > p").nth(1).inner_text()
    (paragraph, *_) = json.loads((report / "results.json").read_text())["studies"]["xnet"]["methods"]["paragraphs"]
    assert first == f"{paragraph['title']}. {paragraph['text']}"
    assert paragraph["text"] in (report / "methods/xnet/methods.md").read_text()


def test_the_text_is_copied_as_latex(study_page, report):
    study_page.evaluate("navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve(); }")
    study_page.locator("#methods > details > summary").click()
    study_page.locator("#methods button[data-copy=LaTeX]").click()
    study_page.locator("#methods [role=status]").get_by_text("Copied.").wait_for()
    assert study_page.evaluate("window.copied") == (report / "methods/xnet/methods.tex").read_text()


def test_checklists_open_below_it(study_page):
    study_page.locator("#methods > details > summary").click()
    study_page.locator("#methods details details summary").first.click()
    rows = study_page.locator("#methods table.checklist").first.locator("tbody tr")
    assert rows.count() == 44
    assert rows.nth(43).locator("td").last.inner_text() == "left to the author"
