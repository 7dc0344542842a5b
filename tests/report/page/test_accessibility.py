"""The pages by the rules of WCAG AA, with axe-core, and on paper."""

import re
from importlib.resources import files

import pytest

from tests.report.page.pages import ready

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = {"desk": {"width": 1400, "height": 900}, "phone": {"width": 390, "height": 844}}
# The page of A4 landscape between margins of 12 mm, in CSS pixels.
PAPER = {"width": 1032, "height": 703}


@pytest.fixture(scope="module")
def axe() -> str:
    pytest.importorskip("axe_playwright_python", reason="axe-core is not here: pip install segrepro[dev]")
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def violations(page) -> list[str]:
    """What axe-core finds on the page as it stands, a line a rule."""
    run = (
        "async rules => (await axe.run(document, {runOnly: rules})).violations.map(one => [one.id, one.nodes[0].html])"
    )
    return page.evaluate(run, RULES)


def everything_shown(page) -> None:
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    for place, content in (("#plot", "#plot svg"), ("#case-table", "#case-table tbody tr")):
        if page.locator(place).count():
            page.locator(place).scroll_into_view_if_needed()
            page.locator(content).first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_no_rule_of_wcag_aa_is_broken(report, open_page, axe, scheme, size):
    found = open_page(report / "xnet.html", viewport=size, color_scheme=scheme)
    page = found.page
    page.evaluate(axe)
    everything_shown(page)
    assert violations(page) == []
    page.locator("button.number:visible").first.click()
    page.locator("#origin h3").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator(".chips [data-case]").first.click()
    ready(page)
    assert violations(page) == []
    page.goto((report / "index.html").as_uri())
    page.evaluate(axe)
    assert violations(page) == []
    page.close()


def test_axe_would_find_a_fault(report, open_page, axe):
    page = open_page(report / "index.html").page
    page.evaluate(axe)
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [rule for rule, _ in violations(page)] == ["button-name"]
    page.close()


def test_everything_is_reached_with_the_keyboard(report, open_page):
    """The Tab key comes to every control of the page that is shown, without a mouse."""
    page = open_page(report / "xnet.html", viewport=SIZES["desk"]).page
    everything_shown(page)
    page.evaluate("window.scrollTo(0, 0)")
    wanted = page.evaluate(
        """() => {
      const all = [...document.querySelectorAll("button, select, input, summary, a[href]")];
      // One of a group of radio buttons is in the order; the arrow keys reach the others.
      const kept = all.filter(node => node.checkVisibility() && (node.type !== "radio" || node.checked));
      kept.forEach((node, i) => { node.dataset.order = i; });
      return kept.length;
    }"""
    )
    reached = set()
    for _ in range(wanted + 60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement?.dataset.order"))
    assert len(reached - {None}) == wanted
    page.close()


def test_on_paper_nothing_is_cut_off_and_folded_rows_are_shown(report, open_page):
    page = open_page(report / "xnet.html", viewport=PAPER).page
    everything_shown(page)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    cut = page.eval_on_selector_all(".wide", "all => all.filter(box => box.scrollWidth > box.clientWidth + 1).length")
    assert cut == 0
    assert page.locator("#table2 tbody.folded tr", has_text="PSPNet").is_visible()
    for gone in ("nav.site", ".choice", ".tools", "#case-table"):
        assert not page.locator(gone).first.is_visible()
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True)))
    assert 2 <= pages <= 8
    page.close()
