# segrepro: five papers from raw scans to their published tables and figures.
#   snakemake --cores all --resources gpu=1            what config.yaml asks for
#   snakemake xnet --cores all --resources gpu=1       one study
#   snakemake -n --config scale=paper                  what the published recipes would run
from snakemake.utils import min_version

min_version("9.18")


resource_scopes:
    gpu="local",


include: "rules/common.smk"


# `--sdm apptainer` runs every job in it; Apptainer.def builds it.
containerized: os.path.join(CHECKOUT, "segrepro.sif")


include: "rules/data.smk"
include: "rules/prepare.smk"
include: "rules/folds.smk"
include: "rules/train.smk"
include: "rules/predict.smk"
include: "rules/nnunet.smk"
include: "rules/combine.smk"
include: "rules/evaluate.smk"
include: "rules/report.smk"
include: "rules/rehearsal.smk"
include: "rules/watch.smk"


# On a cluster these run where snakemake runs; the last two take seconds.
localrules:
    all,
    tables,
    figures,
    report,
    split_folds,
    publish_models,


rule all:
    default_target: True
    input:
        f"{RESULTS}/report/index.html",
        [*SETTINGS.values()],
        PARAMETERS,
        TABLES,
        CLAIMS,
        FIGURES,
        MODELS,
        EVIDENCE,
        CASES,
        PLAN.submission_files(),
        dropped(),


rule tables:
    input:
        [*SETTINGS.values()],
        PARAMETERS,
        TABLES,
        dropped(),


rule figures:
    input:
        [*SETTINGS.values()],
        FIGURES,
        dropped(),


rule report:
    input:
        [*SETTINGS.values()],
        f"{RESULTS}/report/index.html",
        CASES,
        dropped(),


# `snakemake xnet` runs one study.
for STUDY in PLAN.studies:

    rule:
        name:
            STUDY
        input:
            SETTINGS[STUDY],
            f"{RESULTS}/{STUDY}/parameters.json",
            f"{RESULTS}/{STUDY}/tables/tables.json",
            f"{RESULTS}/{STUDY}/claims/claims.json",
            f"{RESULTS}/{STUDY}/figures/figures.json",
            PLAN.model_lists(STUDY),
            f"{RESULTS}/{STUDY}/evidence.json",
            [FILE for FILE in PLAN.submission_files() if FILE == f"{RESULTS}/{STUDY}/submission.zip"],
            dropped(STUDY),
        localrule: True
