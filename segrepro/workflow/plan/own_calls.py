"""What is not of the library, looked at before the first job: own networks and losses, called once, and packages."""

from collections.abc import Callable, Iterator

from segrepro.training.nnunet_settings import missing_nnunet
from segrepro.training.track import Track, missing_tracker
from segrepro.training.trial import try_loss, try_network
from segrepro.utils.errors import ConfigError, SegreproError, raise_together
from segrepro.workflow.config.config import Config
from segrepro.workflow.plan.network_sizes import channel_count
from segrepro.workflow.plan.plan import Plan
from segrepro.workflow.plan.runs import Run


def call_own_code(plan: Plan) -> None:
    """Call each network and loss that the library does not know, once. Raises ConfigError, a line a fault."""
    runs = {(run.study, run.experiment): run for run in plan.all_runs.values()}
    raise_together([fault for run in runs.values() for fault in _faults(plan, run)])


def require_packages(plan: Plan) -> None:
    """Raise ConfigError, a line a package and experiment, when one that is needed is not installed."""
    runs = {(run.study, run.experiment): run for run in plan.all_runs.values() if run.is_nnunet}
    places = [f"{study}: experiments.{experiment}" for study, experiment in runs]
    raise_together([*missing_tracker(plan.config.track), *(one for place in places for one in missing_nnunet(place))])


def track_of(config: Config) -> str:
    """What jobs are told about where curves go, as JSON; empty for nowhere."""
    if config.track is None:
        return ""
    return Track(kind=config.track, folder=f"{config.work}/tracking", uri=config.track_uri).model_dump_json()


def _faults(plan: Plan, run: Run) -> Iterator[ConfigError]:
    settings, place = plan.run_settings(run.key, run.fold_numbers[0]), f"{run.study}: experiments.{run.experiment}"
    held = run.dataset.held and run.dataset.held.modalities
    channels = channel_count(run.resolved, run.dataset.spec.layout, held)
    if channels is not None:
        yield from _fault(f"{place}.network", try_network, settings, channels)
    yield from _fault(f"{place}.loss", try_loss, settings)


def _fault(where: str, call: Callable, *arguments: object) -> Iterator[ConfigError]:
    try:
        call(*arguments)
    except SegreproError as error:
        yield ConfigError(f"{where}: {error.where}", error.found, error.expected, error.remedy)
