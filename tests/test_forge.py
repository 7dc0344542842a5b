"""What a forge runs: workflows and forms are valid, and a release's notes are those of its version."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from segrepro import __version__
from segrepro.utils.repository import REPOSITORY

GITHUB = REPOSITORY / ".github"
FILES = {
    "vendor.github-workflows": sorted(GITHUB.glob("workflows/*.yml")),
    "vendor.github-issue-forms": [path for path in GITHUB.glob("ISSUE_TEMPLATE/*.yml") if path.stem != "config"],
}


@pytest.mark.parametrize("schema", FILES)
def test_workflows_and_forms_are_valid(schema):
    assert len(FILES[schema]) >= 2
    check = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run([check, "--builtin-schema", schema, *FILES[schema]], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES["vendor.github-workflows"], ids=lambda path: path.stem)
def test_what_a_workflow_runs_is_there(path):
    named = re.findall(r"(?<![\w./-])(?:tests|segrepro|\.github)/[\w./-]+", path.read_text())
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


def notes(folder: Path, tag: str) -> subprocess.CompletedProcess:
    script = folder / ".github/release_notes.py"
    return subprocess.run([sys.executable, script, tag], capture_output=True, text=True)


@pytest.fixture
def released(tmp_path):
    """A checkout of version 1.2.3."""
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/release_notes.py").write_text((GITHUB / "release_notes.py").read_text())
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2.3"\n')
    changes = (
        "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.2.3] - 2026-12-01\n\n- now\n\n## [1.2.2]\n\n- before\n"
    )
    (tmp_path / "CHANGELOG.md").write_text(changes)
    return tmp_path


def test_a_releases_notes_are_the_section_of_its_version(released):
    assert notes(released, "v1.2.3").stdout == "- now\n"


def test_a_tag_of_another_version_or_without_notes_is_refused(released):
    other = notes(released, "v1.2.4")
    assert (other.returncode, other.stdout) == (2, "")
    assert "the code is version 1.2.3" in other.stderr
    (released / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n")
    assert notes(released, "v1.2.3").returncode == 2


def test_all_name_one_version():
    """That of the library is the project's, and the one to cite."""
    project = (REPOSITORY / "pyproject.toml").read_text()
    assert f'version = "{__version__}"' in project
    assert f"version: {__version__}" in (REPOSITORY / "CITATION.cff").read_text()
