"""What a run costs, from its cards."""

from segrepro.report.tables.costs import fold_cost, run_cost

ON_CPU = {"name": "a", "fold": 0, "training_seconds": 1800.0, "device": "cpu", "peak_memory_mb": 900}
ON_GPU = ON_CPU | {"fold": 1, "training_seconds": 5400.0, "device": "NVIDIA H200", "peak_memory_mb": 700}
CARDS = [ON_CPU | {"peak_gpu_memory_mb": None}, ON_GPU | {"peak_gpu_memory_mb": 9000}]


def test_seconds_are_summed_memory_is_that_of_the_largest_fold_and_only_gpus_have_gpu_hours():
    cost = run_cost(CARDS)
    assert (cost.seconds, cost.gpu_hours) == (7200.0, 1.5)
    assert (cost.peak_memory_mb, cost.peak_gpu_memory_mb) == (900, 9000)
    assert cost.devices == ["NVIDIA H200", "cpu"]


def test_cards_from_before_memory_was_measured_have_none():
    card = {key: value for key, value in CARDS[0].items() if not key.startswith("peak")}
    assert run_cost([card]).peak_memory_mb is None
    assert fold_cost(card) == card | {"peak_memory_mb": None, "peak_gpu_memory_mb": None, "gpu_hours": 0.0}
