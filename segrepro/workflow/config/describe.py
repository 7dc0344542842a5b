"""The studies as text: what there is, and what one holds."""

from collections.abc import Iterator

from segrepro.report.tables.published import published_numbers
from segrepro.utils.errors import ConfigError, nearest
from segrepro.workflow.config.load import load_study, study_names
from segrepro.workflow.config.study import Study


def study_list() -> list[str]:
    """A line for each study: its name and title."""
    names = study_names()
    width = max(map(len, names))
    return [f"{name:<{width}}  {load_study(name, 'paper').title}" for name in names]


def study_lines(name: str) -> Iterator[str]:
    """A study as its paper has it: citation, data, experiments, claims, departures, tables with published numbers.

    Raises ConfigError for a name that is none.
    """
    if name not in study_names():
        raise ConfigError("segrepro studies", repr(name), "a study", nearest(name, study_names()))
    study = load_study(name, "paper")
    yield study.title
    yield study.citation
    yield "\nData sets"
    yield from (f"  {key}: {spec.title}" for key, spec in study.datasets.items())
    yield "\nExperiments (* in the main rows)"
    width = max(map(len, study.experiments))
    for key, spec in study.experiments.items():
        yield f"  {'*' if spec.main else ' '} {key:<{width}}  {spec.label if spec.label != key else ''}".rstrip()
    stated = {"Claims": study.claims, "What differs from the paper": study.differences, "Choices": _choices(study)}
    for heading, lines in stated.items():
        yield f"\n{heading}" if lines else ""
        yield from (f"  - {line}" for line in lines)
    yield from _tables(study)


def differences_page() -> str:
    """Where the studies depart from their papers, as the page docs/differences.md."""
    lines = ["# What differs from the papers", ""]
    lines += ["Where a study departs from its paper's text, or the paper from itself; as its file in `studies/` says."]
    for name in study_names():
        study = load_study(name, "paper")
        lines += ["", f"## {study.title}", "", f"{study.citation}. Study `{name}`.", ""]
        lines += [f"- {line}" for line in study.differences] or ["- Nothing is known to differ."]
        if study.choices:
            lines += ["", "Choices that it leaves open:", "", *(f"- {line}" for line in _choices(study))]
    return "\n".join(lines) + "\n"


def _choices(study: Study) -> list[str]:
    """What a study's paper leaves open: what it says, what is done, and what may be done instead."""
    return [
        f"`{name}`: {choice.text} Default `{choice.default}`: {choice.reason} Instead: "
        + ", ".join(f"`{option}`" for option in choice.options)
        for name, choice in study.choices.items()
    ]


def _tables(study: Study) -> Iterator[str]:
    for key, table in study.tables.items():
        yield f"\nTable {key}: {table.title}"
        numbers = published_numbers(table.published, table.dataset)
        if numbers.empty:
            yield "  no published numbers"
        for (method, dataset), rows in numbers.groupby(["method", "dataset"], sort=False):
            cells = (f"{row.metric} {row.mean}" for row in rows.itertuples() if isinstance(row.mean, str))
            yield f"  {method} ({dataset}): {', '.join(cells) or 'none'}"
