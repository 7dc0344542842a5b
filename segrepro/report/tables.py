"""A study's tables: printed beside reproduced numbers, with intervals and tests, in four formats."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from segrepro.config import REPOSITORY
from segrepro.files import whole_file
from segrepro.stages import read_csv

NOT_RUN = "not run"
# Seconds differ from run to run; in a file of their own they leave the tables the same, byte by byte.
COSTS = "costs.csv"
KINDS = ("printed", "reproduced")
LATEX = {
    "\\": r"\textbackslash ",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde ",
    "±": r"$\pm$",
    "×": r"$\times$",
    "<": r"$<$",
    ">": r"$>$",
    "^": r"\^{}",
    "\0": r"\textbf{",
    "\1": "}",
}
LOWER_IS_BETTER = ("_mm", "_ml", "_percent", "rve", "difference")


def build_tables(settings: dict, scores: list[Path], models: list[Path], output: Path) -> None:
    """Write each table as CSV, Markdown and LaTeX into `output`, tables.json for the report, all scores and costs.

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
            "unit": spec["unit"],
            "rows": _rows(spec, settings, frames, cards),
        }
        | {"metrics": spec["metrics"]}
        for name, spec in settings["tables"].items()
    ]
    for table in tables:
        _write(table, output)
    with whole_file(output / "scores.csv") as partial:
        pd.concat(frames.values()).to_csv(partial, index=False)
    costs = [{key: card[key] for key in ("name", "fold", "training_seconds", "device")} for card in cards]
    with whole_file(output / COSTS) as partial:
        pd.DataFrame(costs).to_csv(partial, index=False)
    with whole_file(output / "tables.json") as partial:
        content = {"study": settings["study"], "scale": settings["scale"], "tables": tables}
        partial.write_text(json.dumps(content, indent=1) + "\n")


def _rows(spec: dict, settings: dict, frames: dict, cards: list[dict]) -> list[dict]:
    """A row a protocol, group of cases and method; rows that only the paper has stand once."""
    published = _published(spec)
    rows = []
    for protocol in dict.fromkeys(run["protocol"] for run in settings["runs"]):
        named = {spec["reference"], *(row["experiment"] for row in spec["rows"])}
        runs = {run["experiment"]: run for run in settings["runs"] if run["protocol"] == protocol}
        runs = {experiment: run for experiment, run in runs.items() if experiment in named}
        for group, cases in (spec["groups"] or {"": {}}).items():
            chosen = {
                name: _scored(frames[name], spec["unit"], cases) for name in (run["name"] for run in runs.values())
            }
            tests = _tests(spec, runs, chosen, settings["seed"])
            for row in spec["rows"]:
                base = {"label": row["label"], "group": group, "protocol": protocol, "experiment": row["experiment"]}
                run = runs.get(row["experiment"])
                base |= {"run": bool(run), "only_printed": row["experiment"] is None}
                cells = _printed(published, row["printed"], group, spec)
                if run:
                    base |= _model_facts([card for card in cards if card["name"] == run["name"]])
                    _add_scores(cells, chosen[run["name"]], tests.get(run["name"], {}), settings["seed"])
                rows.append(base | {"cells": cells})
    return [row for row in rows if not row["only_printed"] or row["protocol"] == rows[0]["protocol"]]


def _published(spec: dict) -> pd.DataFrame:
    """The printed numbers of a table's data set; no rows where nothing is printed."""
    if not spec["published"]:
        return pd.DataFrame(columns=["method", "dataset", "metric", "mean", "std"])
    frame = pd.read_csv(REPOSITORY / "published" / spec["published"])
    return frame[frame["dataset"].str.startswith(spec["dataset"])] if spec["dataset"] else frame


def _scored(frame: pd.DataFrame, unit: str, group: dict) -> pd.DataFrame:
    """A run's scores that a table averages: of its unit and group; labels of a case become their mean."""
    rows = frame[frame["unit"] == unit]
    if group.get("site") is not None:
        rows = rows[rows["site"] == group["site"]]
    if rows["label"].nunique() > 1:
        kept = ["experiment", "fold", "case", "patient", "site", "weights", "unit"]
        # A measure that is undefined for one label is undefined for the case, so that it is counted.
        measures = rows.columns.difference([*kept, "label"])
        rows = rows.groupby(kept, as_index=False)[list(measures)].agg(lambda values: values.mean(skipna=False))
        rows["label"] = "mean"
    if group.get("ml") is not None:
        low, high = group["ml"]
        rows = rows[(rows["reference_volume_ml"] >= low) & (rows["reference_volume_ml"] < high)]
    return rows


def _printed(published: pd.DataFrame, method: str | None, group: str, spec: dict) -> dict[str, dict]:
    """For each measure its printed mean and standard deviation, None where nothing is printed."""
    cells = {}
    for metric, column in spec["metrics"].items():
        match = published[(published["method"] == method) & (published["metric"] == column)]
        if group:
            match = match[match["dataset"].str.contains(group, regex=False)]
        found = match.iloc[0] if len(match) else {"mean": None, "std": None}
        # Fractions here, percent in print.
        scale = 100 if column.endswith("(%)") and not metric.endswith("_percent") else 1
        cells[metric] = {
            f"printed_{key}": None if pd.isna(found[key]) else float(found[key]) / scale for key in ("mean", "std")
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
        "device": first["device"],
        "weights": first["weights"],
    }


def _add_scores(cells: dict, rows: pd.DataFrame, tests: dict, seed: int) -> None:
    from segrepro.statistics import format_cell, summarise

    for metric, cell in cells.items():
        if metric not in rows or rows.empty:
            cell |= {"n": 0, "n_undefined": 0, "note": "not scored" if metric not in rows else "no case", "text": "-"}
            continue
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


def _tests(spec: dict, runs: dict[str, dict], scored: dict[str, pd.DataFrame], seed: int) -> dict[str, dict]:
    """Every run of the table against the reference on the same cases: {run name: {measure: Comparison}}.

    A run on other cases, such as those of a second data set, is not compared.
    """
    from segrepro.statistics import compare_methods

    reference = runs.get(spec["reference"])
    if reference is None or scored[reference["name"]].empty:
        return {}
    own = scored[reference["name"]]
    named = [runs[row["experiment"]]["name"] for row in spec["rows"] if row["experiment"] in runs]
    methods = {name: scored[name] for name in named if set(scored[name]["case"]) == set(own["case"])}
    measured = [m for m in spec["metrics"] if all(m in frame for frame in [own, *methods.values()])]
    if len({*methods, reference["name"]}) < 2 or not measured:
        return {}
    tests: dict[str, dict] = {}
    for test in compare_methods(methods | {reference["name"]: own}, reference["name"], measured, seed):
        tests.setdefault(test.other, {})[test.metric] = test
    return tests


def _write(table: dict, folder: Path) -> None:
    """The table as CSV (a row a measure), Markdown, HTML and LaTeX."""
    long = [
        {key: value for key, value in row.items() if key != "cells"} | {"metric": metric} | cell
        for row in table["rows"]
        for metric, cell in row["cells"].items()
    ]
    with whole_file(folder / f"{table['name']}.csv") as partial:
        pd.DataFrame(long).to_csv(partial, index=False)
    for ending, text in (("md", _markdown(table)), ("tex", _latex(table)), ("html", _html(table))):
        with whole_file(folder / f"{table['name']}.{ending}") as partial:
            partial.write_text(text, encoding="utf-8")


def header(table: dict) -> list[str]:
    """Column titles of a table as people read it."""
    titles = [f"{title.removesuffix(' (%)')} {kind}" for title in table["metrics"].values() for kind in KINDS]
    return [
        "Method",
        "Protocol",
        *titles,
        "# Parameters printed",
        "at full width",
        "as run",
        "Cases",
    ]


def lines(table: dict, bold: Callable[[str], str] = str) -> list[list[str]]:
    """The rows as text, in the order of `header`; `bold` is applied to the best reproduced mean of each measure."""
    best = _best(table)
    result = []
    for number, row in enumerate(table["rows"]):
        line = [" / ".join(filter(None, (row["label"], row["group"]))), "" if row["only_printed"] else row["protocol"]]
        for metric, cell in row["cells"].items():
            printed = "" if cell["printed_mean"] is None else f"{cell['printed_mean']:.4g}"
            shown = cell.get("text", "" if row["only_printed"] else NOT_RUN)
            line += [printed, bold(shown) if (number, metric) in best else shown]
        first = next(iter(row["cells"].values()))
        cases = f"{first['n']} ({first['n_undefined']} undefined)" if row["run"] else ""
        facts = ("parameters_printed", "parameters_at_full_width", "parameters")
        result.append([*line, *(str(row.get(fact, "")) for fact in facts), cases])
    return result


def _best(table: dict) -> set[tuple[int, str]]:
    """(row, measure) of the best mean among the methods of one protocol and group, where there are several."""
    found = set()
    blocks: dict[tuple, list[int]] = {}
    for number, row in enumerate(table["rows"]):
        blocks.setdefault((row["protocol"], row["group"]), []).append(number)
    for numbers in blocks.values():
        for metric in table["metrics"]:
            means = {n: table["rows"][n]["cells"][metric].get("mean") for n in numbers}
            means = {n: mean for n, mean in means.items() if mean is not None}
            if len(means) > 1:
                choose = min if metric.endswith(LOWER_IS_BETTER) else max
                found.add((choose(means, key=means.get), metric))
    return found


def legend(table: dict) -> str:
    """What the cells mean."""
    marks = f"Reproduced: mean ± standard deviation over {table['unit']}s [95 % interval of the mean, resampled over \
patients]; * differs from the paper's own method (paired Wilcoxon test over patients, Holm-corrected, p < 0.05). \
The best mean is bold in LaTeX and HTML; that alone is no test."
    return " ".join(part for part in (marks, table["note"]) if part)


def _markdown(table: dict) -> str:
    rows = [header(table), ["---"] * len(header(table)), *lines(table)]
    body = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return f"**{table['title']}**\n\n{body}\n\n{legend(table)}\n"


def _html(table: dict) -> str:
    from html import escape

    def row(cells: list[str], kind: str) -> str:
        return "<tr>" + "".join(f"<{kind}>{cell}</{kind}>" for cell in cells) + "</tr>"

    body = [[cell.replace("\0", "<b>").replace("\1", "</b>") for cell in map(escape, line)] for line in _marked(table)]
    rows = [row([escape(title) for title in header(table)], "th"), *(row(line, "td") for line in body)]
    caption = f"<caption>{escape(table['title'])}</caption>"
    return f"<table>{caption}\n" + "\n".join(rows) + f"\n</table>\n<p>{escape(legend(table))}</p>\n"


def _marked(table: dict) -> list[list[str]]:
    """The lines with control characters around what is bold, which survive escaping."""
    return lines(table, lambda text: f"\0{text}\1")


def _latex(table: dict) -> str:
    signs = str.maketrans(LATEX)
    rows = [" & ".join(cell.translate(signs) for cell in row) + r" \\" for row in [header(table), *_marked(table)]]
    columns = "l" * len(header(table))
    top = [
        r"% needs \usepackage{booktabs,graphicx}",
        r"\begin{table}",
        rf"\caption{{{table['title'].translate(signs)}}}",
        r"\resizebox{\textwidth}{!}{%",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
    ]
    end = [r"\bottomrule", r"\end{tabular}}", r"\end{table}"]
    return "\n".join([*top, rows[0], r"\midrule", *rows[1:], *end]) + "\n"
