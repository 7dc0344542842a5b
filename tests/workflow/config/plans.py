"""Plans, and what is wrong with a study."""

import pytest

from segrepro.utils.errors import ConfigError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan


def plan(**values):
    return make_plan(load_config(values))


def unsound(**study):
    """The message on the X-Net study with these changes."""
    with pytest.raises(ConfigError) as caught:
        plan(studies="xnet", overrides={"xnet": study})
    return str(caught.value)
