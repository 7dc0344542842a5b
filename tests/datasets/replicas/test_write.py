import pytest

from segrepro.datasets.replicas import replica_names, write_replica
from segrepro.utils.errors import ConfigError, DataError


def test_every_release_of_the_studies_has_one():
    assert replica_names() == (
        *("atlas", "atlas_r1_2", "atlas_r2", "chaos", "isic2017", "isles2018", "isles2018_first", "isles2022"),
        *("isles2024", "msd_spleen", "vgg16", "wmh2017", "wmh2017_zips"),
    )


def test_what_cannot_be_written_is_told_in_one_line(tmp_path):
    with pytest.raises(ConfigError) as caught:
        write_replica("isles18", tmp_path / "a")
    assert caught.value.remedy == "Did you mean isles2018?"
    with pytest.raises(ConfigError) as caught:
        write_replica("atlas", tmp_path / "a", shrink=0)
    assert caught.value.where.endswith("shrink")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "scan").touch()
    with pytest.raises(DataError) as caught:
        write_replica("atlas", tmp_path / "full")
    assert caught.value.found == "a folder in use"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full"]


def test_a_seed_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_replica("wmh2017_zips", tmp_path / name, shrink=32, cases=1)
    one, other = (sorted(path for path in (tmp_path / name).rglob("*.nii.gz")) for name in ("a", "b"))
    assert len(one) == 8
    assert [path.read_bytes()[10:] for path in one] == [path.read_bytes()[10:] for path in other]  # behind gzip's time
