"""A published number beside a reproduced one, and how likely a published claim is false by its own numbers."""

from dataclasses import dataclass

import numpy as np

from segrepro.evaluation.trainings import LEVEL

AGREES, DIFFERS, CANNOT_TELL = "agrees", "differs", "cannot tell"


@dataclass(frozen=True)
class Mean:
    """A mean over n patients, with the standard deviation over them."""

    mean: float
    sd: float
    n: int


@dataclass(frozen=True)
class Agreement:
    """Reproduced minus published, with the 95 % prediction interval around it, and what that says."""

    difference: float
    low: float
    high: float
    verdict: str


def agreement(
    published: Mean, reproduced: Mean, margin: float, seed_sd: float = 0.0, correlation: float = 0.0
) -> Agreement:
    """Whether a published mean was reproduced, within a margin declared beforehand.

    seed_sd: of a method's mean from seed to seed; it counts twice, since both networks were trained once. correlation:
    of the two scores of a case, above 0 only if both means are over the same cases.

    V = s_p^2 / n_p + s_r^2 / n_r - 2 rho s_p s_r / sqrt(n_p n_r) + 2 s_seed^2, the prediction interval of a replication
    (Spence and Stanley 2016; Patil, Peng and Leek 2016). `agrees` if |e| + 1.645 sqrt(V) < margin, `differs` if |e| >
    1.96 sqrt(V) and |e| > margin, else `cannot tell`.

    >>> agreement(Mean(54.45, 21.23, 23), Mean(51.0, 20.0, 23), 5.0, seed_sd=1.5).verdict
    'cannot tell'
    >>> agreement(Mean(0.4867, 0.28, 229), Mean(0.480, 0.28, 229), 0.05, 0.01, correlation=0.95).verdict
    'agrees'
    """
    from scipy.stats import norm

    shared = 2 * correlation * published.sd * reproduced.sd / np.sqrt(published.n * reproduced.n)
    variance = published.sd**2 / published.n + reproduced.sd**2 / reproduced.n - shared + 2 * seed_sd**2
    error = float(np.sqrt(max(variance, 0.0)))
    difference = reproduced.mean - published.mean
    half = float(norm.ppf((1 + LEVEL) / 2)) * error
    verdict = CANNOT_TELL
    if abs(difference) + float(norm.ppf(LEVEL)) * error < margin:
        verdict = AGREES
    elif abs(difference) > half and abs(difference) > margin:
        verdict = DIFFERS
    return Agreement(difference, difference - half, difference + half, verdict)


def chance_of_false(better: Mean, worse: Mean, correlation: float, seed_sd: float = 0.0) -> float:
    """The probability that the method with the higher printed mean is not the better one, from print alone.

    better, worse: over the same n patients, higher is better. correlation: of the two methods' scores of a patient;
    print never says it, a reproduction measures it. The formula of Claims Reloaded (arXiv 2505.04720): Student's t with
    n - 1 degrees of freedom at -gap / sqrt((s1^2 + s2^2 - 2 r s1 s2) / n). seed_sd adds 2 s_seed^2 to that variance,
    and the normal distribution is taken then, since what is added is given, not estimated from the n patients.

    >>> best, second = Mean(51.25, 17.43, 23), Mean(50.95, 21.03, 23)
    >>> [round(chance_of_false(best, second, r), 3) for r in (0.5, 0.71, 0.88, 0.95)]
    [0.471, 0.462, 0.444, 0.42]
    """
    from scipy.stats import norm, t

    variance = (better.sd**2 + worse.sd**2 - 2 * correlation * better.sd * worse.sd) / better.n + 2 * seed_sd**2
    gap = better.mean - worse.mean
    if variance <= 0:
        return 0.5 if gap == 0 else float(gap < 0)
    z = gap / np.sqrt(variance)
    return float(norm.sf(z) if seed_sd else t.sf(z, better.n - 1))
