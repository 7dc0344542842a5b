"""A line is said once."""

from segrepro.utils import say
from segrepro.utils.say import say_once


def test_a_line_is_said_once_about_each_thing(capsys, monkeypatch):
    monkeypatch.setattr(say, "_SAID", set())
    for about, line in (("a", "first"), ("a", "again"), ("b", "second")):
        say_once(about, line)
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "first\nsecond\n")
