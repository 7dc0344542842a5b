from segrepro.workflow.monitor.curves import BARS, COLUMNS, curve_lines, read_history, sparkline
from segrepro.workflow.monitor.status import read_status
from segrepro.workflow.monitor.status_text import status_lines
from tests.workflow.monitor.test_status import job, write_run

HISTORY = "epoch,step,lr,train_loss,validation_loss,validation_dice\n0,9,0.01,0.9,0.8,0.1\n1,18,0.01,0.5,0.6,0.45\n"


def test_a_long_history_fits_a_line_and_ends_with_its_last_value():
    falling = [1 / (n + 1) for n in range(1000)]
    drawn = sparkline(falling)
    assert len(drawn) == COLUMNS
    assert drawn[-1] == BARS[0]
    assert [BARS.index(bar) for bar in drawn] == sorted((BARS.index(bar) for bar in drawn), reverse=True)


def test_curves_are_drawn_from_the_history(tmp_path):
    (tmp_path / "history.csv").write_text(HISTORY)
    lines = list(curve_lines(read_history(tmp_path / "history.csv")))
    assert [line.split()[0] for line in lines] == ["train_loss", "validation_loss", "validation_dice", "lr"]
    assert lines[2].split(maxsplit=2)[1:] == ["▁█", "0.1 to 0.45, 2 epochs"]


def test_no_history_and_a_damaged_one_draw_nothing(tmp_path):
    for text in (None, "", "epoch,lr\n", "epoch,lr\n0,abc\n", "epoch,lr\n0\n"):
        if text is not None:
            (tmp_path / "history.csv").write_text(text)
        assert list(curve_lines(read_history(tmp_path / "history.csv"))) == []


def test_status_draws_the_training_that_runs(tmp_path):
    entry = job("train_model", 0)
    write_run(tmp_path, [entry])
    for name, text in ((entry["log"], "epoch 2/9\n"), ("work/train_model/history.csv", HISTORY)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    lines = "\n".join(status_lines(read_status(tmp_path)))
    assert "validation_dice  ▁█  0.1 to 0.45, 2 epochs" in lines
