"""`segrepro power` says what scores can show."""

import numpy as np
import pandas as pd


def test_a_gap_asks_for_patients_and_seeds(call, tmp_path):
    rng = np.random.default_rng(0)
    rows = [
        {
            "experiment": name,
            "seed": seed,
            "case": f"c{case}",
            "patient": f"c{case}",
            "dice": rng.normal(0.6 + gap, 0.1),
        }
        for name, gap in (("unet", 0.0), ("xnet", 0.02))
        for seed in range(3)
        for case in range(20)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "scores.csv", index=False)
    code, out, err = call("power", "scores.csv", "--gap", "0.03", "--experiments", "unet", "xnet")
    assert code == 0, err
    assert "20 patients" in out
    assert "3 seeds" in out


def test_a_file_of_one_method_is_one_line(call, tmp_path):
    pd.DataFrame({"experiment": "unet", "case": ["a"], "dice": [0.5]}).to_csv(tmp_path / "scores.csv", index=False)
    code, out, err = call("power", "scores.csv", "--gap", "0.03")
    assert (code, out, err.count("\n")) == (2, "", 1)
