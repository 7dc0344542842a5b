"""By how much the paper's own protocol flatters a mean, measured beside the clean one."""

import pandas as pd


def protocol_effects(
    spec: dict, runs: list[dict], scored: dict[tuple[str, str], pd.DataFrame], seed: int
) -> list[dict]:
    """For every row, group and measure of a table that ran under both protocols: printed minus clean; the paper's own
    method first.

    runs: those of the table; scored: the scores that the table averages, by run name and group. Returns dicts with
    label, group, metric, clean and printed (the means), difference with its 95 % interval low, high, and paired:
    whether both protocols scored the same cases, so that cases were compared with themselves.
    """
    names = {(run["experiment"], run["protocol"]): run["name"] for run in runs}
    found = []
    for group in dict.fromkeys(group for _, group in scored):
        for row in sorted(spec["rows"], key=lambda row: row["experiment"] != spec["reference"]):
            pair = [names.get((row["experiment"], protocol)) for protocol in ("clean", "printed")]
            if None in pair:
                continue
            clean, printed = (scored[name, group] for name in pair)
            for metric in spec["metrics"]:
                effect = _effect(clean, printed, metric, seed)
                if effect:
                    found.append({"label": row["label"], "group": group, "metric": metric} | effect)
    return found


def _effect(clean: pd.DataFrame, printed: pd.DataFrame, metric: str, seed: int) -> dict | None:
    from segrepro.resampling import mean_difference
    from segrepro.statistics import compare_methods

    if metric not in clean or metric not in printed:
        return None
    both = [frame[frame[metric].notna()] for frame in (clean, printed)]
    if any(frame.empty for frame in both):
        return None
    means = {name: float(frame[metric].mean()) for name, frame in zip(("clean", "printed"), both)}
    paired = set(clean["case"]) == set(printed["case"])
    if paired:
        [test] = compare_methods({"clean": clean, "printed": printed}, "clean", [metric], seed)
        difference, low, high = test.difference, test.low, test.high
    else:
        samples = [(frame[metric].to_numpy(float), frame["patient"].to_numpy()) for frame in both]
        difference, low, high = mean_difference(*samples, seed)
    interval = {key: None if pd.isna(value) else value for key, value in (("low", low), ("high", high))}
    return means | {"difference": difference, **interval, "paired": paired}
