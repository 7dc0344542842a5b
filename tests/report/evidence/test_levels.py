"""The ladder: levels in their order, stopping where one does not hold."""

from segrepro.report.evidence import levels
from segrepro.report.evidence.levels import LEVELS, Asked, made_by, verify
from segrepro.utils.errors import DataError
from segrepro.utils.provenance import commit


def test_each_level_says_what_it_proves_and_what_not():
    assert [*LEVELS] == [1, 2, 3, 4]
    assert all(level.done and level.proves and level.open for level in LEVELS.values())
    assert all(callable(levels._check_of(number)) for number in LEVELS)


def test_levels_are_climbed_until_one_does_not_hold(copied, monkeypatch):
    fault = DataError("here", "this", "that")
    found = {1: ([], ["sound"]), 2: ([fault], []), 3: ([], [])}
    monkeypatch.setattr(levels, "_check_of", lambda number: lambda results, asked: found[number])
    outcomes = list(verify(copied, 3, Asked({})))
    assert [(outcome.level, outcome.faults, outcome.notes) for outcome in outcomes] == [
        (1, [], ["sound"]),
        (2, [fault], []),
    ]


def test_it_says_which_code_made_and_which_checks(copied):
    assert made_by(copied) == f"made at commit {commit()}, checked at commit {commit()}"
