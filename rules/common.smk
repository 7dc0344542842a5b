# Loads and checks the configuration; defines what the other files share.
import json
import os
import sys
from functools import partial

from snakemake.logging import logger
from snakemake.settings.types import Quietness
from snakemake.utils import validate

# The checkout: of this file, since a workflow that has this one as a module lies elsewhere. Where that took it from a
# forge there is none: jobs and library are then those of the install.
CHECKOUT = os.path.dirname(str(workflow.current_basedir))
if not os.path.isdir(CHECKOUT):
    CHECKOUT = ""
# Jobs find it and its Python from any folder and without an activated environment.
os.environ.update(PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]))
if CHECKOUT:
    os.environ.update(PYTHONPATH=os.pathsep.join([CHECKOUT, os.environ.get("PYTHONPATH", "")]))
    sys.path.insert(0, CHECKOUT)

from segrepro.workflow.config.config import config_layers, load_config
from segrepro.utils.devices import DETERMINISTIC, GPU_SLOTS, gpu_in_sight
from segrepro.utils.errors import one_line_exit
from segrepro.utils.files import require_folder
from segrepro.workflow.plan.report_settings import (
    claim_settings,
    count_settings,
    export_settings,
    figure_settings,
    table_settings,
)
from segrepro.workflow.result_settings import origin_of, result_settings, settings_file
from segrepro.networks.vgg_weights import PRETRAINED
from segrepro.training.track import TRACK
from segrepro.workflow.plan.make_plan import make_plan
from segrepro.workflow.plan.pretrained import pretrained_files
from segrepro.workflow.plan.failed_rows import failed_before, failed_now, pass_without, without_failed
from segrepro.workflow.plan.other_rows import (
    combined_runs,
    member_models,
    nnunet_plan,
    nnunet_runs,
    nnunet_sets,
    nnunet_settings,
    shared_trainings,
)
from segrepro.workflow.plan.mask_folders import require_fitting_masks
from segrepro.workflow.plan.own_calls import call_own_code, require_packages, track_of
from segrepro.preprocessing.prepared_cases import drop_damaged
from segrepro.workflow.monitor.events import RunEvents
from segrepro.workflow.monitor.progress import Progress
from segrepro.preprocessing.prepared_cases import COPY_TO_SCRATCH
from segrepro.workflow.monitor.status import note_start, read_status
from segrepro.workflow.rehearsal.requests import growing, requests_of
from segrepro.workflow.run_lock import begin_run, end_run, run_goes_on
from segrepro.workflow.seals import drop_changed
from segrepro.workflow.plan.stage_versions import STAGE_VERSIONS

# Before Snakemake reads the same file, since what it cannot read it does not report in one line.
with one_line_exit():
    LAYERS = config_layers(["config.yaml", *workflow.overwrite_configfiles], workflow.config_settings.config)


configfile: "config.yaml"


with one_line_exit():
    CONFIG = load_config(config, LAYERS)
    FAILED = failed_before()
    PLAN = without_failed(make_plan(CONFIG), FAILED)
    for folder in (CONFIG.work, CONFIG.results):
        require_folder(folder)
    DROPPED = {}
    # Not beside a run: a cluster's job reads this file too, and so does whoever plans or starts a second time.
    if not workflow.remote_exec:
        call_own_code(PLAN)
        require_fitting_masks(PLAN)
        if not workflow.deployment_settings.deployment_method:  # else a job's environment brings them
            require_packages(PLAN)
        if not run_goes_on([CONFIG.work, CONFIG.results]):
            DROPPED = drop_changed([CONFIG.work, CONFIG.results]) | drop_damaged(CONFIG.work)
# What pydantic let pass fits the published schemas too: whoever writes a study by them can rely on them.
validate(CONFIG.model_dump(mode="json"), "../schemas/config.schema.json", set_default=False)
for study in PLAN.studies.values():
    validate(study.model_dump(mode="json"), "../schemas/study.schema.json", set_default=False)
for line in [*PLAN.left_out, *DROPPED.values()]:
    print(f"segrepro: {line}", file=sys.stderr)

WORK, RESULTS = CONFIG.work, CONFIG.results
SHARED = shared_trainings(PLAN)
REQUESTS = requests_of(PLAN)
# What is to be made anew, for all studies or those that are named.
dropped = partial(PLAN.needed, DROPPED)
# Named as targets, since Snakemake does not miss a file on the way to one that is there.
SETTINGS = {study: settings_file(PLAN, study) for study in PLAN.studies}
PARAMETERS = [f"{RESULTS}/{study}/parameters.json" for study in PLAN.studies]
TABLES = [f"{RESULTS}/{study}/tables/tables.json" for study in PLAN.studies]
CLAIMS = [f"{RESULTS}/{study}/claims/claims.json" for study in PLAN.studies]
FIGURES = [f"{RESULTS}/{study}/figures/figures.json" for study in PLAN.studies]
EVIDENCE = [f"{RESULTS}/{study}/evidence.json" for study in PLAN.studies]
MODELS = [file for study in PLAN.studies for file in PLAN.model_lists(study)]
CASES = [f"{RESULTS}/{study}/cases/cases.json" for study in PLAN.studies]
# Read by jobs, not parameters of theirs: where arrays and pretrained weights are read from changes no result, so
# nothing is made again.
os.environ.update(
    {
        COPY_TO_SCRATCH: str(int(CONFIG.copy_to_scratch)),
        DETERMINISTIC: str(int(CONFIG.deterministic)),
        GPU_SLOTS: str(CONFIG.gpu_slots or ""),
        PRETRAINED: json.dumps(pretrained_files(CONFIG)),
        TRACK: track_of(CONFIG),
    }
)


def gpus(wildcards):
    """On a machine without a GPU several runs train side by side on its cores; elsewhere each run asks for one GPU.

    A function, since Snakemake knows only after reading the rules whether jobs go to a cluster.
    """
    return int(CONFIG.device != "cpu" and (gpu_in_sight() or workflow.non_local_exec))


def training_gpus(wildcards):
    """GPUs of a training: those that its experiment asks for."""
    return gpus(wildcards) and PLAN.all_runs[wildcards.run].resolved.spec.gpus


def training_threads(wildcards):
    """CPU threads of a training: each of its GPUs has a process."""
    return CONFIG.train_threads * max(1, training_gpus(wildcards))


def for_each_gpu(amount):
    """As much of a resource for each of a training's GPUs."""
    return lambda wildcards, attempt: max(1, training_gpus(wildcards)) * amount(wildcards, attempt)


def cores(wanted):
    """Cores of a job that can use several; one at demo scale, where waiting for a second to be free takes longer."""
    return wanted if CONFIG.scale == "paper" else 1


def tries_again(times):
    """How often a failed job is repeated: in a cluster's job never, since who submitted it does, with more memory."""
    return 0 if workflow.remote_exec else times


wildcard_constraints:
    study="[a-z0-9_]+",
    dataset="[A-Za-z0-9_-]+",
    prepared="[A-Za-z0-9_-]+",
    features="[A-Za-z0-9_-]+",
    folds="[A-Za-z0-9_-]+",
    nnunet="[A-Za-z0-9_-]+",
    run="[A-Za-z0-9_-]+",
    weights="[a-z0-9_]+",
    name="[A-Za-z0-9_-]+",
    version="[0-9a-f]+",
    batch=r"\d+",
    fold=r"\d+",
