"""The viewer of cases, in a real browser."""

import pytest

from tests.report.page.pages import ready, watched

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def synthesis_page(synthesis_report, open_page):
    """The page of a study of volumes and grey pictures, with several images a case."""
    yield from watched(synthesis_report, "pseudo_dwi.html", open_page)


def open_case(page, script: str) -> None:
    page.locator(f".chips [data-case='{script}']").click()
    ready(page)


def label(page) -> str:
    return page.locator("#viewer-stage canvas").get_attribute("aria-label")


def wait_for_label(page, text: str) -> None:
    page.locator(f"#viewer-stage canvas[aria-label*='{text}']").wait_for()


def pixels(page) -> str:
    return page.evaluate("document.querySelector('#viewer-stage canvas').toDataURL()")


def images_of(page) -> list[str]:
    return page.locator("#viewer-image option").all_inner_texts()


def window_of(page) -> tuple[float, float]:
    """The level and the window that the viewer names."""
    return tuple(float(page.locator(f"#viewer-{name}-text").inner_text()) for name in ("level", "window"))


def score(page, which: str) -> str:
    return page.locator(f"#viewer-{which}-score").inner_text()


def test_three_planes_with_a_score_beside_each_mask(study_page):
    open_case(study_page, "atlas-v5.js")
    assert label(study_page).startswith("Three planes through slice 7 of 14 with 3 masks")
    shown = study_page.locator("#viewer-first option:checked").inner_text()
    assert (shown, score(study_page, "first"), score(study_page, "second")) == ("X-Net", "Dice 0.657", "Dice 0.757")
    study_page.keyboard.press("Escape")
    assert not study_page.locator("#viewer").is_visible()


def test_slice_masks_and_window(study_page):
    open_case(study_page, "atlas-v5.js")
    study_page.keyboard.press("ArrowUp")
    wait_for_label(study_page, "slice 8 of 14 with 3 masks")
    study_page.locator("#viewer-slice").fill("2")
    wait_for_label(study_page, "slice 3 of 14")
    study_page.keyboard.press("t")
    wait_for_label(study_page, "with 2 masks")
    study_page.keyboard.press("b")
    wait_for_label(study_page, "with 1 masks")
    study_page.keyboard.press("r")
    wait_for_label(study_page, "slice 7 of 14")
    bright = pixels(study_page)
    study_page.locator("#viewer-level").fill("250")
    assert pixels(study_page) != bright
    study_page.keyboard.press("n")
    study_page.locator("#viewer-title", has_text="v6").wait_for()


def test_a_click_in_a_plane_moves_the_others(study_page):
    open_case(study_page, "atlas-v5.js")
    box = study_page.locator("#viewer-stage canvas").bounding_box()
    # In the sagittal plane at the lower right, near its lower end.
    study_page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.97)
    wait_for_label(study_page, "slice 1 of 14")


def test_the_difference_of_two_masks_and_a_picture_by_one_key(study_page):
    open_case(study_page, "atlas-v5.js")
    study_page.keyboard.press("d")
    wait_for_label(study_page, "with the difference of two masks")
    assert study_page.locator("#viewer-status").inner_text().startswith("Blue: only X-Net; orange: only U-Net")
    with study_page.expect_download() as download:
        study_page.keyboard.press("s")
    assert download.value.suggested_filename == "xnet-v5-slice7.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def yellow(page) -> list[tuple[float, float]]:
    """Centre of what is as yellow as the truth in each of the three planes, as fractions of the canvas."""
    return page.evaluate(
        """() => {
      const canvas = document.querySelector('#viewer-stage canvas'), {width, height} = canvas;
      const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
      const meets = i => data[i] > 200 && data[i + 1] > 190 && data[i + 2] < 120;
      const parts = [[0, 0.6, 0, 1], [0.61, 1, 0, 0.49], [0.61, 1, 0.51, 1]];
      return parts.map(([left, right, top, bottom]) => {
        let low = [Infinity, Infinity], high = [-Infinity, -Infinity];
        for (let i = 0; i < width * height; i++) {
          const [x, y] = [i % width / width, Math.floor(i / width) / height];
          if (x < left || x > right || y < top || y > bottom || !meets(4 * i)) continue;
          low = [Math.min(low[0], x), Math.min(low[1], y)];
          high = [Math.max(high[0], x), Math.max(high[1], y)];
        }
        return [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
      });
    }"""
    )


def test_outlines_lie_right_in_all_three_planes(report, open_page):
    """The centre of the truth's outline lies where the mask lies: anterior and head up, left at left."""
    found = open_page(report / "xnet.html", viewport={"width": 1400, "height": 900})
    page = found.page
    open_case(page, "atlas-v7.js")
    for key in "ab":
        page.keyboard.press(key)
    wait_for_label(page, "with 1 masks")
    stage = page.locator("#viewer-stage").bounding_box()
    places = yellow(page)
    # Centre (6, 7, 4) of shape (12, 14, 9), orientation PIR, 3 x 2 x 1.5 mm: x 4 of 9, y 11 - 6 of 12, z 13 - 7 of 14.
    x, y, z = 4.5 / 9, 5.5 / 12, 6.5 / 14
    width, height = stage["width"], stage["height"]
    side = 0.6 * width + 6
    for (shown_x, shown_y), (left, top, w, h), (mm_u, mm_v), (u, v) in zip(
        places,
        [(0, 0, 0.6 * width, height), (side, 0, width - side, (height - 6) / 2),
         (side, (height + 6) / 2, width - side, (height - 6) / 2)],
        [(9 * 1.5, 12 * 3), (9 * 1.5, 14 * 2), (12 * 3, 14 * 2)],
        [(x, y), (x, z), (y, z)],
    ):  # fmt: skip
        zoom = min(w / mm_u, h / mm_v)
        expected_x = left + (w - mm_u * zoom) / 2 + u * mm_u * zoom
        expected_y = top + (h + mm_v * zoom) / 2 - v * mm_v * zoom
        assert (shown_x * width, shown_y * height) == pytest.approx((expected_x, expected_y), abs=4)
    page.close()
    assert found.faults == []


def test_a_picture_is_drawn_with_its_colours_and_outline(study_page):
    open_case(study_page, "skin-p0.js")
    assert study_page.locator("#viewer-slice").is_hidden()
    assert study_page.locator("#viewer-image").is_hidden()
    assert label(study_page) == "Slice 1 of 1 with 2 masks on rgb"
    outlined = pixels(study_page)
    study_page.keyboard.press("f")
    filled = pixels(study_page)
    assert outlined != filled
    study_page.keyboard.press("t")
    study_page.keyboard.press("a")
    wait_for_label(study_page, "with 0 masks")
    assert pixels(study_page) not in (outlined, filled)


def test_another_image_of_a_volume_keeps_place_and_masks(synthesis_page):
    page = synthesis_page
    open_case(page, "heads-v4.js")
    assert images_of(page)[:2] == ["cbf", "dwi"]
    assert len(images_of(page)) == 4
    page.locator("#viewer-slice").fill("5")
    page.keyboard.press("t")
    wait_for_label(page, "slice 6 of 14 with 1 masks on cbf")
    level, window = window_of(page)
    page.locator("#viewer-level").fill("20")
    page.locator("#viewer-image").select_option(label="dwi")
    wait_for_label(page, "slice 6 of 14 with 1 masks on dwi")
    assert page.locator("#viewer-level").input_value() == "128"
    assert window_of(page) == pytest.approx((10 * level, 10 * window), rel=0.05)
    page.locator("#viewer-slice").focus()
    page.keyboard.press("i")
    wait_for_label(page, f"on {images_of(page)[2]}")
    assert window_of(page) == pytest.approx((0.5, 0.6), abs=0.01)
    page.locator("#viewer-image").select_option(label="dwi")
    page.locator("#viewer-previous").click()
    page.locator("#viewer-title", has_text="v1").wait_for()
    wait_for_label(page, "on dwi")


def test_the_stage_keeps_its_place_from_case_to_case(study_page):
    open_case(study_page, "atlas-v5.js")
    before = study_page.locator("#viewer-stage").bounding_box()
    study_page.keyboard.press("n")
    study_page.locator("#viewer-title", has_text="v6").wait_for()
    wait_for_label(study_page, "of 14")
    assert study_page.locator("#viewer-stage").bounding_box() == before


def test_on_a_phone_the_scan_comes_first_and_all_fits(synthesis_report, open_page):
    found = open_page(synthesis_report / "pseudo_dwi.html", viewport=PHONE)
    open_case(found.page, "heads-v4.js")
    assert found.page.evaluate("document.getElementById('viewer').scrollWidth") <= PHONE["width"]
    assert found.page.locator("#viewer-stage").bounding_box()["y"] < 120
    found.page.close()
    assert found.faults == []


@pytest.fixture(scope="module")
def organs(tmp_path_factory):
    """A report on a made-up study of two organs."""
    from segrepro.images.io import read_image, write_image
    from tests.report.made_up import MadeUpStudy

    study = MadeUpStudy(tmp_path_factory.mktemp("organs"))
    study.describe("atlas", {"background": 0, "liver": 1, "spleen": 4})
    study.learn({1: "liver", 4: "spleen"})
    for file in (study.folder / "atlas/labelsTr").iterdir():
        image = read_image(file)
        labels = image.array.copy()
        labels[:3, 2:5, 1:4] = 4
        write_image(file, labels, image.affine)
    study.write()
    return study.report


def test_each_organ_has_its_colour_and_stands_in_the_legend(organs, open_page):
    found = open_page(organs / "xnet.html", viewport={"width": 1400, "height": 900})
    open_case(found.page, "atlas-v5.js")
    assert found.page.locator("#viewer-legend li").all_inner_texts() == ["liver", "spleen"]
    colours = found.page.locator("#viewer-legend i").evaluate_all(
        "all => all.map(i => getComputedStyle(i).backgroundColor)"
    )
    assert colours == ["rgb(240, 228, 66)", "rgb(86, 180, 233)"]
    found.page.close()
    assert found.faults == []
