"""Where memory does not suffice for a batch, it is accumulated in parts, which is said."""

from types import SimpleNamespace

import pytest

from segrepro.utils.errors import SegreproError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.rehearsal.jobs import Job
from segrepro.workflow.rehearsal.rehearse import Rehearsal, _Training
from segrepro.workflow.rehearsal.rehearsed import Rehearsed, costs_key


@pytest.fixture
def training(tmp_path, monkeypatch) -> _Training:
    """The training of X-Net, whose jobs are not run."""
    plan = make_plan(load_config({"scale": "paper", "studies": "xnet", "experiments": ["xnet"]}))
    run = plan.runs["xnet"][0]
    rehearsal = SimpleNamespace(
        plan=plan, folder_of=lambda run: tmp_path, settings_of=lambda run: plan.run_settings(run.key, 0)
    )
    return _Training(rehearsal, run, SimpleNamespace(files=[]))


def fits(training: _Training, images: int) -> Job:
    """What a job says in whose memory so many images fit."""
    at_once = training.settings.recipe.micro_batch_size or training.settings.recipe.batch_size
    return (
        Job(1.0, 1, 0, "") if at_once <= images else Job(1.0, 1, 1, "segrepro: train_model: out of memory. Lower it.")
    )


@pytest.mark.parametrize(("images", "parts"), [(8, None), (5, 4), (1, 1)])
def test_a_batch_is_halved_until_it_fits(training, monkeypatch, images, parts, capsys):
    monkeypatch.setattr(training, "_attempt", lambda: fits(training, images))
    assert training.trained().micro_batch_size == parts
    assert ("do not fit" in capsys.readouterr().out) == (parts is not None)


@pytest.mark.parametrize("said", ["segrepro: train_model: out of memory. Lower it.", "segrepro: a.npy: found NaN."])
def test_what_no_part_fits_or_else_fails_is_one_line(training, monkeypatch, said):
    monkeypatch.setattr(training, "_attempt", lambda: Job(1.0, 1, 1, said))
    with pytest.raises(SegreproError) as caught:
        training.trained()
    assert caught.value.where == "xnet/xnet: training"
    assert caught.value.found == said.removeprefix("segrepro: ")


def test_seconds_are_divided_among_steps_and_validated_slices(training):
    training.step_ms = [900.0, 500.0, 400.0]
    assert training.step_seconds == 0.4
    assert training.validation_seconds(2.28) == pytest.approx(0.48 / 24)


@pytest.fixture
def rehearsal(tmp_path, monkeypatch) -> Rehearsal:
    """A rehearsal of a network that begins with a synthesis, planned on phantoms; nothing is trained."""
    settings = {"studies": "pseudo_dwi", "experiments": ["unet_all"], "protocols": "clean"}
    monkeypatch.setattr("segrepro.workflow.rehearsal.rehearse.with_data", lambda config, folder, shrink: config)
    return Rehearsal(load_config({"scale": "paper"} | settings), tmp_path)


def measured_by(rehearsal: Rehearsal, monkeypatch, one: Rehearsed) -> list[str]:
    """The experiments that `run` rehearses, each as `one`."""
    names = []

    def rehearse(self, run):
        names.append(run.experiment)
        key = costs_key(self.settings_of(run))
        return one.model_copy(update={"study": run.study, "experiment": run.experiment, "key": key})

    monkeypatch.setattr(Rehearsal, "_rehearse", rehearse)
    rehearsal.run()
    return names


def test_what_was_rehearsed_is_not_repeated_unless_another_begins_with_it(rehearsal, one, monkeypatch):
    assert measured_by(rehearsal, monkeypatch, one) == ["synthesis_all", "unet_all"]
    assert measured_by(rehearsal, monkeypatch, one) == []
    (rehearsal.folder / "measured" / "pseudo_dwi-unet_all.json").unlink()
    assert measured_by(rehearsal, monkeypatch, one) == ["synthesis_all", "unet_all"]
    (rehearsal.folder / "measured" / "pseudo_dwi-synthesis_all.json").unlink()
    assert measured_by(rehearsal, monkeypatch, one) == ["synthesis_all"]
