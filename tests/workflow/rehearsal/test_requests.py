"""Jobs ask for what was rehearsed, with a margin; others as ever."""

from types import SimpleNamespace

import pytest

from segrepro.workflow.rehearsal.rehearsed import FOLDER, read_rehearsed, write_rehearsed
from segrepro.workflow.rehearsal.requests import Requests, requests_of


@pytest.fixture
def run(plan) -> str:
    """The first training of X-Net."""
    return plan.runs["xnet"][0].key


def test_memory_and_time_are_those_measured_with_a_margin(plan, one, run):
    requests = Requests(plan, {one.key: one})
    assert requests.memory_mb(run, "train", 8000) == 5200
    assert requests.memory_mb(run, "score", 4000) == 1000
    assert requests.training_minutes(run, 720, on_gpu=False) == round(2 * (346_300 + 229 * 189 * 16 * 0.01) / 60)


def test_a_gpu_does_not_take_the_time_of_a_cpu(plan, one, run):
    assert Requests(plan, {one.key: one}).training_minutes(run, 720, on_gpu=True) == 720


def test_without_a_rehearsal_all_is_as_ever(plan, run):
    requests = requests_of(plan)
    assert requests.measured == {}
    assert requests.memory_mb(run, "train", 8000) == 8000
    assert requests.training_minutes(run, 720, on_gpu=False) == 720


def test_what_was_measured_grows_with_each_attempt(plan, one, run):
    requests, wildcards = Requests(plan, {one.key: one}), SimpleNamespace(run=run)
    assert [requests.growing_mb("train", 8000)(wildcards, attempt) for attempt in (1, 2)] == [5200, 10400]
    minutes = requests.training_minutes(run, 720, on_gpu=False)
    assert requests.growing_minutes(720, lambda wildcards: 0)(wildcards, 3) == 3 * minutes
    assert requests.growing_minutes(720, lambda wildcards: 1)(wildcards, 3) == 3 * 720


def test_without_a_rehearsal_it_grows_from_what_is_asked_for_otherwise(plan):
    requests = requests_of(plan)
    assert requests.growing_mb("score", 4000)(None, 2) == 8000
    assert requests.growing_minutes(720, lambda wildcards: 0)(None, 2) == 1440


def test_what_is_damaged_counts_as_not_rehearsed(one, tmp_path):
    write_rehearsed(tmp_path / FOLDER, one)
    assert read_rehearsed(tmp_path / FOLDER) == [one]
    (tmp_path / FOLDER / "measured" / "b.json").write_text("{")
    assert read_rehearsed(tmp_path / FOLDER) == [one]
