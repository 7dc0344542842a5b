import pytest

from tests.datasets.download.test_archives import zipped
from tests.datasets.server import Site, serving


@pytest.fixture
def site(tmp_path):
    """A server with an archive of two odd names and a plain file."""
    members = [("images/a b; $c 'é'.png", b"scan", 0), ("masks/ü.png", b"mask", 0)]
    archive = zipped(tmp_path / "source.zip", *members).read_bytes()
    with serving(Site({"/set.zip": archive, "/weights.pth": b"weights"})) as site:
        yield site
