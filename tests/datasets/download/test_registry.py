"""Where data sets come from, and the lock file."""

import subprocess
import sys

import pytest

from segrepro.datasets.download.registry import find_release, how_to_get, pinned
from segrepro.datasets.releases import releases
from segrepro.utils.errors import ConfigError
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.datasets.releases.trees import write_tree
from tests.raised import raised


def test_an_unknown_set_names_the_nearest():
    with raised(ConfigError, remedy="Did you mean chaos"):
        find_release("chaso", "no layout")


def test_another_edition_is_not_the_usual_source_of_its_layout():
    assert [find_release("mine", layout)[0] for layout in ("atlas", "isles2018", "wmh2017")] == [
        "atlas",
        "isles2018",
        "wmh2017",
    ]


@pytest.mark.parametrize(("name", "digest"), [("atlas", "-md sha256 -d -a"), ("atlas_r2", "-md md5 -d")])
def test_a_gated_set_says_how_it_is_decrypted_and_what_a_bad_decrypt_means(name, digest, tmp_path):
    lines = how_to_get(releases()[name], tmp_path)
    assert any(f"openssl aes-256-cbc {digest} -in" in line for line in lines)
    assert any(line.startswith('"bad decrypt" means') for line in lines)
    assert f"Put it into {tmp_path}." in lines


def test_both_licences_are_told_where_two_are_stated(tmp_path):
    licence = next(line for line in how_to_get(releases()["isles2018"], tmp_path) if line.startswith("Licence"))
    assert "ODC ODbL" in licence
    assert "CC BY 4.0" in licence


def test_the_lock_keeps_what_other_sets_and_jobs_wrote(tmp_path):
    code = "import sys; from pathlib import Path; from segrepro.datasets.download.registry import pin;"
    code += " [pin(f's{i}', {sys.argv[2]: 'a' * 64}, Path(sys.argv[1])) for i in range(5)]"
    jobs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "lock.yaml"), name], cwd=REPOSITORY)
        for name in ("one", "two", "three")
    ]
    assert [job.wait() for job in jobs] == [0, 0, 0]
    for i in range(5):
        assert set(pinned(f"s{i}", tmp_path / "lock.yaml")) == {"one", "two", "three"}


@pytest.mark.parametrize("content", ["set: [1]", "set: {a.zip: abc}", "- a", "set: {a.zip: !!python/object:os.x {}}"])
def test_a_damaged_lock_file_is_named(tmp_path, content):
    (tmp_path / "lock.yaml").write_text(content)
    with raised(ConfigError, where="lock.yaml"):
        pinned("set", tmp_path / "lock.yaml")


def test_the_plan_stops_for_a_gated_set_before_the_first_job(tmp_path):
    values = {"data": {"atlas": "download"}, "work": str(tmp_path / "work")}
    with raised(ConfigError, remedy="fill in its form") as caught:
        make_plan(load_config(values | {"studies": "xnet"}))
    folder = tmp_path / "work" / "downloads" / "atlas-R1.1"
    assert str(folder) in str(caught.value)
    write_tree(folder, ["Site1/031768/t01/031768_t1w_deface_stx.nii.gz"])
    plan = make_plan(load_config(values | {"studies": "xnet"}))
    (dataset,) = plan.datasets.values()
    assert (dataset.path, dataset.source, dataset.case_count) == (str(folder), "download", 229)


def test_every_layout_of_a_published_set_has_a_source():
    from segrepro.datasets import layout_names

    for layout in set(layout_names()) - {"slices", "nnunet", "bids", "csv", "dicom"}:
        assert find_release("any name", layout)


def test_the_repository_has_a_sound_lock_file_or_none():
    for name in releases():
        assert isinstance(pinned(name), dict)
