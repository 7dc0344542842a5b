"""The report as a person meets it: opened from disk in a real browser."""

import re

import pytest

from tests.report.page.pages import watched

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def synthesis_page(synthesis_report, open_page):
    """The page of a study of volumes and grey pictures, with several images a case."""
    yield from watched(synthesis_report, "pseudo_dwi.html", open_page)


def column(page, table: str, index: int) -> list[str]:
    return page.locator(f"#{table} tbody tr > :nth-child({index + 1})").all_inner_texts()


def ready(page) -> str:
    """Wait until a case is drawn; the viewer's status line."""
    page.locator("#viewer-stage canvas[aria-label]").wait_for()
    return page.locator("#viewer-status").inner_text()


def label(page) -> str:
    return page.locator("#viewer-stage canvas").get_attribute("aria-label")


def wait_for_label(page, text: str) -> None:
    page.locator(f"#viewer-stage canvas[aria-label*='{text}']").wait_for()


def test_the_first_page_leads_to_every_study(report, open_page):
    found = open_page(report / "index.html")
    assert "Phantoms." in found.page.locator("#xnet .banner").inner_text()
    found.page.locator("#xnet h2 a").click()
    assert found.page.locator("h1").inner_text().startswith("Made up")
    assert found.faults == []


def test_a_table_is_sorted_both_ways_and_shows_a_measure_in_detail(study_page):
    head = study_page.locator("#table2 thead th").nth(3)
    before = column(study_page, "table2", 3)
    head.locator("button").click()
    up = [text for text in column(study_page, "table2", 3) if text != "not run"]
    assert head.get_attribute("aria-sort") == "ascending"
    assert up == sorted(up)
    assert len(up) == 2
    assert column(study_page, "table2", 3)[-1] == "not run"
    head.locator("button").press("Enter")
    assert [text for text in column(study_page, "table2", 3) if text != "not run"] == up[::-1]
    assert sorted(before) == sorted(column(study_page, "table2", 3))
    detail = study_page.locator("#table2 thead th", has_text="p, against X-Net").first
    assert not detail.is_visible()
    study_page.locator("#table2 .choice span", has_text="Dice in detail").click()
    assert detail.is_visible()
    assert not study_page.locator("#table2 thead th", has_text="IoU").first.is_visible()


def test_a_point_opens_its_case_in_three_planes(study_page):
    point = study_page.locator("circle[data-run=unet][data-name=v5]")
    assert "Dice 0.757" in point.get_attribute("aria-label")
    point.click()
    assert ready(study_page) == "unet: Dice 0.757 · xnet: Dice 0.657"
    assert study_page.locator("#viewer-title").inner_text().startswith("v5, label of ")
    assert label(study_page).startswith("Three planes")
    assert study_page.locator("#viewer-notice").is_hidden()
    assert study_page.locator("#viewer-image").is_hidden()
    study_page.keyboard.press("Escape")
    assert not study_page.locator("#viewer").is_visible()


def test_undefined_scores_are_counted(study_page):
    study_page.locator("#plot svg").wait_for()
    texts = study_page.locator("#plot svg text").all_text_contents()
    assert any("7 cases, 1 undefined" in text for text in texts)
    assert study_page.locator("circle[data-run=unet]").count() == 7


def test_the_plot_works_with_the_keyboard(study_page):
    study_page.locator("circle[tabindex='0']").focus()
    for _ in range(20):
        study_page.keyboard.press("ArrowUp")
    study_page.keyboard.press("ArrowRight")
    focused = study_page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert study_page.locator("#plot [role=status]").inner_text() == focused
    study_page.keyboard.press("Enter")
    ready(study_page)
    assert study_page.locator("#viewer-title").inner_text().startswith(focused.split(",")[0])


def runs_with_points(page) -> set[str]:
    return set(page.eval_on_selector_all("#plot circle", "all => all.map(circle => circle.dataset.run)"))


def test_the_arrows_reach_every_strip_also_of_other_cases(study_page):
    study_page.locator("circle[tabindex='0']").focus()
    reached = set()
    for _ in range(4):
        reached.add(study_page.evaluate("document.activeElement.dataset.run"))
        study_page.keyboard.press("ArrowDown")
    assert reached == runs_with_points(study_page)
    assert len(reached) == 3


def test_a_measure_of_another_label_brings_that_label(synthesis_page):
    measure, label = synthesis_page.locator("#plot select").first, synthesis_page.locator("#plot select").last
    assert (measure.input_value(), label.input_value()) == ("dice", "lesion")
    measure.select_option("ssim")
    label.select_option("image")
    assert runs_with_points(synthesis_page) == {"synthesis_l2"}
    measure.select_option("dice")
    assert label.input_value() == "lesion"
    assert runs_with_points(synthesis_page) == {"full", "slnet_ce"}


def test_slice_masks_and_window_in_three_planes(study_page):
    study_page.locator("[data-case='atlas-v5.js']").click()
    ready(study_page)
    first = int(study_page.locator("#viewer-slice").input_value())
    study_page.keyboard.press("ArrowUp")
    wait_for_label(study_page, f"slice {first + 2} of 14 with 3 masks")
    study_page.locator("#viewer-slice").fill("2")
    wait_for_label(study_page, "slice 3 of 14")
    study_page.keyboard.press("t")
    wait_for_label(study_page, "with 2 masks")
    study_page.keyboard.press("b")
    wait_for_label(study_page, "with 1 masks")
    study_page.keyboard.press("r")
    wait_for_label(study_page, f"slice {first + 1} of 14")
    bright = study_page.locator("#viewer-stage").screenshot()
    study_page.locator("#viewer-level").fill("250")
    study_page.wait_for_timeout(300)
    assert study_page.locator("#viewer-stage").screenshot() != bright
    study_page.keyboard.press("n")
    study_page.locator("#viewer-title", has_text="v6").wait_for()


def test_a_picture_is_drawn_with_its_colours_and_outline(study_page):
    study_page.locator("[data-case='skin-p0.js']").click()
    ready(study_page)
    assert study_page.locator("#viewer-slice").is_hidden()
    assert study_page.locator("#viewer-image").is_hidden()
    assert label(study_page) == "Slice 1 of 1 with 2 masks on rgb"
    outlined = pixels(study_page)
    study_page.keyboard.press("f")
    study_page.wait_for_timeout(200)
    filled = pixels(study_page)
    assert outlined != filled
    study_page.keyboard.press("t")
    study_page.keyboard.press("a")
    wait_for_label(study_page, "with 0 masks")
    assert pixels(study_page) not in (outlined, filled)


def pixels(page) -> str:
    return page.evaluate("document.querySelector('#viewer-stage canvas').toDataURL()")


def images_of(page) -> list[str]:
    return page.locator("#viewer-image option").all_inner_texts()


def window_of(page) -> tuple[float, float]:
    """The level and the window that the viewer names."""
    return tuple(float(page.locator(f"#viewer-{name}-text").inner_text()) for name in ("level", "window"))


def test_another_image_of_a_volume_keeps_place_and_masks(synthesis_page):
    page = synthesis_page
    page.locator("[data-case='heads-v4.js']").click()
    ready(page)
    assert images_of(page) == ["cbf", "dwi", "full", "synthesis_l2"]
    page.locator("#viewer-slice").fill("5")
    page.keyboard.press("t")
    wait_for_label(page, "slice 6 of 14 with 1 masks on cbf")
    level, window = window_of(page)
    page.wait_for_timeout(300)
    before = page.locator("#viewer-stage").screenshot()
    page.locator("#viewer-level").fill("20")
    page.locator("#viewer-image").select_option("dwi")
    wait_for_label(page, "slice 6 of 14 with 1 masks on dwi")
    assert page.locator("#viewer-level").input_value() == "128"
    assert window_of(page) == pytest.approx((10 * level, 10 * window), rel=0.05)
    page.wait_for_timeout(300)
    assert page.locator("#viewer-stage").screenshot() != before
    page.locator("#viewer-slice").focus()
    page.keyboard.press("i")
    wait_for_label(page, "slice 6 of 14 with 1 masks on full")
    assert window_of(page) == pytest.approx((0.5, 0.6), abs=0.01)
    page.keyboard.press("i")
    page.keyboard.press("i")
    wait_for_label(page, "on cbf")
    page.locator("#viewer-image").select_option("dwi")
    page.locator("#viewer-previous").click()
    page.locator("#viewer-title", has_text="v1").wait_for()
    wait_for_label(page, "on dwi")


def test_another_image_of_a_picture_is_drawn(synthesis_page):
    page = synthesis_page
    page.locator("[data-case='photos-p0.js']").click()
    ready(page)
    assert images_of(page) == ["before", "after", "slnet_ce"]
    drawn = {pixels(page)}
    for name in ("after", "slnet_ce"):
        page.keyboard.press("i")
        wait_for_label(page, f"Slice 1 of 1 with 2 masks on {name}")
        drawn.add(pixels(page))
    assert len(drawn) == 3


def test_a_point_of_a_run_without_masks_opens_its_image(synthesis_page):
    page = synthesis_page
    page.locator("#plot select").first.select_option("ssim")
    page.locator("#plot select").last.select_option("image")
    page.locator("circle[data-run=synthesis_l2][data-name=v1]").click()
    ready(page)
    wait_for_label(page, "on synthesis_l2")
    told = page.locator("#cases p").inner_text()
    assert "was synthesised by it. Outlined is the union of all labels. Without masks: synthesis_l2." in told


def test_without_webgl_slices_are_shown_and_it_is_said(report, open_page):
    found = open_page(report / "xnet.html", webgl=False)
    found.page.locator("[data-case='atlas-v5.js']").click()
    ready(found.page)
    assert "no WebGL 2" in found.page.locator("#viewer-notice").inner_text()
    assert label(found.page).startswith("Slice ")
    before = pixels(found.page)
    found.page.keyboard.press("ArrowDown")
    assert pixels(found.page) != before
    assert found.faults == []


def test_the_slice_view_shows_anterior_up_and_left_left(report, open_page):
    """The outline of the truth on the canvas lies where the mask lies, turned over."""
    found = open_page(report / "xnet.html", webgl=False)
    found.page.locator("[data-case='atlas-v7.js']").click()
    ready(found.page)
    for key in "ab":
        found.page.keyboard.press(key)
    found.page.keyboard.press("f")
    wait_for_label(found.page, "with 1 masks")
    box = found.page.evaluate(
        """() => {
      const canvas = document.querySelector('#viewer-stage canvas'), {width, height} = canvas;
      const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
      let sumX = 0, sumY = 0, n = 0;
      for (let i = 0; i < width * height; i++)
        if (data[4 * i] - data[4 * i + 2] > 40) {
          sumX += i % width / width; sumY += Math.floor(i / width) / height; n++;
        }
      return [sumX / n, sumY / n];
    }"""
    )
    # Centre (6, 7, 4) of an array of shape (12, 14, 9) and orientation PIR: x 4 of 9, y 11 - 6 = 5 of 12 from below.
    assert box == pytest.approx([4.5 / 9, 1 - 5.5 / 12], abs=0.03)


def test_the_viewer_of_many_images_fits_a_phone(synthesis_report, open_page):
    found = open_page(synthesis_report / "pseudo_dwi.html", viewport=PHONE)
    found.page.locator("[data-case='heads-v4.js']").click()
    ready(found.page)
    assert found.page.evaluate("document.getElementById('viewer').scrollWidth") <= PHONE["width"]
    assert found.faults == []


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
    css = (report / "assets/report.css").read_text()
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[style]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", block))
    texts = [(ink, ground) for ink in ("ink", "quiet", "link") for ground in ("paper", "soft")]
    texts += [("warn-ink", "warn"), ("on-accent", "accent")]
    shapes = [("point", "paper"), ("same", "paper"), ("accent", "paper"), ("accent", "soft")]
    for pairs, least in ((texts, 4.5), (shapes, 3.0)):
        for ink, ground in pairs:
            light, dark = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, (ink, ground)
