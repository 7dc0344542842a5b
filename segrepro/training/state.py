"""Where a training run stands."""

from dataclasses import dataclass, field


@dataclass
class TrainingState:
    """Where a run stands; saved in every checkpoint. peak memory: of the processes before this one."""

    step: int = 0
    epoch: int = 0
    loss_sum: float = 0.0
    best_score: float = float("inf")
    best_epoch: int = -1
    best_weights: dict = field(default_factory=dict)
    seconds: float = 0.0
    waited: float = 0.0
    peak_memory_mb: int = 0
    peak_gpu_memory_mb: int = 0
    history: list[dict] = field(default_factory=list)
