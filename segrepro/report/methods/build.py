"""The methods text of a study and its checklists, made from its results."""

from collections.abc import Callable

from segrepro.report.methods.checklists import checklist_specs, fill_in
from segrepro.report.methods.data_part import data, inputs, partitions, preparation, standing
from segrepro.report.methods.evaluation_part import (
    code,
    cost,
    failures,
    machine,
    measures,
    missing,
    results,
    robustness,
    software,
    statistics,
    terms,
)
from segrepro.report.methods.sources import Sources
from segrepro.report.methods.text import Methods, Paragraph
from segrepro.report.methods.training_part import ensembling, initialisation, network, selection, training

# What the text says under which title; the checklists name these functions.
PARAGRAPHS: dict[str, list[Callable[[Sources], str]]] = {
    "Data": [data, partitions],
    "Preparation": [preparation, inputs],
    "Networks": [network, initialisation],
    "Training": [training, selection, ensembling],
    "Evaluation": [measures, missing],
    "Statistics": [statistics, robustness],
    "Software and machine": [software, machine, cost],
    "Availability": [code, terms],
}
ONLY_ASKED: list[Callable[[Sources], str]] = [standing, results, failures]  # by checklists


def build_methods(sources: Sources) -> Methods:
    """The methods text and the checklists of a study."""
    made_by = [*ONLY_ASKED, *(part for parts in PARAGRAPHS.values() for part in parts)]
    said = {part.__name__: part(sources) for part in made_by}
    paragraphs = [
        Paragraph(title=title, text=" ".join(filter(None, (said[part.__name__] for part in parts))))
        for title, parts in PARAGRAPHS.items()
    ]
    return Methods(
        study=sources.evidence.study,
        title=sources.evidence.facts.title,
        standing=said["standing"],
        paragraphs=[one for one in paragraphs if one.text],
        checklists=[fill_in(spec, said) for spec in checklist_specs()],
    )
