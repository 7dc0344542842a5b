"""The registry of published data sets and its lock file."""

import subprocess
import sys

import pytest

from segrepro.datasets.download.registry import find_entry, load_registry, pinned, registry
from segrepro.utils.errors import ConfigError
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.datasets.download.sources import FACTS


def test_every_entry_says_what_the_task_needs():
    assert {"atlas", "atlas_r2", "isles2018", "wmh2017", "chaos", "isic2017", "msd_spleen", "vgg16"} == set(registry())
    for name, found in registry().items():
        assert found.licence, name
        assert found.terms, name
        assert all(file.url.startswith("https://") for file in found.files)
        assert all(file.checksum for file in found.files), name


def test_the_weights_are_those_that_torchvision_names():
    (file,) = registry()["vgg16"].files
    # torchvision puts the first eight digits of the sha256 into the name.
    assert file.checksum.startswith("sha256:397923af")
    assert file.name == "vgg16-397923af.pth"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"files": []}, "one of request, files and dataverse"),
        ({"request": "Ask."}, "one of request, files and dataverse"),
        ({"files": [{"url": "ftp://a.org/x"}]}, "files.0.url"),
        ({"files": [{"url": "file:///etc/passwd"}]}, "files.0.url"),
        ({"files": [{"url": "https://a.org/x", "checksum": "md5:12"}]}, "files.0.checksum"),
        ({"files": [{"url": "https://a.org/x", "checksum": "crc:12345678"}]}, "files.0.checksum"),
        ({"version": "../1"}, "version"),
        ({"licence": None}, "licence"),
        ({"sha256": "x"}, "the unknown key 'sha256'"),
    ],
)
def test_a_faulty_registry_names_file_and_key(tmp_path, change, words):
    import yaml

    facts = FACTS | {"files": [{"url": "https://a.org/x.zip"}]} | change
    (tmp_path / "registry.yaml").write_text(yaml.safe_dump({"set": facts}))
    with pytest.raises(ConfigError) as caught:
        load_registry(tmp_path / "registry.yaml")
    assert words in str(caught.value), caught.value
    assert "registry.yaml" in str(caught.value)


def test_an_unknown_set_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean chaos"):
        find_entry("chaso", "no layout")


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
    with pytest.raises(ConfigError, match="lock.yaml"):
        pinned("set", tmp_path / "lock.yaml")


def test_the_plan_stops_for_a_gated_set_before_the_first_job(tmp_path):
    values = {"data": {"atlas": "download"}, "work": str(tmp_path / "work")}
    with pytest.raises(ConfigError, match="fill in its form") as caught:
        make_plan(load_config(values | {"studies": "xnet"}))
    folder = tmp_path / "work" / "downloads" / "atlas-R1.1"
    assert str(folder) in str(caught.value)
    folder.mkdir(parents=True)
    plan = make_plan(load_config(values | {"studies": "xnet"}))
    (dataset,) = plan.datasets.values()
    assert (dataset.path, dataset.source, dataset.case_count) == (str(folder), "download", 229)


def test_every_layout_of_a_published_set_has_a_source():
    from segrepro.datasets import layout_names

    for layout in set(layout_names()) - {"slices", "nnunet"}:
        assert find_entry("any name", layout)


def test_the_repository_has_a_sound_lock_file_or_none():
    for name in registry():
        assert isinstance(pinned(name), dict)
