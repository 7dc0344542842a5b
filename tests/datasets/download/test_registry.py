"""The registry, its lock file, and fetching an entry from end to end."""

import hashlib
import json
import shutil
import subprocess
import sys

import pytest

from segrepro.datasets.download import registry as module
from segrepro.datasets.download.disk import SPARE_BYTES
from segrepro.datasets.download.fetch import LISTING, Settings, fetch_entry
from segrepro.datasets.download.http import Patience
from segrepro.datasets.download.registry import Entry, find_entry, load_registry, pinned, registry
from segrepro.utils.errors import ConfigError, DataError
from segrepro.utils.repository import REPOSITORY
from segrepro.workflow.config.config import load_config
from segrepro.workflow.plan.make_plan import make_plan
from tests.datasets.download.test_archives import zipped
from tests.datasets.server import Site, serving
from workflow_scripts import fetch_dataset

QUICK = Patience(tries=2, pause_s=0.01, timeout_s=2)
FACTS = {"title": "A set", "version": "1.0", "page": "https://a.org", "licence": "CC0", "terms": "Cite it."}
SHOWN = ("A set", "from https://a.org", "licence: CC0", "terms: Cite it.")


def digest(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def site(tmp_path):
    """A server with an archive of two odd names and a plain file."""
    members = [("images/a b; $c 'é'.png", b"scan", 0), ("masks/ü.png", b"mask", 0)]
    archive = zipped(tmp_path / "source.zip", *members).read_bytes()
    with serving(Site({"/set.zip": archive, "/weights.pth": b"weights"})) as site:
        yield site


def entry(site, *names, **facts):
    return Entry.model_validate(FACTS | {"files": [{"url": f"{site.url}/{name}"} for name in names]} | facts)


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


def test_an_entry_is_fetched_unpacked_pinned_and_not_fetched_again(site, tmp_path):
    lock, folder = tmp_path / "data.lock.yaml", tmp_path / "down loads" / "set-1.0"
    for _ in range(2):
        fetch_entry("set", entry(site, "set.zip", "weights.pth"), folder, lock, QUICK)
    assert (folder / "images" / "a b; $c 'é'.png").read_bytes() == b"scan"
    assert (folder / "weights.pth").read_bytes() == b"weights"
    assert sorted(path.name for path in folder.parent.iterdir()) == [".set-1.0.lock", "set-1.0"]
    assert len(site.seen) == 2
    assert pinned("set", lock) == {"set.zip": digest(site.files["/set.zip"]), "weights.pth": digest(b"weights")}


def full_disk(monkeypatch):
    """A disk with room for the spare bytes and 1 kB."""
    free = SPARE_BYTES + 1000
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(free, 0, free))


def test_there_must_be_room_for_all_listed_files_before_the_first_byte(site, tmp_path, monkeypatch):
    full_disk(monkeypatch)
    listed = dataverse(site, *((None, f"{number}.nii", bytes(200)) for number in range(3)))
    with pytest.raises(DataError, match=r"expected 0.05 GB. Make room"):
        fetch_entry("set", listed, tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert len(site.seen) == 1  # the list
    fetch_entry("set", dataverse(site, (None, "0.nii", bytes(200))), tmp_path / "set", tmp_path / "lock.yaml", QUICK)


@pytest.mark.parametrize(("facts", "said"), [({}, True), ({"size_gb": 1e-6}, False)])
def test_a_size_that_nobody_knows_is_said(site, tmp_path, capsys, facts, said):
    fetch_entry("set", entry(site, "set.zip", **facts), tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert ("size unknown" in capsys.readouterr().err) == said


def test_licence_and_terms_are_shown_before_the_first_byte(site, tmp_path, capsys):
    with pytest.raises(DataError):
        fetch_entry("set", entry(site, "gone.zip"), tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert tuple(capsys.readouterr().err.splitlines()[:4]) == SHOWN


def test_another_file_than_the_pinned_one_is_refused(site, tmp_path):
    lock = tmp_path / "data.lock.yaml"
    fetch_entry("set", entry(site, "weights.pth"), tmp_path / "first", lock, QUICK)
    site.files["/weights.pth"] = b"wEights"
    before = lock.read_text()
    with pytest.raises(DataError, match=digest(b"weights")):
        fetch_entry("set", entry(site, "weights.pth"), tmp_path / "second", lock, QUICK)
    assert not (tmp_path / "second").exists()
    assert lock.read_text() == before


def test_a_hostile_archive_leaves_no_data_set_and_no_pin(site, tmp_path):
    site.files["/set.zip"] = zipped(tmp_path / "bad.zip", ("good", b"x", 0), ("../out", b"x", 0)).read_bytes()
    with pytest.raises(DataError, match="a name inside the folder"):
        fetch_entry("set", entry(site, "set.zip"), tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".set.lock", "bad.zip", "set.parts", "source.zip"]


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


def test_a_gated_set_says_what_to_ask_for_and_where_to_put_it(tmp_path):
    gated = Entry.model_validate(FACTS | {"request": "Ask them."})
    with pytest.raises(DataError, match="Ask them. The page: https://a.org. Put it into .*set-1.0") as caught:
        fetch_entry("set", gated, tmp_path / "set-1.0", tmp_path / "lock.yaml")
    assert "\n" not in str(caught.value)
    (tmp_path / "set-1.0").mkdir()
    fetch_entry("set", gated, tmp_path / "set-1.0", tmp_path / "lock.yaml")


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


def test_jobs_that_want_the_same_set_take_turns(site, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    wanted = entry(site, "set.zip")
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(fetch_entry, "set", wanted, tmp_path / "s", tmp_path / "l.yaml", QUICK) for _ in range(4)]
        assert [job.result() for job in jobs] == [None] * 4
    assert len(site.seen) == 1


def test_the_stage_downloads_by_name_and_layout(site, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "registry", lambda: {"set": entry(site, "set.zip", layouts=["slices"])})
    monkeypatch.setattr(fetch_entry, "__defaults__", (tmp_path / "lock.yaml", QUICK))
    settings = {"source": "download", "name": "mine", "layout": "slices", "folder": str(tmp_path / "set-1.0")}
    fetch_dataset.main(Settings(**settings, title="t", access="a"), 1, tmp_path / "source.json")
    assert json.loads((tmp_path / "source.json").read_text())["source"] == "download"
    assert (tmp_path / "set-1.0" / "masks" / "ü.png").exists()


def dataverse(site, *files, doi="10.1/x"):
    listed = [
        {"directoryLabel": folder, "dataFile": {"id": number, "filename": name, "filesize": len(content)}}
        for number, (folder, name, content) in enumerate(files)
    ]
    for item, (_, _, content) in zip(listed, files):
        item["dataFile"]["checksum"] = {"type": "SHA-1", "value": hashlib.sha1(content).hexdigest()}
        site.files[f"/api/access/datafile/{item['dataFile']['id']}"] = content
    answer = json.dumps({"status": "OK", "data": listed}).encode()
    site.files["/api/datasets/:persistentId/versions/:latest-published/files"] = answer
    return Entry.model_validate(FACTS | {"dataverse": {"server": site.url, "doi": doi}})


def test_a_dataverse_is_fetched_file_by_file(site, tmp_path):
    found = dataverse(site, ("training/Utrecht/0", "wmh.nii.gz", b"mask"), (None, "read me; $x.txt", b"text"))
    fetch_entry("set", found, tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert (tmp_path / "set/training/Utrecht/0/wmh.nii.gz").read_bytes() == b"mask"
    assert (tmp_path / "set/read me; $x.txt").read_bytes() == b"text"
    assert list(pinned("set", tmp_path / "lock.yaml")) == [LISTING]
    other = dataverse(site, ("training/Utrecht/0", "wmh.nii.gz", b"mAsk"))
    with pytest.raises(DataError, match="another list of files than before"):
        fetch_entry("set", other, tmp_path / "again", tmp_path / "lock.yaml", QUICK)


@pytest.mark.parametrize("name", ["../../out", "..\\out", "a\nb"])
def test_a_dataverse_with_hostile_names(site, tmp_path, name):
    with pytest.raises(DataError, match="a name inside the folder"):
        fetch_entry("set", dataverse(site, ("a", name, b"x")), tmp_path / "set", tmp_path / "lock.yaml", QUICK)
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("answer", [b"no json", b"[]", b'{"data": [{}]}', b'{"data": [7]}'])
def test_a_dataverse_with_an_unknown_answer(site, tmp_path, answer):
    found = dataverse(site)
    site.files["/api/datasets/:persistentId/versions/:latest-published/files"] = answer
    with pytest.raises(DataError, match="an unknown answer"):
        fetch_entry("set", found, tmp_path / "set", tmp_path / "lock.yaml", QUICK)


def test_the_repository_has_a_sound_lock_file_or_none():
    for name in registry():
        assert isinstance(pinned(name), dict)
