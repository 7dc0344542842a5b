"""What must hold whoever made the files: no code from data runs, nothing phones home."""

import ast
import hashlib
import io
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from segrepro.report.page.data_facts import DatasetFacts
from segrepro.utils.errors import SegreproError
from segrepro.utils.repository import REPOSITORY
from tests.models import card_of
from tests.report.made_up import MadeUpStudy
from tests.scans import prepared_record

SOURCES = sorted([*REPOSITORY.glob("segrepro/**/*.py"), *REPOSITORY.glob("workflow_scripts/**/*.py")])


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def traps(path):
    """A planted pickle in the ways that a file of weights may hold one."""
    import torch

    plain, archive = io.BytesIO(), io.BytesIO()
    pickle.dump({"features.0.weight": Trap(path)}, plain)
    torch.save({"features.0.weight": Trap(path), "x": torch.zeros(1)}, archive)
    return {"pickle": plain.getvalue(), "torch": archive.getvalue()}


def test_the_trap_works(tmp_path):
    pickle.loads(traps(tmp_path / "sprung")["pickle"])
    assert (tmp_path / "sprung").exists()


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_planted_pickle_does_not_run_as_a_model(tmp_path, kind):
    from segrepro.training.model import WEIGHTS, digests, load_model, save_model

    weights = dict.fromkeys(WEIGHTS, traps(tmp_path / "sprung")[kind])
    save_model(tmp_path, weights, card_of(sha256=digests(weights)))
    for checkpoint in WEIGHTS:
        with pytest.raises(SegreproError):
            load_model(tmp_path, checkpoint)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_planted_pickle_does_not_run_as_pretrained_weights(tmp_path, kind):
    from segrepro.networks.vgg import vgg_features
    from segrepro.networks.vgg_weights import load_vgg

    (tmp_path / "vgg.pth").write_bytes(traps(tmp_path / "sprung")[kind])
    with pytest.raises(SegreproError):
        load_vgg(vgg_features(3, 4), tmp_path / "vgg.pth")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("kind", ["pickle", "torch"])
def test_a_planted_pickle_does_not_run_as_a_checkpoint(tmp_path, kind):
    from segrepro.training.checkpoint import CURRENT, load_checkpoint

    content = traps(tmp_path / "sprung")[kind]
    (tmp_path / CURRENT).write_bytes(hashlib.sha256(content).digest() + content)
    with pytest.raises(pickle.UnpicklingError):
        load_checkpoint(tmp_path, "hash")
    assert not (tmp_path / "sprung").exists()


def test_a_planted_pickle_does_not_run_as_a_prepared_array(tmp_path):
    from segrepro.preprocessing.prepared_cases import RECORDS, PreparedCases

    record = prepared_record("a", sha256={"t1": "0"})
    (tmp_path / RECORDS).write_text(json.dumps([record.model_dump(mode="json")]))
    np.save(tmp_path / "a.t1.npy", np.array([Trap(tmp_path / "sprung")], object), allow_pickle=True)
    with pytest.raises((ValueError, SegreproError)):
        PreparedCases([tmp_path]).array("a", "t1")
    assert not (tmp_path / "sprung").exists()


# What no source may call or import.
CALLS = {
    "eval": "code from text",
    "exec": "code from text",
    "compile": "code from text",
    "__import__": "hidden imports",
}
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
ATTRIBUTES = {("os", "system"), ("os", "popen"), ("yaml", "load"), ("yaml", "unsafe_load"), ("tempfile", "mktemp")}
ATTRIBUTES |= {("subprocess", "getoutput"), ("subprocess", "getstatusoutput"), ("pd", "read_pickle")}


def sins(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            yield from (f"import {name}" for name in names if name.partition(".")[0] in MODULES)
        if isinstance(node, ast.Call):
            yield from _call_sins(node)


def _call_sins(node):
    keywords = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
    function = node.func
    if isinstance(function, ast.Name) and function.id in CALLS:
        yield function.id
    if isinstance(function, ast.Attribute):
        owner = getattr(function.value, "id", "")
        if (owner, function.attr) in ATTRIBUTES:
            yield f"{owner}.{function.attr}"
        if (owner, function.attr) == ("torch", "load") and keywords.get("weights_only") is not True:
            yield "torch.load without weights_only=True"
    yield from (f"{name}=True" for name in ("shell", "allow_pickle", "trust_remote_code") if keywords.get(name))
    if keywords.get("verify", True) is False:
        yield "verify=False"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_no_source_runs_code_or_shell_strings_made_from_data(path):
    assert list(sins(ast.parse(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "line",
    [
        "eval(x)",
        "import pickle",
        "from joblib import load",
        "import torch.a, pickle.b",
        "torch.load(x)",
        "torch.load(x, weights_only=False)",
        "subprocess.run(x, shell=True)",
        "np.load(x, allow_pickle=True)",
        "yaml.load(x)",
        "os.system(x)",
        "requests.get(x, verify=False)",
    ],
)
def test_the_scan_sees_what_it_looks_for(line):
    assert list(sins(ast.parse(line)))


def test_settings_reach_the_shell_quoted():
    """Settings hold titles and paths from config.yaml; unquoted they could hold a command."""
    for path in REPOSITORY.glob("rules/*.smk"):
        assert "{params.settings}" not in path.read_text(), path.name


EVIL = '<script>alert("1")</script>&<img src=x onerror=alert(2)>'


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_templates_escape_by_default_and_never_stop():
    for path in REPOSITORY.glob("segrepro/**/*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", text), path.name
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        # What is marked as safe was escaped in the same breath; a doctest may show the result.
        marked = [line for line in text.splitlines() if re.search(r"\bMarkup\([^']", line)]
        assert all("escape(" in line for line in marked), path.name
        for call in re.findall(r"\bEnvironment\([^#]*?\n    ?\)|\bEnvironment\(.*\)", text):
            assert "autoescape=" in call, path.name
            assert "autoescape=False" not in call, path.name


def write_evil_report(folder, words):
    """The first page and the study's page of a made-up report in which every text from a file holds `words`."""
    folder.mkdir()
    study = MadeUpStudy(folder)
    tables = {
        name: table.model_copy(
            update={
                "title": words,
                "note": words,
                "metrics": dict.fromkeys(table.metrics, words),
                "rows": [row.model_copy(update={"label": words}) for row in table.rows],
            }
        )
        for name, table in study.table_settings.tables.items()
    }
    study.table_settings = study.table_settings.model_copy(update={"tables": tables})
    dataset = DatasetFacts(name=words, title=words, source=words, version=words)
    study.write(
        {"title": words, "citation": words, "claims": [{"text": words}], "differences": [words], "datasets": [dataset]}
    )
    return [(study.report / name).read_text(encoding="utf-8") for name in ("index.html", "xnet.html")]


def test_the_report_escapes_what_comes_from_files(tmp_path):
    evil, plain = (write_evil_report(tmp_path / name, words) for name, words in (("evil", EVIL), ("plain", "words")))
    for page, other in zip(evil, plain):
        assert "<script>alert" not in page
        assert "onerror=alert(2)>" not in page
        assert "&lt;script&gt;" in page
        assert [tag for tag, _ in Tags(page).found] == [tag for tag, _ in Tags(other).found]
        assert all("onerror" not in attributes for _, attributes in Tags(page).found)


def test_dvc_sends_no_statistics():
    config = (REPOSITORY / ".dvc/config").read_text()
    assert re.search(r"^\s*analytics\s*=\s*false\s*$", config, re.MULTILINE)


def test_no_dependency_has_a_known_hole():
    """`make audit` does the same; both need pip-audit and the network."""
    audit = shutil.which("pip-audit", path=str(Path(sys.executable).parent)) or shutil.which("pip-audit")
    if not audit:
        pytest.skip("pip-audit is not installed here; `make audit` fetches it")
    command = [audit, "--requirement", REPOSITORY / "constraints.txt", "--no-deps", "--disable-pip"]
    done = subprocess.run([*command, "--progress-spinner", "off"], capture_output=True, text=True)
    said = done.stdout + done.stderr
    # Where the list of holes is out of reach it names every package as not audited, and succeeds.
    if any(words in said for words in ("ConnectionError", "Max retries", "could not be audited")):
        pytest.skip("pip-audit cannot reach the list of known holes from here")
    assert done.returncode == 0, said


@pytest.mark.parametrize(
    ("said", "code", "told", "passes"),
    [
        ("Found 2 known vulnerabilities in 1 package", 1, "Found 2 known", False),
        ("error: Failed to fetch: pip-audit", 2, "could not be compared", True),
        ("No known vulnerabilities found, and skipped 3 packages", 1, "could not be compared", True),
        ("No known vulnerabilities found", 0, "test is made", True),
    ],
)
def test_ci_fails_for_a_known_hole_but_not_without_a_network(tmp_path, said, code, told, passes):
    make = f"#!/bin/sh\nif [ $1 = audit ]; then echo '{said}' >&2; exit {code}; fi\necho $1 is made\n"
    for name, text in {"make": make, "apt-get": "#!/bin/sh\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([REPOSITORY / ".ci/run"], env=environment, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert (done.returncode == 0, lines[-1] == "test is made") == (passes, passes)
    assert lines[0] == "install is made"
    assert told in lines[1]
