"""Checklists of journals and conferences: a YAML file a checklist, whose items the parts of the methods text answer."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import Field

from segrepro.utils.key_locations import KeyLocations, Layer
from segrepro.utils.validation import Strict, checked
from segrepro.utils.yaml_files import read_yaml

LEFT = "left to the author"


class Item(Strict):
    """An item: its official number where the list has numbers, and in short words what it asks for.

    answers: the parts of the methods text that answer it, none where a run cannot know.
    """

    number: int | None = None
    asks: str
    answers: list[str] = []


class Section(Strict):
    """Items under one heading."""

    title: str
    items: list[Item] = Field(min_length=1)


class ChecklistSpec(Strict):
    """A checklist as its file has it. source: where it was published."""

    title: str
    source: str
    sections: list[Section] = Field(min_length=1)


class Answer(Strict):
    """An item with what the run answers, or that it is left to the author."""

    section: str
    number: int | None
    asks: str
    answer: str

    @property
    def left(self) -> bool:
        """Whether the author has to answer it."""
        return self.answer == LEFT


class Checklist(Strict):
    """A checklist, filled in as far as the run knows."""

    title: str
    source: str
    answers: list[Answer]

    @property
    def file(self) -> str:
        """Name of its files, without ending."""
        return self.title.lower().replace(" ", "_")

    @property
    def answered(self) -> int:
        """How many items the run answers."""
        return sum(not one.left for one in self.answers)


@cache
def checklist_specs() -> list[ChecklistSpec]:
    """Every checklist, in the order of the files' names."""
    return [_read(path) for path in sorted(Path(__file__).parent.glob("*.yaml"))]


def _read(path: Path) -> ChecklistSpec:
    content = read_yaml(path)
    return checked(ChecklistSpec, content, KeyLocations(Layer(path.name, content)))


def fill_in(spec: ChecklistSpec, parts: Mapping[str, str]) -> Checklist:
    """A checklist with its answers. parts: texts by name; an empty one answers nothing.

    >>> items = [{"asks": "Preprocessing", "answers": ["preparation"]}, {"asks": "Funding"}]
    >>> spec = ChecklistSpec(title="", source="", sections=[{"title": "Methods", "items": items}])
    >>> [one.answer for one in fill_in(spec, {"preparation": "Scaled to 0 to 1."}).answers]
    ['Scaled to 0 to 1.', 'left to the author']
    """
    answers = [
        Answer(
            section=section.title,
            number=item.number,
            asks=item.asks,
            answer=" ".join(filter(None, (parts[name] for name in item.answers))) or LEFT,
        )
        for section in spec.sections
        for item in section.items
    ]
    return Checklist(title=spec.title, source=spec.source, answers=answers)
