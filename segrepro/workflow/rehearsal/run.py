"""The rehearsal of a config: every experiment, then the report."""

from pathlib import Path

from segrepro.utils.errors import SegreproError
from segrepro.workflow.config.config import Config
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.rehearsal.forecast import forecast, report, total, write_report
from segrepro.workflow.rehearsal.rehearse import Rehearsal
from segrepro.workflow.rehearsal.rehearsed import FOLDER
from segrepro.workflow.rehearsal.stand_ins import with_weights


def rehearse_config(config: Config, shrink: int = 1) -> Path:
    """Rehearse the experiments of a config, which is of scale `paper`; the report, Markdown below `work`.

    Raises SegreproError when an experiment did not get through, after all others did and the report is written.
    """
    folder = Path(config.work).absolute() / FOLDER
    config = with_weights(config, folder, shrink)
    found, failed = Rehearsal(config, folder, shrink).run()
    if not found:
        raise SegreproError("the rehearsal", "; ".join(failed.values()), "an experiment that gets through")
    plan = make_plan(config)
    forecasts = forecast(plan, found)
    text = report(forecasts, total(plan, found, forecasts, Path(config.work)), failed)
    path = write_report(folder, text)
    if failed:
        print(text)
        remedy = "Mend what the lines above name, then repeat the command; the others are not repeated."
        raise SegreproError("the rehearsal", f"{len(failed)} experiments that failed", "none", remedy)
    return path
