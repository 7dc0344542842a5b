"""Where a run stands at its start."""

from segrepro.training.state import TrainingState


def test_a_run_begins_with_nothing_done_and_any_score_is_better():
    state = TrainingState()
    assert (state.step, state.epoch, state.best_epoch, state.history) == (0, 0, -1, [])
    assert state.best_score > 1e9


def test_two_runs_share_no_history():
    TrainingState().history.append({"epoch": 0})
    assert TrainingState().history == []
