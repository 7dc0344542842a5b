"""The studies as text, and as a wheel has them."""

import pytest

from segrepro.utils.errors import ConfigError
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config.describe import differences_page, study_lines, study_list
from segrepro.workflow.config.load import study_names


def test_every_study_has_its_line():
    assert [line.split()[0] for line in study_list()] == study_names()


def test_a_study_shows_its_paper_its_rows_and_the_published_numbers():
    text = "\n".join(study_lines("xnet"))
    assert "MICCAI 2019" in text
    assert "* unet " in text
    assert "ResUNet (ATLAS R1.1 (229), 5-fold CV): Dice 0.4702, IoU 0.3549" in text
    assert "steers" in text  # of what differs from the paper


@pytest.mark.parametrize("name", study_names())
def test_every_study_can_be_shown(name):
    assert len(list(study_lines(name))) > 20


def test_the_page_of_differences_is_what_the_studies_say():
    """`segrepro.workflow.config.describe.differences_page` makes it."""
    assert (REPOSITORY / "docs/differences.md").read_text() == differences_page()


def test_a_name_that_is_none_is_told_the_nearest():
    with pytest.raises(ConfigError, match="xnet"):
        list(study_lines("xnett"))
