"""A study's results as a Workflow Run RO-Crate, which archives such as WorkflowHub and Zenodo read.

The profiles: https://w3id.org/ro/wfrun/workflow/0.5, on https://w3id.org/ro/crate/1.1.
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import quote

from segrepro.report.evidence.record import EVIDENCE, REMEDY, Evidence, read_evidence
from segrepro.utils.errors import DataError, raise_together
from segrepro.utils.files import whole_file, whole_folder
from segrepro.utils.provenance import commit
from segrepro.utils.repository import REPOSITORY

METADATA = "ro-crate-metadata.json"
WORKFLOW, MAIN = ("workflow", "rules"), "workflow/Snakefile"
# RO-Crate has no term of its own for a digest.
CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}]
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    WORKFLOW_CRATE: ("Workflow RO-Crate", "1.0"),
}
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
APACHE = "https://spdx.org/licenses/Apache-2.0"


def write_crate(folder: Path) -> Path:
    """Make a study's folder a crate: the workflow that made the results, and METADATA, which it returns.

    Raises DataError as `read_evidence`, for files that are missing, and when other code made the results.
    """
    evidence = read_evidence(folder)
    missing = [name for name in evidence.files if not (folder / name).is_file()]
    raise_together([DataError(folder / name, "no such file", "a file of the results", REMEDY) for name in missing])
    if commit() != evidence.provenance["commit"] or not (REPOSITORY / "Snakefile").is_file():
        made, remedy = evidence.provenance["commit"], "Check that commit out, and repeat the command there."
        raise DataError(folder / EVIDENCE, f"made at commit {made}", f"this checkout's, {commit()}", remedy)
    for name in WORKFLOW:
        with whole_folder(folder / name) as partial:
            shutil.copytree(REPOSITORY / name, partial, dirs_exist_ok=True)
    rules = sorted(path.relative_to(folder).as_posix() for path in (folder / "rules").rglob("*.*"))
    with whole_file(folder / METADATA) as partial:
        content = {"@context": CONTEXT, "@graph": list(_graph(evidence, rules))}
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return folder / METADATA


def _graph(evidence: Evidence, rules: list[str]) -> Iterator[dict]:
    """The entities of the crate; rules: the files that the Snakefile includes."""
    files = [EVIDENCE, *evidence.files]
    made = [name for name in evidence.files if name != evidence.settings]
    title, inputs = evidence.facts.title, [f"#{name}" for name in evidence.datasets]
    yield _entity(
        METADATA, "CreativeWork", about=_to("./"), conformsTo=_all(["https://w3id.org/ro/crate/1.1", WORKFLOW_CRATE])
    )
    told = f"Tables, figures, verdicts, models and held-out predictions of the study {evidence.study}: {title}"
    root = {"name": title, "description": told, "datePublished": date.today().isoformat(), "license": _to("#license")}
    root |= {"conformsTo": _all(PROFILES), "mainEntity": _to(MAIN), "mentions": _to("#run")}
    yield _entity("./", "Dataset", hasPart=_all([MAIN, *map(quote, rules), *map(quote, files)]), **root)
    unknown = "A run cannot know on which terms its results are given on; those of the scans stand with each data set."
    yield _entity("#license", "CreativeWork", name="Left to the author", description=unknown)
    yield from (_entity(url, "CreativeWork", name=name, version=at) for url, (name, at) in PROFILES.items())
    kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
    code = {"conformsTo": _to(BIOSCHEMAS), "version": evidence.provenance["commit"], "license": _to(APACHE)}
    code |= {"programmingLanguage": _to(SNAKEMAKE)}
    yield _entity(MAIN, kinds, name="segrepro", hasPart=_all(map(quote, rules)), **code)
    yield _entity(APACHE, "CreativeWork", name="Apache License 2.0")
    yield _entity(SNAKEMAKE, "ComputerLanguage", name="Snakemake", url=_to("https://snakemake.github.io"))
    run = {"instrument": _to(MAIN), "object": _all([quote(evidence.settings), *inputs])}
    run |= {"result": _all(map(quote, made)), "actionStatus": "http://schema.org/CompletedActionStatus"}
    told = f"The command, with the configuration that {EVIDENCE} holds."
    yield _entity("#run", "CreateAction", name=f"snakemake {evidence.study}", description=told, **run)
    for name, source in evidence.datasets.items():
        facts = {"name": source.title, "conditionsOfAccess": source.access, "sha256": evidence.contents.get(name, "")}
        synthetic = {"description": "Synthetic scans in its place."} if source.source == "phantom" else {}
        yield _entity(f"#{name}", "CreativeWork", **facts, **synthetic)
    for name in [*rules, *files]:
        known = {"sha256": evidence.files[name]} if name in evidence.files else {}
        kind = guess_type(name)[0] or "application/octet-stream"
        yield _entity(quote(name), "File", name=name, encodingFormat=kind, **known)


def _entity(identifier: str, kind: str | list[str], **facts: object) -> dict:
    return {"@id": identifier, "@type": kind, **facts}


def _to(identifier: str) -> dict:
    return {"@id": identifier}


def _all(identifiers: Iterable[str]) -> list[dict]:
    return [_to(one) for one in identifiers]
