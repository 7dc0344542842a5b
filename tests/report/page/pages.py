"""A page in a browser that is watched."""


def watched(report, page: str, open_page):
    """A page in a browser; afterwards there must be no fault, and no request that left the folder."""
    found = open_page(report / page)
    yield found.page
    found.page.close()
    assert found.faults == []
    outside = [url for url in found.requests if not url.startswith((report.as_uri(), "data:", "blob:"))]
    assert outside == []


def ready(page) -> None:
    """Wait until a case is drawn in the viewer."""
    page.locator("#viewer-stage canvas[aria-label]").wait_for()
