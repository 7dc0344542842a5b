"""What a check found in a data set, in a form that the report and a user read."""

from pathlib import Path

from segrepro.datasets.integrity.check import Findings
from segrepro.datasets.integrity.fault import Fault
from segrepro.datasets.releases.recognise import FoundSet
from segrepro.datasets.releases.release import Facts
from segrepro.utils.validation import Strict


class SetFound(Strict):
    """`found.json`.

    told: what lies in the folder, in words; whole: whether that is all of a release; own: whether it is a set of one's
    own; notes: on what does no harm.
    """

    told: str
    whole: bool
    own: bool
    facts: Facts
    notes: list[str]


def set_found(findings: Findings, layout: str, replica: bool = False) -> SetFound:
    """What was found, for `found.json`. replica: whether nothing in it is real."""
    release = findings.release
    return SetFound(
        told=f"{'a replica of ' if replica else ''}{told(findings, layout)}",
        whole=bool(release and release.complete),
        own=release is None or release.own,
        facts=findings.facts,
        notes=note_lines(findings),
    )


def told(findings: Findings, layout: str) -> str:
    """The release and what of it is there, or that it is a set of one's own."""
    release, facts = findings.release, findings.facts
    if release is None:
        return f"a set of one's own in the layout {layout}: {facts.cases} cases"
    published = sum(count for part in release.parts.values() for count in part.part.slices_by_id.values())
    slices = f", {facts.slices} slices as published" if published and facts.slices == published else ""
    left_out = _left_out(release, facts.cases)
    above = f"; this folder lies within it: point to {release.root}" if release.inside and not release.complete else ""
    return f"{release}{slices}{left_out}{above}"


def _left_out(release: FoundSet, cases: int) -> str:
    """How many of the cases with masks the layout leaves out, since they lack what it reads."""
    found = sum(len(part.files) for part in release.parts.values() if part.part.masks)
    return f", {found - cases} of them without all that is read, which are left out" if found > cases else ""


def phantom_found(facts: Facts) -> SetFound:
    """What there is to say of synthetic scans."""
    return SetFound(told="synthetic scans", whole=True, own=False, facts=facts, notes=[])


def note_lines(findings: Findings) -> list[str]:
    """The notes, those of one kind in a line with the names of their cases."""
    lines: dict[tuple, list[Fault]] = {}
    for note in findings.notes:
        lines.setdefault((note.kind, note.remedy), []).append(note)
    return [_note_line(notes) for notes in lines.values()]


def _note_line(notes: list[Fault]) -> str:
    first, cases = notes[0], list(dict.fromkeys(note.case for note in notes))
    if len(cases) == 1:
        return f"{Path(first.file).name}: {first.found}. {first.remedy}"
    return f"{first.kind} in {len(cases)} cases ({', '.join(cases)}), such as {first.found}. {first.remedy}"
