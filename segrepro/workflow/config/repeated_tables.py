"""Tables of the paper that are made on a further data set as well, without the paper's numbers.

    datasets: {isles2024: {..., tables: [table1]}}

makes `table1_isles2024`, whose rows are copies of those of `table1` with their experiments on that data set, such as
`unet_l1_isles2024`. What such an experiment starts from is copied too. Copies run with `experiments: all`, or by name.
"""

from typing import Any

from segrepro.utils.errors import nearest
from segrepro.utils.validation import merged

Content = dict[str, Any]
# Of the paper's numbers, which are of its own data.
OF_THE_PAPER = ("published", "published_patients", "published_cases_known", "dataset")


def with_repeated_tables(content: Content, changes: Content) -> Content:
    """A study's content, written out, with the copies.

    changes: what the content says of experiments before it was written out, of copies too. Raises ValueError (found,
    expected, remedy) for a table that is not there.
    """
    datasets, tables, experiments = (content.get(key) for key in ("datasets", "tables", "experiments"))
    if not all(isinstance(part, dict) for part in (datasets, tables, experiments)):
        return content
    for name, dataset in datasets.items():
        for key in dataset.get("tables") or [] if isinstance(dataset, dict) else []:
            if key not in content["tables"]:
                found = f"datasets.{name}.tables with {key!r}"
                raise ValueError(found, "a table of this study", nearest(str(key), content["tables"]))
            table = _table(content["tables"][key], name, dataset)
            copies = _experiments(table["rows"], name, experiments, changes)
            content = content | {
                "tables": content["tables"] | {f"{key}_{name}": _renamed(table, name)},
                "experiments": content["experiments"] | copies,
            }
    return content


def _table(table: dict, name: str, dataset: dict) -> dict:
    """The table without what is the paper's, called after the data set."""
    head, _, rest = table["title"].partition(":")
    title = dataset.get("title", name)
    rows = [{k: v for k, v in row.items() if k != "published_as"} for row in table["rows"] if row.get("experiment")]
    kept = {key: value for key, value in table.items() if key not in OF_THE_PAPER}
    note = " ".join(filter(None, [table.get("note"), f"Not the paper's data: {title}."]))
    return kept | {"title": f"{head} on {title.partition(':')[0]}:{rest}", "rows": rows, "note": note}


def _experiments(rows: list[dict], name: str, experiments: dict, changes: dict) -> dict[str, dict]:
    wanted = [row["experiment"] for row in rows]
    for key in wanted:  # grows by what each starts from
        first = experiments.get(key, {}).get("init_from")
        wanted += [first] if first and first not in wanted else []
    found = {}
    for key in (key for key in wanted if isinstance(experiments.get(key), dict)):
        spec = experiments[key] | {"dataset": name, "main": False}
        spec |= {"init_from": f"{spec['init_from']}_{name}"} if spec.get("init_from") else {}
        found[f"{key}_{name}"] = merged(spec, changes.get(f"{key}_{name}", {}))
    return found


def _renamed(table: dict, name: str) -> dict:
    """The table with the copies' names."""
    named = {key: f"{table[key]}_{name}" for key in ("proposed", "parameters_relative_to") if table.get(key)}
    return table | named | {"rows": [row | {"experiment": f"{row['experiment']}_{name}"} for row in table["rows"]]}
