"""The perfusion window of every case: q(t) with its start and end."""

from pathlib import Path

from segrepro.prepared import PreparedCases
from segrepro.report.figures.drawing import Drawing


def draw(drawing: Drawing, spec: dict, runs: list[dict], stem: Path) -> str:
    """One small plot a case of the first run's data. Option `feature`: name of the perfusion feature."""
    from segrepro.report.perfusion import draw_windows

    cases = PreparedCases(list(dict.fromkeys(Path(path).parent for path in runs[0]["prepared"])))
    return draw_windows([record["facts"][spec["options"]["feature"]] for record in cases.records], stem)
