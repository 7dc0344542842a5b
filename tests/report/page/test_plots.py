"""The plots and the table of cases, in a real browser."""

import json
import shutil

import pytest

from tests.report.page.pages import ready, watched


@pytest.fixture
def synthesis_page(synthesis_report, open_page):
    """The page of a study of volumes and grey pictures, with several images a case."""
    yield from watched(synthesis_report, "pseudo_dwi.html", open_page)


def plot(page, *, name: str | None = None):
    """The plot, once it is drawn."""
    page.locator("#plot").scroll_into_view_if_needed()
    if name:
        page.locator("#plot select[aria-label=Plot]").select_option(name)
    page.locator("#plot svg").wait_for()
    return page.locator("#plot")


def runs_with_points(page) -> set[str]:
    return set(page.eval_on_selector_all("#plot circle", "all => all.map(circle => circle.dataset.run)"))


def test_a_point_opens_its_case(study_page):
    plot(study_page)
    point = study_page.locator("circle[data-run=unet][data-name=v5]")
    assert point.get_attribute("aria-label") == "v5, U-Net: Dice 0.757"
    point.click()
    ready(study_page)
    assert study_page.locator("#viewer-title").inner_text().startswith("v5, label of ")
    assert study_page.locator("#viewer-first").input_value() == "unet"


def test_undefined_scores_are_counted_and_methods_have_their_labels(study_page):
    texts = plot(study_page).locator("svg text").all_text_contents()
    assert "mean 0.655, 7 cases, 1 undefined" in texts
    assert {"U-Net", "X-Net", "Intensity threshold"} <= set(texts)
    assert study_page.locator("circle[data-run=unet]").count() == 7


def test_the_plot_works_with_the_keyboard(study_page):
    plot(study_page)
    study_page.locator("circle[tabindex='0']").focus()
    reached = set()
    for _ in range(4):
        reached.add(study_page.evaluate("document.activeElement.dataset.run"))
        study_page.keyboard.press("ArrowDown")
    assert reached == runs_with_points(study_page) == {"threshold", "unet", "xnet"}
    study_page.keyboard.press("ArrowLeft")
    focused = study_page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert study_page.locator("#plot [role=status]").inner_text() == focused
    study_page.keyboard.press("Enter")
    ready(study_page)
    assert study_page.locator("#viewer-title").inner_text().startswith(focused.split(",")[0])


def test_a_measure_of_another_label_shows_who_has_it(synthesis_page):
    plot(synthesis_page)
    synthesis_page.locator("#plot select[aria-label=Measure]").select_option("ssim")
    synthesis_page.locator("#plot circle[data-run=synthesis_l2]").first.wait_for()
    synthesis_page.locator("#plot select[aria-label=Label]").select_option("image")
    synthesis_page.wait_for_function(
        "new Set([...document.querySelectorAll('#plot circle')].map(c => c.dataset.run)).size == 1"
    )
    synthesis_page.locator("#plot circle[data-name=v1]").click()
    ready(synthesis_page)
    assert synthesis_page.locator("#viewer-image option:checked").inner_text() == label_of(
        synthesis_page, "synthesis_l2"
    )


def label_of(page, method: str) -> str:
    return page.evaluate("name => segrepro.label(name)", method)


def test_paired_differences_of_two_chosen_methods(study_page):
    shown = plot(study_page, name="differences")
    study_page.locator("#plot select[aria-label='Other method']").select_option("unet")
    study_page.locator("#plot svg[aria-label='Dice: X-Net − U-Net']").wait_for()
    # U-Net is better by 0.1 in each case but the one where it has no score.
    points = shown.locator("circle").evaluate_all("all => all.map(c => c.ariaLabel)")
    assert len(points) == 7
    assert {point.split(": ")[1] for point in points} == {"−0.100"}


def test_intervals_stand_beside_print(study_page):
    shown = plot(study_page, name="intervals")
    labels = shown.locator("svg [role=img]").evaluate_all("all => all.map(node => node.ariaLabel)")
    assert {"X-Net: 0.550", "X-Net in print: 0.4867", "PSPNet in print: 0.3571"} <= set(labels)


def test_learning_curves_have_both_losses_on_one_axis(study_page):
    shown = plot(study_page, name="curves")
    labels = shown.locator("path.curve").evaluate_all("all => all.map(node => node.ariaLabel)")
    assert labels == ["training loss", "validation loss"]
    study_page.locator("#plot select[aria-label=Method]").select_option("unet")
    study_page.locator("#plot", has_text="did not learn in epochs").wait_for()


def test_a_plot_of_what_no_case_has_is_not_offered(study_page):
    """The made-up scores have neither volumes nor sites."""
    plot(study_page)
    offered = study_page.locator("#plot select[aria-label=Plot] option").evaluate_all("all => all.map(o => o.value)")
    assert offered == ["cases", "differences", "intervals", "curves"]


def test_a_plot_is_saved_as_svg(study_page):
    plot(study_page)
    with study_page.expect_download() as download:
        study_page.locator("#plot button", has_text="SVG").click()
    assert download.value.suggested_filename == "xnet-cases.svg"
    text = download.value.path().read_text()
    assert text.startswith("<svg")
    assert text.count("<circle") == 17


def names(page) -> list[str]:
    return page.locator("#case-table tbody th").all_inner_texts()


def test_cases_are_searched_sorted_and_opened(study_page):
    study_page.locator("#case-table").scroll_into_view_if_needed()
    study_page.locator("#case-table tbody tr").first.wait_for()
    assert names(study_page)[:2] == ["v0", "v1"]
    study_page.locator("#case-table thead button", has_text="Dice").click()
    assert names(study_page)[:2] == ["v7", "v6"]
    study_page.locator("#case-table input").fill("V4")
    assert names(study_page) == ["v4"]
    assert study_page.locator("#case-table [role=status]").inner_text() == "1 of 8 cases of X-Net"
    study_page.locator("#case-table tbody button").click()
    ready(study_page)
    assert study_page.locator("#viewer-title").inner_text().startswith("v4")


def test_scores_are_read_when_they_are_looked_at(report, open_page):
    found = open_page(report / "xnet.html", viewport={"width": 1400, "height": 300})
    found.page.locator("button.number").first.wait_for()
    assert not [url for url in found.requests if "/scores/" in url]
    plot(found.page)
    assert [url.rpartition("/")[2] for url in found.requests if "/scores/" in url][:2] == [
        "cases-case.js",
        "case-dice.js",
    ]
    found.page.close()


def test_a_plot_of_many_cases_draws_some_and_says_so(tmp_path, report, open_page):
    """More numbers than a function of JavaScript takes arguments, in place of the eight that the report has."""
    folder = shutil.copytree(report, tmp_path / "report")
    names = [f"c{i:06d}" for i in range(45_000)]
    cases = {name: {"case": names, "patient": names, "site": [""] * len(names)} for name in ("atlas", "skin")}
    scores = {run: {"lesion": [[i / len(names) for i in range(len(names))]]} for run in ("threshold", "unet", "xnet")}
    for name, content in (("cases-case", cases), ("case-dice", scores)):
        (folder / f"scores/xnet/{name}.js").write_text(f"segreproFile({json.dumps(content)});")
    found = open_page(folder / "xnet.html")
    found.page.set_default_timeout(60_000)
    plot(found.page)
    texts = found.page.locator("#plot svg text").all_text_contents()
    assert texts.count("mean 0.500, 45000 cases, 500 of them drawn") == 3
    assert found.page.locator("#plot circle").count() == 1500
    found.page.close()
    assert found.faults == []
