"""Networks of one's own are checked without running their file."""

import sys

import pytest

from segrepro.networks.custom import check_own_network, look_here
from segrepro.utils.errors import NetworkError


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    return tmp_path


def test_the_current_folder_is_searched_once(here):
    look_here()
    look_here()
    assert sys.path.count(str(here)) == 1


def test_a_file_is_read_and_not_run(here):
    (here / "never_run.py").write_text("raise SystemExit\nclass Net: pass\nfrom other import Far\nOld = Net\n")
    for name in ("Net", "Far", "Old"):
        check_own_network(f"never_run:{name}")
    assert "never_run" not in sys.modules


def test_all_names_of_another_module_are_taken_on_trust(here):
    (here / "all_of_it.py").write_text("from nowhere import *\n")
    check_own_network("all_of_it:Whatever")


@pytest.mark.parametrize(
    ("text", "wanted", "found", "remedy"),
    [
        ("class Netz: pass", "Net", "no such torch.nn.Module there", "Did you mean Netz?"),
        ("class Net:\n", "Net", None, None),
        ("\0", "Net", None, None),
    ],
)
def test_what_is_not_there_is_said(here, text, wanted, found, remedy):
    (here / "some_nets.py").write_text(text)
    with pytest.raises(NetworkError) as error:
        check_own_network(f"some_nets:{wanted}")
    assert error.value.where == f"network some_nets:{wanted}"
    if found:
        assert (error.value.found, error.value.remedy) == (found, remedy)
    else:
        assert error.value.expected == "a module some_nets"


@pytest.mark.parametrize("name", ["no_such_file:Net", "no_such.package:Net", ":Net"])
def test_a_module_that_is_nowhere_is_named(here, name):
    with pytest.raises(NetworkError) as error:
        check_own_network(name)
    assert error.value.where == f"network {name}"
    assert str(here) in error.value.remedy
