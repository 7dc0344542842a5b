"""A model on disk."""

import pytest

from tests.models import write_model


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "model")
