"""Code of one's own: found and checked without running its file, known by its digest, run from a copy."""

import hashlib
import sys

import pytest

from segrepro.utils.errors import ConfigError, ModelError
from segrepro.utils.own_code import (
    called,
    check_name,
    contents,
    digests,
    from_copy,
    load,
    look_here,
    planned_contents,
    sources,
)
from tests.raised import raised


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def written(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_current_folder_is_searched_once_and_first(here):
    look_here()
    look_here()
    assert sys.path.count(str(here)) == 1
    assert sys.path.index(str(here)) < sys.path.index(str(here / "studies"))


def test_a_file_is_read_and_not_run(here):
    written(here, never_run="raise SystemExit\nclass Net: pass\nfrom other import Far\nOld = Net\ndef f(): pass\n")
    for name in ("Net", "Far", "Old", "f"):
        check_name(f"never_run:{name}", "network")
    assert "never_run" not in sys.modules


def test_all_names_of_another_module_are_taken_on_trust(here):
    written(here, all_of_it="from nowhere import *\n")
    check_name("all_of_it:Whatever", "network")


@pytest.mark.parametrize(
    ("text", "wanted", "found", "remedy"),
    [
        ("class Netz: pass", "Net", "no Net there", "Did you mean Netz?"),
        ("class Net:\n", "Net", None, None),
        ("\0", "Net", None, None),
    ],
)
def test_what_is_not_there_is_said(here, text, wanted, found, remedy):
    written(here, some_nets=text)
    with pytest.raises(ConfigError) as error:
        check_name(f"some_nets:{wanted}", "network")
    assert error.value.where == "network"
    if found:
        assert (error.value.found, error.value.remedy) == (found, remedy)
    else:
        assert error.value.expected == "a module some_nets"


@pytest.mark.parametrize("name", ["no_such_file:Net", "no_such.package:Net", ":Net"])
def test_a_module_that_is_nowhere_is_named(here, name):
    with pytest.raises(ConfigError) as error:
        check_name(name, f"network {name}")
    assert error.value.where == f"network {name}"
    assert str(here) in error.value.remedy


def test_what_a_module_raises_is_one_line(here):
    written(here, breaks="1 / 0\n", fine="def f(a):\n    raise KeyError(a)\nnumber = 3\n")
    with raised(ConfigError, found="cannot be imported .ZeroDivisionError: division by zero", remedy="Correct it"):
        load("breaks:Net", "loss")
    with raised(ConfigError, found="KeyError: 'x'", expected="what can be called with .'x'"):
        called("fine:f", "loss", ["x"], {})
    with raised(ConfigError, found="a int", expected="a class or a function"):
        called("fine:number", "loss", [], {})
    with raised(ConfigError, remedy="Did you mean f"):
        load("fine:ff", "loss")


def test_a_script_that_leaves_python_is_a_fault_like_any_other(here):
    written(here, script="import argparse\nargparse.ArgumentParser().parse_args(['--no-such'])\n")
    written(here, leaves="def f():\n    raise SystemExit(0)\n")
    with raised(ConfigError, found="a module that cannot be imported .SystemExit: 2"):
        load("script:Net", "network")
    with raised(ConfigError, found="SystemExit: 0"):
        called("leaves:f", "network", [], {})


def test_a_package_that_a_module_lacks_is_what_is_to_be_installed(here):
    written(here, lacks="import no_such_package.part\n", plain="")
    with raised(ConfigError, found="No module named 'no_such_package'", remedy="^Install no_such_package, or put its"):
        load("lacks:Net", "network")
    with raised(ConfigError, found="no module to import", remedy="Put plain/Net.py into"):
        load("plain.Net:Net", "network")


def test_what_lies_in_a_folder_of_the_path_is_ones_own_too(here, tmp_path_factory):
    far = tmp_path_factory.mktemp("far")
    written(far, far_net="import far_parts.layers, near\n", far_parts__layers="")
    (far / "far_parts/__init__.py").touch()
    written(here, near="", studies__beside="import near, far_net\n")
    sys.path.append(str(far))
    names = ["far_net.py", "far_parts/__init__.py", "far_parts/layers.py", "near.py"]
    assert list(sources("far_net:Net")) == names
    assert sources("beside:f") == {"beside.py": here / "studies/beside.py", **sources("far_net:Net")}


def test_the_sources_are_all_that_is_imported_from_the_same_folder_and_nothing_else(here):
    written(
        here,
        net="import numpy, helper\nfrom parts import deep\nfrom segrepro.utils import say\n",
        helper="",
        other="",
        parts__deep="from .inner import thing\nfrom . import side\n",
        parts__inner="thing = 1\n",
        parts__side="def f():\n    import late\n",
        late="import net\n",
    )
    found = ["helper.py", "late.py", "net.py", "parts/deep.py", "parts/inner.py", "parts/side.py"]
    assert list(sources("net:Net")) == found
    assert list(digests(["net:Net", "unet"])) == found
    assert sources("numpy:array") == sources("segrepro.networks.unet:UNet") == {}


def test_a_module_may_lie_beside_the_studies(here):
    written(here, studies__mine="def f(): return 7\n")
    assert list(sources("mine:f")) == ["mine.py"]
    assert called("mine:f", "loss", [], {}) == 7


def test_what_changed_since_it_was_planned_is_named(here):
    written(here, net="import helper\n", helper="a = 1\n")
    planned = digests(["net:Net"])
    assert planned["helper.py"] == hashlib.sha256(b"a = 1\n").hexdigest()
    assert planned_contents(["net:Net"], planned) == contents(["net:Net"])
    written(here, helper="a = 2\n")
    with pytest.raises(ConfigError) as error:
        planned_contents(["net:Net"], planned)
    assert error.value.where == "helper.py"


def test_a_copy_is_run_in_place_of_the_file_and_leaves_it_alone(here, tmp_path):
    written(here, net="from helper import a\ndef f(): return a\n", helper="a = 1\n")
    copy = tmp_path / "model/code"
    copy.mkdir(parents=True)
    for path, content in contents(["net:f"]).items():
        (copy / path).write_bytes(content)
    files = digests(["net:f"])
    written(here, helper="a = 22\n")
    assert called("net:f", "network", [], {}) == 22
    with from_copy(copy, files):
        kept = load("net:f", "network")
    assert kept() == 1
    assert called("net:f", "network", [], {}) == 22
    assert sorted(path.name for path in copy.iterdir()) == ["helper.py", "net.py"]


def test_another_copy_than_the_digest_says_is_not_run(here):
    written(here, code__net="raise SystemExit\n")
    digest = digests(["code.net:f"])["code/net.py"]
    for files in ({"net.py": "0" * 64}, {"gone.py": digest}, {"../code/net.py": digest}, {str(here / "a.py"): digest}):
        with pytest.raises(ModelError), from_copy(here / "code", files):
            pass
