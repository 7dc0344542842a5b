"""Networks and losses of one's own: called while planning, and part of a run's identity."""

import sys

import pytest

from segrepro.datasets.fingerprint.measure import fingerprint_folder
from segrepro.utils.errors import ConfigError, SegreproError
from segrepro.workflow.config.config import load_config
from segrepro.workflow.new_study.write import write_study
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.own_calls import call_own_code
from segrepro.workflow.plan.plan import Plan
from tests.workflow.new_study.test_write import anisotropic

CODE = """
from torch import nn
import plan_parts
class Net(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, 1, stride=stride)
    def forward(self, images):
        return self.layer(images)
def loss(logits, target, power=1):
    return (logits - target).abs().pow(power).mean()
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    (tmp_path / "plan_code.py").write_text(CODE)
    (tmp_path / "plan_parts.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield tmp_path
    for name in ("plan_code", "plan_parts"):
        sys.modules.pop(name, None)


def planned(**experiments) -> Plan:
    overrides = {"xnet": {"experiments": experiments}}
    return make_plan(load_config({"studies": "xnet", "experiments": list(experiments), "overrides": overrides}))


NET = {"network": {"call": "plan_code:Net", "in_channels": "$in", "out_channels": "$out"}}


def test_sound_code_is_called_and_has_nothing_to_say():
    call_own_code(planned(mine=NET | {"loss": {"call": "plan_code:loss", "power": 2}}))


def test_every_fault_comes_at_once_each_at_its_key():
    wrong = {"network": {"call": "plan_code:Net", "stride": 2}, "loss": {"call": "plan_code:loss", "pover": 2}}
    with pytest.raises(ConfigError) as error:
        call_own_code(planned(mine=wrong, other=NET | {"network": {"call": "plan_code:Net", "strid": 2}}))
    lines = str(error.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "experiments.mine.network",
        "experiments.mine.loss",
        "experiments.other.network",
    ]


@pytest.mark.parametrize(
    ("network", "found"),
    [
        ({"call": "no_such_package:Net"}, "no module to import"),
        ({"call": "plan_code:Nett"}, "no Nett there; .* Did you mean Net"),
        ({"stride": 2}, "experiments.mine.network without call"),
        ({"call": 3}, "call 3"),
        ({"call": "plan_code.Net"}, "'plan_code.Net'; .* Write plan_code:Net"),
        ("monai.networks.nets.SegResNet", "Write monai.networks.nets:SegResNet"),
    ],
)
def test_a_wrong_call_is_refused_with_the_study(network, found):
    with pytest.raises(ConfigError, match=found):
        planned(mine={"network": network})


def test_channels_that_only_the_folder_tells_are_counted_before_the_first_job(here):
    """Two modalities of an nnU-Net folder, slices with a neighbour on each side: 6 channels."""
    folder = anisotropic(here / "set")
    write_study("lesions", folder, fingerprint_folder(folder))
    mine = {"network": {"call": "plan_code:Net", "in_channels": 2, "out_channels": "$out"}, "neighbours": 1}
    overrides = {"lesions": {"experiments": {"mine": mine}}}
    plan = make_plan(load_config({"studies": "lesions", "experiments": "mine", "overrides": overrides}))
    with pytest.raises(ConfigError, match=r"to have 2 channels, but got 6 channels"):
        call_own_code(plan)


def test_a_run_is_another_when_its_code_or_what_that_imports_changes_and_only_it(here):
    def hashes() -> dict[str, str]:
        return {run.experiment: run.hash for run in planned(mine=NET, xnet={}).all_runs.values()}

    before = hashes()
    (here / "unrelated.py").write_text("")
    assert hashes() == before
    (here / "plan_parts.py").write_text("a = 1\n")
    after = hashes()
    assert after["mine"] != before["mine"]
    assert after["xnet"] == before["xnet"]


def test_the_loss_is_part_of_it_too(here):
    mine = {"loss": "plan_code:loss"}
    (before,) = (run.hash for run in planned(xnet=mine).all_runs.values())
    (here / "plan_code.py").write_text(CODE + "\n")
    (after,) = (run.hash for run in planned(xnet=mine).all_runs.values())
    assert after != before


def masks_of(here, **more):
    (here / "masks").mkdir(exist_ok=True)
    (here / "masks/a.nii.gz").touch()
    return {"predictions": "masks", "label": "Theirs"} | more


def test_finished_masks_are_a_run_of_their_own_that_changes_with_them(here):
    def run():
        (found,) = planned(theirs=masks_of(here, without_mask="empty")).all_runs.values()
        return found

    first = run()
    assert first.training["options"] == {"folder": "masks", "without_mask": "empty"}
    (here / "masks/b.nii.gz").write_bytes(b"x")
    assert run().hash != first.hash


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"network": "unet"}, "predictions and network"),
        ({"without_mask": "zero"}, "without_mask: found 'zero'"),
        ({"predictions": "nowhere"}, "nowhere: found no such folder"),
        ({"predictions": 3}, "found 3"),
    ],
)
def test_what_are_no_finished_masks_is_one_line_before_the_first_job(here, more, found):
    with pytest.raises(SegreproError, match=found) as error:
        planned(theirs=masks_of(here, **more))
    assert "\n" not in str(error.value)
