"""Published pairs as a table: read, written, and how likely they are wrong (numbers of Claims Reloaded's formula)."""

import pytest

from segrepro.evaluation.published_pairs import pair_lines, read_pairs, write_pairs
from segrepro.utils.csv_files import read_csv
from segrepro.utils.errors import SegreproError

HEADER = "claim,measure,better,better_mean,better_sd,worse,worse_mean,worse_sd,n,lower_is_better,correlation\n"
BEST = "Table 4,Dice (%),full,59.37,15.73,LCE,54.45,21.23,23,,\n"


def write(tmp_path, text):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    return path


def test_a_table_read_and_written_keeps_its_pairs_and_gains_their_chances(tmp_path):
    pairs = read_pairs(write(tmp_path, HEADER + BEST + BEST.replace(",,\n", ",,0.88\n")))
    write_pairs(tmp_path / "out.csv", pairs)
    assert read_pairs(tmp_path / "out.csv") == pairs
    rows = read_csv(tmp_path / "out.csv")
    assert rows["p_false"].round(3).tolist()[1] == 0.018
    assert rows["p_false"].isna().tolist() == [True, False]
    at = [f"p_false_r{r:g}" for r in (0.5, 0.71, 0.88, 0.95)]
    assert rows.loc[0, at].round(3).tolist() == [0.115, 0.065, 0.018, 0.004]
    assert pair_lines(pairs)[1] == "Dice (%) full > LCE (n = 23): false with a probability of 0.018 at r 0.88"


def test_less_is_better_turns_the_order(tmp_path):
    text = HEADER + "Table 4,HD (mm),full,54.45,21.23,LCE,59.37,15.73,23,true,0.88\n"
    [pair] = read_pairs(write(tmp_path, text))
    assert pair.chance_of_false(pair.correlation) == pytest.approx(0.018, abs=5e-4)


def test_all_faults_of_a_table_come_at_once(tmp_path):
    path = write(tmp_path, HEADER + BEST.replace("15.73", "-1") + BEST.replace(",23,", ",many,"))
    with pytest.raises(SegreproError) as error:
        read_pairs(path)
    assert str(error.value).count(str(path)) == 2
    assert "row 2: better_sd" in str(error.value)
    assert "row 3: n" in str(error.value)


def test_a_table_without_a_row_is_refused(tmp_path):
    with pytest.raises(SegreproError, match="no pair"):
        read_pairs(write(tmp_path, HEADER))
