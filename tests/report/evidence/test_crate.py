"""A study's results as an RO-Crate."""

import json
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from segrepro.report.evidence.crate import METADATA, write_crate
from segrepro.utils.errors import DataError
from segrepro.utils.files import file_sha256


def references(value: object) -> Iterator[str]:
    """The entities that a value names."""
    if isinstance(value, dict) and set(value) == {"@id"}:
        yield value["@id"]
    elif isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        yield from (one for part in parts for one in references(part))


@pytest.fixture
def graph(copied) -> dict[str, dict]:
    content = json.loads(write_crate(copied).read_text())
    found = {entity["@id"]: entity for entity in content["@graph"]}
    assert len(found) == len(content["@graph"])
    return found


def test_every_file_is_named_with_its_digest_and_nothing_that_is_not_there(graph, copied):
    named = {unquote(name): entity for name, entity in graph.items() if "File" in entity["@type"]}
    there = {path.relative_to(copied).as_posix() for path in copied.rglob("*") if path.is_file()}
    assert {*named} == there - {METADATA}
    assert {unquote(one["@id"]) for one in graph["./"]["hasPart"]} == {*named}
    assert named["tables/scores.csv"]["sha256"] == file_sha256(copied / "tables/scores.csv")
    assert named["tables/scores.csv"]["encodingFormat"] == "text/csv"


def test_the_run_leads_from_workflow_settings_and_scans_to_results(graph, copied):
    run = graph["#run"]
    assert graph["./"]["mainEntity"] == run["instrument"] == {"@id": "workflow/Snakefile"}
    evidence = json.loads((copied / "evidence.json").read_text())
    (dataset,) = evidence["datasets"]
    assert run["object"] == [{"@id": evidence["settings"]}, {"@id": f"#{dataset}"}]
    assert graph[f"#{dataset}"]["sha256"] == evidence["contents"][dataset]
    assert {"@id": "tables/tables.json"} in run["result"]
    assert graph["workflow/Snakefile"]["version"] == evidence["provenance"]["commit"]


def test_whatever_is_named_is_described(graph):
    named = {name for entity in graph.values() for name in references({k: v for k, v in entity.items() if k != "@id"})}
    assert {name.split("/")[2] for name in named - {*graph}} == {"w3id.org", "bioschemas.org", "snakemake.github.io"}


@pytest.mark.parametrize(("change", "where"), [("commit", "evidence.json"), ("file", "tables/table2.md")])
def test_results_of_other_code_or_not_whole_are_one_error(copied, change, where):
    if change == "file":
        (copied / where).unlink()
    else:
        text = (copied / where).read_text()
        commit = json.loads(text)["provenance"]["commit"]
        (copied / where).write_text(text.replace(commit, "0123456789ab"))
    with pytest.raises(DataError) as caught:
        write_crate(copied)
    assert caught.value.where == str(copied / where)
    assert not (copied / METADATA).exists()
    assert not (copied / "workflow").exists()
