"""The report as a person meets it: opened from disk in a real browser. Tables, and what a number leads to."""

import re

import pytest

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1400, "height": 900}


def column(page, table: str, index: int) -> list[str]:
    return page.locator(f"#{table} tbody:first-of-type tr > :nth-child({index + 1})").all_inner_texts()


def test_the_first_page_leads_to_every_study(report, open_page):
    found = open_page(report / "index.html")
    assert "Phantoms." in found.page.locator("#xnet .banner").inner_text()
    found.page.locator("#xnet h2 a").click()
    assert found.page.locator("h1").inner_text().startswith("Made up")
    assert found.faults == []


def test_a_table_is_sorted_both_ways_and_shows_a_measure_in_detail(study_page):
    head = study_page.locator("#table2 thead th").nth(1)
    before = column(study_page, "table2", 1)
    head.locator("button").click()
    up = column(study_page, "table2", 1)
    assert head.get_attribute("aria-sort") == "ascending"
    assert (len(up), up) == (2, sorted(up))
    head.locator("button").press("Enter")
    assert column(study_page, "table2", 1) == up[::-1]
    assert sorted(before) == up
    detail = study_page.locator("#table2 thead th", has_text="Dice: − X-Net")
    assert not detail.is_visible()
    study_page.locator("#table2 .choice span", has_text="Dice").click()
    assert "p corrected over the table" in detail.inner_text()
    assert not study_page.locator("#table2 thead th", has_text="IoU").first.is_visible()
    study_page.locator("#table2 .choice span", has_text="Size and cost").click()
    assert study_page.locator("#table2 thead th", has_text="Seconds a training").is_visible()


def test_rows_that_were_not_run_open_by_a_line(study_page):
    line = study_page.locator("#table2 tbody.fold button")
    assert line.inner_text() == "5 rows not run: ResUNet; DeepLab v3+; 2D Dense-UNet; PSPNet; SegNet"
    row = study_page.locator("#table2 tbody.folded tr", has_text="PSPNet")
    assert not row.is_visible()
    line.press("Enter")
    assert "paper 0.3571" in row.inner_text()


@pytest.mark.parametrize("kind", ["LaTeX", "Markdown", "CSV"])
def test_a_table_is_copied(report, open_page, kind):
    found = open_page(report / "xnet.html", viewport=DESK, permissions=["clipboard-read", "clipboard-write"])
    found.page.locator("#table2 .copy button", has_text=kind).click()
    found.page.locator("#table2 [role=status]", has_text="Copied.").wait_for()
    ending = {"LaTeX": "tex", "Markdown": "md", "CSV": "csv"}[kind]
    text = found.page.evaluate("navigator.clipboard.readText()")
    assert text == (report / f"tables/xnet/table2.{ending}").read_text()
    found.page.close()


def test_a_number_leads_to_cases_runs_settings_files_and_command(study_page):
    study_page.locator("button.number[data-cell='table2/unet/dice']").first.click()
    told = study_page.locator("#origin")
    assert told.locator("h2").inner_text() == "U-Net, Dice: 0.6551 ± 0.1883†"
    assert told.locator("h3").first.inner_text() == "8 cases, worst first, 1 undefined"
    assert told.locator("table").first.locator("tbody td:first-child").all_inner_texts()[:3] == ["v3", "v0", "v1"]
    text = told.inner_text()
    assert "hashunet" in text
    assert "recipe.epochs is 9 in place of 100" in text
    assert "snakemake xnet --cores all --resources gpu=1" in text
    assert re.search(r"unet/fold0/model.json\s+[0-9a-f]{64}", text)
    told.locator("button", has_text="v1").click()
    study_page.locator("#viewer-title", has_text="v1, label of").wait_for()
    study_page.keyboard.press("Escape")
    study_page.keyboard.press("Escape")
    assert not told.is_visible()


def test_a_difference_leads_to_both_scores_of_its_cases_and_both_methods(study_page):
    study_page.locator("#table2 .choice span", has_text="Dice").click()
    study_page.locator("button.number[data-cell='table2/unet/dice'][data-against='table2/xnet/dice']").click()
    told = study_page.locator("#origin")
    assert told.locator("h2").inner_text().startswith("U-Net − X-Net, Dice: +0.1")
    assert told.locator("h3").first.inner_text() == "8 cases, worst first, 1 undefined"
    rows = (
        told.locator("table")
        .first.locator("tr")
        .evaluate_all("all => all.map(tr => [...tr.cells].map(c => c.innerText))")
    )
    assert rows[0] == ["Case", "Patient", "Dice, U-Net", "X-Net", "Difference"]
    assert rows[1][2:] == ["undefined", "0.514", "undefined"]
    assert {row[4] for row in rows[2:]} == {"0.100"}
    assert "2 runs, 2 models" in told.inner_text()


def test_what_a_method_cost_leads_to_its_runs(study_page):
    study_page.locator("#table2 .choice span", has_text="Size and cost").click()
    study_page.locator("#table2 button.number", has_text="12.3").first.click()
    told = study_page.locator("#origin")
    assert told.locator("h2").inner_text() == "U-Net, Seconds a training: 12.3"
    assert told.locator("h3").first.inner_text() == "1 run, 1 model"


def test_claims_show_their_difference_and_what_differs_stands_before_the_tables(report, open_page):
    for name in ("index.html", "xnet.html"):
        page = open_page(report / name).page
        assert page.locator("details.differs summary").inner_text() == "What differs from the paper: 1 point"
        page.close()
    order = page_order(report / "xnet.html")
    assert order.index("claims") < order.index("differences") < order.index("tables") < order.index("settings")


def page_order(path) -> list[str]:
    return re.findall(r'<(?:section|div) id="(\w+)"', path.read_text())


def test_a_figure_opens_in_the_size_of_the_screen(study_page):
    study_page.locator("figure a.large").click()
    box = study_page.locator("#lightbox")
    assert box.locator("h2").inner_text() == "Figure 4"
    assert box.locator("img").get_attribute("src").endswith("fig4.svg")
    study_page.keyboard.press("Escape")
    assert not box.is_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_tables_of_results_fit(report, open_page, size):
    found = open_page(report / "xnet.html", viewport=size)
    wide = found.page.eval_on_selector_all("#tables .wide", "all => all.map(e => [e.scrollWidth, e.clientWidth])")
    assert wide
    assert all(inside <= box for inside, box in wide)
    found.page.close()


@pytest.mark.parametrize("page", ["index.html", "xnet.html"])
def test_nothing_is_cut_off_on_a_phone(report, open_page, page):
    found = open_page(report / page, viewport=PHONE)
    assert found.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert found.faults == []


def luminance(colour: str) -> float:
    digits = colour.strip("#") if len(colour) == 7 else "".join(2 * digit for digit in colour.strip("#"))
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("style", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough_for_wcag_aa(report, style):
    css = (report / "assets/page.css").read_text()
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[style]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", block))
    texts = [(ink, ground) for ink in ("ink", "quiet", "link") for ground in ("paper", "soft")]
    texts += [("warn-ink", "warn"), ("on-accent", "accent")]
    shapes = [("point", "paper"), ("same", "paper"), ("accent", "paper"), ("accent", "soft")]
    for pairs, least in ((texts, 4.5), (shapes, 3.0)):
        for ink, ground in pairs:
            light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, (ink, ground)
