"""What a run costs, from its cards."""

from segrepro.report.tables.costs import cost_facts, fold_cost, run_cost, summed_cost

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


def test_a_method_costs_all_its_seeds_and_on_average_one():
    first = run_cost(CARDS)
    second = first.model_copy(update={"seconds": 3600.0, "gpu_hours": 1.0, "devices": ["NVIDIA L4"]})
    facts = cost_facts(summed_cost([first, second]))
    assert facts == [5400.0, "NVIDIA H200, NVIDIA L4, cpu", 10800.0, 2.5, 0.9, 8.8]
    assert cost_facts(None) == [None] * 6
