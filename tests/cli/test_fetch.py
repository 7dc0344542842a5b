"""`segrepro fetch`: how a release is got."""

from typer.testing import CliRunner

from segrepro.cli.main import app
from segrepro.utils.errors import ConfigError
from tests.raised import raised


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_fetch_tells_how_a_gated_set_is_got(tmp_path):
    result = run("fetch", "atlas", "--folder", tmp_path / "here")
    assert result.exit_code == 0
    assert "-md sha256" in result.stdout
    assert '"bad decrypt" means' in result.stdout
    assert f"Put it into {tmp_path / 'here'}." in result.stdout
    assert not (tmp_path / "here").exists()


def test_fetch_names_the_nearest_release():
    with raised(ConfigError, remedy="Did you mean chaos"):
        raise run("fetch", "chaso").exception
