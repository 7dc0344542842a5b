"""What lies in a folder is what there is."""

from segrepro.datasets import layouts
from segrepro.utils.modules import modules_in


def test_the_modules_of_a_folder_without_those_that_help(tmp_path):
    for name in ("b.py", "a.py", "_helps.py", "notes.txt"):
        (tmp_path / name).touch()
    assert modules_in([str(tmp_path)]) == ("a", "b")


def test_layouts_are_found_by_their_file():
    found = modules_in(layouts.__path__)
    assert {"atlas", "nnunet"} <= {*found}
    assert not any(name.startswith("_") for name in found)
