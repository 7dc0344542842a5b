"""The releases and what their files must say."""

import re

import pytest
import yaml

from segrepro.datasets import layout_names
from segrepro.datasets.layouts import modalities_of
from segrepro.datasets.releases import read_release, releases, weights_names
from segrepro.utils.errors import ConfigError
from tests.datasets.download.sources import FACTS

SETS = [(name, one) for name, release in releases().items() for one in release.sets]


def test_every_release_says_who_gives_it_out_and_on_what_terms():
    assert set(releases()) - set(weights_names()) == {
        *("atlas", "atlas_r1_2", "atlas_r2", "isles2018", "isles2018_first", "isles2022", "isles2024"),
        *("wmh2017", "wmh2017_zips", "chaos", "isic2017", "msd_spleen"),
    }
    for name, release in releases().items():
        assert release.licence, name
        assert release.terms, name
        assert all(file.url.startswith("https://") for file in release.files)
        assert all(file.checksum for file in release.files), name
        assert release.edition_of is None or release.edition_of in releases()


def test_the_weights_are_those_that_torchvision_names():
    (file,) = releases()["vgg16"].files
    # torchvision puts the first eight digits of the sha256 into the name.
    assert file.checksum.startswith("sha256:397923af")
    assert file.name == "vgg16-397923af.pth"


def test_the_slices_of_the_cases_add_up_to_what_the_papers_and_audits_count():
    def slices(name, number=0):
        return sum(releases()[name].sets[number].parts["train"].slices_by_id.values())

    assert slices("isles2018") == slices("isles2018_first") == 502  # 94 x 5.34, as the paper's mean
    assert slices("chaos") == 2874
    assert releases()["isles2018"].sets[0].parts["train"].slices_by_id["80"] == 22
    assert releases()["chaos"].sets[0].parts["train"].slices_by_id["30"] == 266


@pytest.mark.parametrize(("name", "one"), SETS, ids=[one.title for _, one in SETS])
def test_a_set_is_read_by_its_layout_and_found_by_one_of_its_paths(name, one):
    assert one.layout is None or one.layout in layout_names()
    if one.layout:
        assert set(one.modalities) | set(one.lacks) <= set(modalities_of(one.layout))
    patterns = [re.compile(f"(?:.*/)?(?:{part.files})") for part in one.parts.values()]
    assert any(pattern.fullmatch(path) for pattern in patterns for path in releases()[name].tree), one.title


def test_layouts_of_published_sets_have_their_labelled_cases_counted():
    assert releases()["isles2018"].set_of("isles2018").labelled_cases == 94
    assert releases()["wmh2017"].set_of("wmh2017").labelled_cases == 170
    assert releases()["chaos"].set_of("slices") is None


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
        ({"sets": [{"title": "t", "parts": {"train": {"files": "x", "cases": 1}}}]}, "the group id"),
        ({"sets": [{"title": "t", "parts": {"train": {"files": "(?P<id>x)", "cases": 2, "ids": [1]}}}]}, "ids of 1"),
    ],
)
def test_a_faulty_file_is_named_with_its_key(tmp_path, change, words):
    facts = FACTS | {"files": [{"url": "https://a.org/x.zip"}]} | change
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(facts))
    with pytest.raises(ConfigError) as caught:
        read_release(tmp_path / "mine.yaml")
    assert words in str(caught.value), caught.value
    assert "mine.yaml" in str(caught.value)
