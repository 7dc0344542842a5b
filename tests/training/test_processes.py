"""Two processes that train together give what one gives, up to rounding."""

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from segrepro.training.processes import gathered, in_processes, process_count, share_of, shared_out
from segrepro.training.settings import Settings
from tests.training.test_trainer import prepared, settings  # noqa: F401 (a fixture)
from tests.training.together import TASKS, after_steps, fail, train_all
from workflow_scripts import train_model

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What each of two processes found."""
    folder = tmp_path_factory.mktemp("together")
    in_processes(train_all, [CPU, CPU], folder)
    return [torch.load(folder / f"{rank}.pt") for rank in (0, 1)]


def distance(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor], part: str) -> float:
    """Between all numbers of a part, relative to their size."""
    first, second = (
        torch.cat([value.double().reshape(-1) for key, value in found.items() if key.startswith(part)])
        for found in (one, other)
    )
    return float((first - second).norm() / second.norm())


@pytest.mark.parametrize("name", TASKS)
def test_losses_scores_and_weights_are_those_of_one_process(both, name):
    """As near as those of one process that sees the same images in another order."""
    alone, reordered = after_steps(name), after_steps(name, order=-1)
    first, second = (one["found"][name] for one in both)
    assert first.keys() == alone.keys()
    assert all(torch.equal(first[key], second[key]) for key in alone)
    for part in (
        ("losses", "scores", "network", "helper") if name != "segmentation" else ("losses", "scores", "network")
    ):
        assert distance(first, alone, part) < 5 * distance(reordered, alone, part) + 2e-6, part
        assert distance(first, alone, part) < 0.02, part


def test_batch_norm_sees_the_whole_batch_and_what_draws_by_place_is_refused(both):
    assert {one["kinds"][0] for one in both} == {"SyncBatchNorm"}
    assert {one["refused"] for one in both} == {("gpus", "2 beside Dropout")}


def test_all_go_by_the_first_ones_scores(both):
    assert [one["told"] for one in both] == [{"dice": 0.0}, {"dice": 0.0}]


def test_alone_nothing_is_shared_out():
    images, network = torch.ones(3, 1, 2, 2), torch.nn.BatchNorm2d(2)
    assert process_count() == 1
    assert share_of(images) is images
    assert gathered(images, 3) is images
    assert shared_out(network) is network


def test_a_fault_of_the_input_is_said_once(capfd):
    with pytest.raises(SystemExit) as caught:
        in_processes(fail, [CPU, CPU])
    said = capfd.readouterr()
    assert (caught.value.code, said.out) == (2, "said\n")
    assert said.err.splitlines() == ["segrepro: scan.nii.gz: found nothing; expected a scan."]


def grouped(epochs: int) -> Settings:
    """A small network with group norm, its slices changed at random."""
    made = settings(epochs).model_dump()
    made["recipe"] |= {"augmentation": {"rotation_degrees": 20}, "optimiser": {"name": "sgd", "lr": 0.05}}
    return Settings.model_validate(made | {"network": "unet28", "options": {"base_width": 4}})


def test_a_training_by_two_goes_on_alone(prepared, tmp_path, monkeypatch, capfd):  # noqa: F811
    """Two epochs by two processes and two by one: the history and the weights of four epochs by one."""
    given = (prepared / "folds.csv", [prepared / "batch0/cases.json"], [])
    train_model.main(grouped(4), *given, tmp_path / "alone")
    monkeypatch.setattr(train_model, "choose_devices", lambda wanted, gpus: [CPU] * gpus)
    written = train_model.main(grouped(2), *given, tmp_path / "both", gpus=2)
    assert all(path.exists() for path in written)
    assert capfd.readouterr().out.count("epoch 2/2") == 1
    train_model.main(grouped(4), *given, tmp_path / "both")
    assert "going on at epoch 3" in capfd.readouterr().out
    alone, shared = (pd.read_csv(tmp_path / name / "history.csv") for name in ("alone", "both"))
    assert len(shared) == 4
    np.testing.assert_allclose(alone.to_numpy(), shared.to_numpy(), rtol=1e-3, atol=1e-5)
    weights = [load_file(tmp_path / name / "last.safetensors") for name in ("alone", "both")]
    for key, value in weights[0].items():
        torch.testing.assert_close(weights[1][key], value, rtol=1e-3, atol=1e-5)
