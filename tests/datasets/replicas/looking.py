"""What tests ask of a replica: its files, its release as recognised, what the check finds."""

from segrepro.datasets import open_dataset
from segrepro.datasets.integrity.check import inspect_dataset
from segrepro.datasets.releases.recognise import recognise


def files_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def looked_at(folder, layout):
    """The release by its name and in words, faults and notes."""
    (found,) = recognise(folder, layout)
    findings = inspect_dataset(open_dataset(layout, folder), found)
    return found.name, str(findings.release), findings.faults, findings.notes
