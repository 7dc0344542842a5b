"""A study's tables: printed beside reproduced numbers, with intervals and tests, in four formats."""

import json
from pathlib import Path

import pandas as pd

from segrepro.config import REPOSITORY
from segrepro.files import whole_file
from segrepro.stages import read_csv

NOT_RUN = "not run"


def shown_weights(run: dict) -> str:
    """Which weights a table shows: the printed protocol scores the last epoch's, as the X-Net code does."""
    return "last" if run["protocol"] == "printed" else "best"


def build_tables(settings: dict, scores: list[Path], models: list[Path], output: Path) -> None:
    """Write each table as CSV, Markdown and LaTeX into `output`, tables.json for the report, and all scores.

    settings: what Plan.study_settings gives; scores: one CSV a run, in the order of its runs.
    """
    output.mkdir(parents=True, exist_ok=True)
    frames = {run["name"]: read_csv(path) for run, path in zip(settings["runs"], scores)}
    cards = [json.loads(path.read_text()) for path in models]
    tables = [
        {
            "name": name,
            "title": spec["title"],
            "note": spec["note"],
            "rows": _rows(spec, settings, frames, cards),
        }
        | {"metrics": spec["metrics"]}
        for name, spec in settings["tables"].items()
    ]
    for table in tables:
        _write(table, output)
    with whole_file(output / "scores.csv") as partial:
        pd.concat(frames.values()).to_csv(partial, index=False)
    with whole_file(output / "tables.json") as partial:
        content = {"study": settings["study"], "scale": settings["scale"], "tables": tables}
        partial.write_text(json.dumps(content, indent=1) + "\n")


def _rows(spec: dict, settings: dict, frames: dict, cards: list[dict]) -> list[dict]:
    published = pd.read_csv(REPOSITORY / "published" / spec["published"])
    rows = []
    for protocol in dict.fromkeys(run["protocol"] for run in settings["runs"]):
        runs = {run["experiment"]: run for run in settings["runs"] if run["protocol"] == protocol}
        tests = _tests(spec, runs, frames, settings["seed"])
        for row in spec["rows"]:
            cells = _printed(published, row["printed"], spec["metrics"])
            run = runs.get(row["experiment"])
            base = {
                "label": row["label"],
                "protocol": protocol,
                "experiment": row["experiment"],
                "run": bool(run),
            }
            if run:
                base |= _model_facts([card for card in cards if card["name"] == run["name"]])
                _add_scores(cells, frames[run["name"]], run, tests.get(run["name"], {}), settings["seed"])
            rows.append(base | {"cells": cells})
    return rows


def _printed(published: pd.DataFrame, method: str | None, metrics: dict[str, str]) -> dict[str, dict]:
    """For each measure its printed mean and standard deviation, None where nothing is printed."""
    cells = {}
    for metric, column in metrics.items():
        match = published[(published["method"] == method) & (published["metric"] == column)]
        found = match.iloc[0] if len(match) else {"mean": None, "std": None}
        cells[metric] = {
            f"printed_{key}": None if pd.isna(found[key]) else float(found[key]) for key in ("mean", "std")
        }
    return cells


def _model_facts(cards: list[dict]) -> dict:
    """What the model cards of a run's folds say that a table shows."""
    from segrepro.networks import list_networks, printed_count

    network, first = cards[0]["network"], cards[0]
    info = list_networks().get(network)
    full = printed_count(network, *info.channels) if info else ""
    return {
        "parameters": first["parameters"]["total"],
        "parameters_at_full_width": full,
        "parameters_printed": (info.printed or "") if info else "",
        "parameters_note": info.note if info else "",
        "training_seconds": round(sum(card["training_seconds"] for card in cards), 1),
        "device": first["device"],
        "weights": shown_weights(first),
    }


def _add_scores(cells: dict, frame: pd.DataFrame, run: dict, tests: dict, seed: int) -> None:
    from segrepro.statistics import format_cell, summarise

    rows = frame[frame["weights"] == shown_weights(run)]
    for metric, cell in cells.items():
        summary = summarise(rows[metric].to_numpy(float), rows["patient"].tolist(), seed)
        test = tests.get(metric)
        cell |= {key: _number(getattr(summary, key)) for key in ("mean", "std", "low", "high")}
        cell |= {"n": summary.n, "n_undefined": summary.n_undefined, "note": summary.note}
        cell["text"] = format_cell(summary, bool(test and test.significant))
        if test:
            cell |= {
                "difference_to_reference": _number(test.difference),
                "p_corrected": _number(test.p_corrected),
            }
        if cell["printed_mean"] is not None:
            cell["difference_to_printed"] = _number(summary.mean - cell["printed_mean"])


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _tests(spec: dict, runs: dict[str, dict], frames: dict, seed: int) -> dict[str, dict]:
    """Every run of the table against the reference on the same cases: {run name: {measure: Comparison}}."""
    from segrepro.statistics import compare_methods

    reference = runs.get(spec["reference"])
    named = [runs[row["experiment"]] for row in spec["rows"] if row["experiment"] in runs]
    if reference is None or len(named) < 2:
        return {}
    methods = {run["name"]: frames[run["name"]][frames[run["name"]]["weights"] == shown_weights(run)] for run in named}
    tests: dict[str, dict] = {}
    for test in compare_methods(methods, reference["name"], list(spec["metrics"]), seed):
        tests.setdefault(test.other, {})[test.metric] = test
    return tests


def _write(table: dict, folder: Path) -> None:
    """The table as CSV (a row a measure), Markdown and LaTeX."""
    long = [
        {key: value for key, value in row.items() if key != "cells"} | {"metric": metric} | cell
        for row in table["rows"]
        for metric, cell in row["cells"].items()
    ]
    with whole_file(folder / f"{table['name']}.csv") as partial:
        pd.DataFrame(long).to_csv(partial, index=False)
    for ending, text in (("md", _markdown(table)), ("tex", _latex(table))):
        with whole_file(folder / f"{table['name']}.{ending}") as partial:
            partial.write_text(text)


def header(table: dict) -> list[str]:
    """Column titles of a table as people read it."""
    titles = [f"{title} {kind}" for title in table["metrics"].values() for kind in ("printed", "reproduced")]
    return [
        "Method",
        "Protocol",
        *titles,
        "# Parameters printed",
        "at full width",
        "as run",
        "Seconds",
        "Cases",
    ]


def lines(table: dict) -> list[list[str]]:
    """The rows as text, in the order of `header`."""
    result = []
    for row in table["rows"]:
        line = [row["label"], row["protocol"]]
        for cell in row["cells"].values():
            printed = "" if cell["printed_mean"] is None else f"{cell['printed_mean']:.4f}"
            line += [printed, cell.get("text", NOT_RUN)]
        first = next(iter(row["cells"].values()))
        cases = f"{first['n']} ({first['n_undefined']} undefined)" if row["run"] else ""
        facts = ("parameters_printed", "parameters_at_full_width", "parameters", "training_seconds")
        result.append([*line, *(str(row.get(fact, "")) for fact in facts), cases])
    return result


def _markdown(table: dict) -> str:
    rows = [header(table), ["---"] * len(header(table)), *lines(table)]
    body = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return f"**{table['title']}**\n\n{body}\n\n{legend(table)}\n"


def legend(table: dict) -> str:
    """What the cells mean."""
    marks = "Reproduced: mean ± standard deviation over cases [95 % interval of the mean, resampled over patients]; "
    marks += "* differs from the paper's own method (paired Wilcoxon test over patients, Holm-corrected, p < 0.05)."
    return " ".join(part for part in (marks, table["note"]) if part)


def _latex(table: dict) -> str:
    def escaped(text: str) -> str:
        for sign, name in (
            ("\\", r"\textbackslash "),
            ("&", r"\&"),
            ("%", r"\%"),
            ("#", r"\#"),
            ("_", r"\_"),
        ):
            text = text.replace(sign, name)
        return text.replace("±", r"$\pm$").replace("×", r"$\times$").replace("^", r"\^{}")

    rows = [" & ".join(map(escaped, row)) + r" \\" for row in [header(table), *lines(table)]]
    columns = "l" * len(header(table))
    top = [
        r"\begin{table}",
        rf"\caption{{{escaped(table['title'])}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
    ]
    end = [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join([*top, rows[0], r"\midrule", *rows[1:], *end]) + "\n"
