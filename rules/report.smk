rule note_settings:
    input:
        # Nothing is written about a study before its data were found sound.
        ancient(lambda wildcards: PLAN.dataset_files(wildcards.study, "cases.csv")),
    output:
        f"{RESULTS}/{{study}}/settings-{{version}}.json",
    log:
        "logs/note_settings/{study}-{version}.log",
    benchmark:
        "logs/benchmarks/note_settings/{study}-{version}.tsv"
    localrule: True
    conda:
        "../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        settings=lambda wildcards: result_settings(PLAN, wildcards.study).model_dump_json(),
    message:
        "Noting the settings of {wildcards.study}"
    shell:
        "python -m workflow_scripts.note_settings --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule count_parameters:
    input:
        ancient(lambda wildcards: SETTINGS[wildcards.study]),
    output:
        f"{RESULTS}/{{study}}/parameters.json",
    log:
        "logs/count_parameters/{study}.log",
    benchmark:
        "logs/benchmarks/count_parameters/{study}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        settings=lambda wildcards: count_settings(PLAN, wildcards.study).model_dump_json(),
    message:
        "Counting the parameters of networks of {wildcards.study} that do not run"
    shell:
        "python -m workflow_scripts.count_parameters --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule build_tables:
    input:
        parameters=f"{RESULTS}/{{study}}/parameters.json",
        scores=lambda wildcards: PLAN.score_files(PLAN.runs[wildcards.study]),
        models=lambda wildcards: PLAN.run_files(PLAN.runs[wildcards.study], "model.json"),
        settings_file=ancient(lambda wildcards: SETTINGS[wildcards.study]),
    output:
        f"{RESULTS}/{{study}}/tables/tables.json",
    log:
        "logs/build_tables/{study}.log",
    benchmark:
        "logs/benchmarks/build_tables/{study}.tsv"
    conda:
        "../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=lambda wildcards: table_settings(PLAN, wildcards.study).model_dump_json(),
        folder=subpath(output[0], parent=True),
    message:
        "Building the tables of {wildcards.study}"
    shell:
        "python -m workflow_scripts.build_tables --settings {params.settings:q} --scores {input.scores:q}"
        " --models {input.models:q} --parameters {input.parameters:q} --output {params.folder:q} > {log:q} 2>&1"


rule judge_claims:
    input:
        scores=lambda wildcards: PLAN.score_files(PLAN.runs[wildcards.study]),
        models=lambda wildcards: PLAN.run_files(PLAN.runs[wildcards.study], "model.json"),
        settings_file=ancient(lambda wildcards: SETTINGS[wildcards.study]),
    output:
        f"{RESULTS}/{{study}}/claims/claims.json",
    log:
        "logs/judge_claims/{study}.log",
    benchmark:
        "logs/benchmarks/judge_claims/{study}.tsv"
    conda:
        "../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=lambda wildcards: claim_settings(PLAN, wildcards.study).model_dump_json(),
    message:
        "Judging the claims of {wildcards.study}"
    shell:
        "python -m workflow_scripts.judge_claims --settings {params.settings:q} --scores {input.scores:q}"
        " --models {input.models:q} --output {output:q} > {log:q} 2>&1"


rule draw_figures:
    input:
        scores=lambda wildcards: PLAN.score_files(PLAN.shown_runs(wildcards.study)),
        histories=lambda wildcards: PLAN.run_files(PLAN.shown_runs(wildcards.study), "history.csv"),
        predictions=lambda wildcards: PLAN.run_files(PLAN.shown_runs(wildcards.study), "predictions.csv"),
        sources=lambda wildcards: PLAN.dataset_files(wildcards.study, "source.json"),
        settings_file=ancient(lambda wildcards: SETTINGS[wildcards.study]),
    output:
        f"{RESULTS}/{{study}}/figures/figures.json",
    log:
        "logs/draw_figures/{study}.log",
    benchmark:
        "logs/benchmarks/draw_figures/{study}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        settings=lambda wildcards: figure_settings(PLAN, wildcards.study).model_dump_json(),
        folder=subpath(output[0], parent=True),
    message:
        "Drawing the figures of {wildcards.study}"
    shell:
        "python -m workflow_scripts.draw_figures --settings {params.settings:q} --scores {input.scores:q}"
        " --histories {input.histories:q} --predictions {input.predictions:q} --sources {input.sources:q}"
        " --output {params.folder:q} > {log:q} 2>&1"


rule publish_models:
    input:
        models=lambda wildcards: PLAN.models_of(wildcards.study, wildcards.name),
        settings_file=ancient(lambda wildcards: SETTINGS[wildcards.study]),
    output:
        f"{RESULTS}/{{study}}/{{name}}/models.csv",
    log:
        "logs/publish_models/{study}/{name}.log",
    benchmark:
        "logs/benchmarks/publish_models/{study}/{name}.tsv"
    conda:
        "../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    message:
        "Copying the models of {wildcards.name} to the results"
    shell:
        "python -m workflow_scripts.publish_models --models {input.models:q} --output {output:q} > {log:q} 2>&1"


rule export_cases:
    input:
        scores=lambda wildcards: PLAN.score_files(PLAN.shown_runs(wildcards.study)),
        predictions=lambda wildcards: PLAN.run_files(PLAN.shown_runs(wildcards.study), "predictions.csv"),
        sources=lambda wildcards: PLAN.dataset_files(wildcards.study, "source.json"),
    output:
        f"{RESULTS}/{{study}}/cases/cases.json",
    log:
        "logs/export_cases/{study}.log",
    benchmark:
        "logs/benchmarks/export_cases/{study}.tsv"
    conda:
        "../envs/data.yaml"
    threads: cores(2)
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        settings=lambda wildcards: export_settings(PLAN, wildcards.study).model_dump_json(),
    message:
        "Writing the cases of {wildcards.study} for the report's viewer"
    shell:
        "python -m workflow_scripts.export_cases --settings {params.settings:q} --scores {input.scores:q}"
        " --predictions {input.predictions:q} --sources {input.sources:q} --workers {threads} --output {output:q} > {log:q} 2>&1"


rule keep_evidence:
    input:
        # A pull brings them in any order; what they are made from is newer when they change.
        made=ancient(
            lambda wildcards: [
                SETTINGS[wildcards.study],
                f"{RESULTS}/{wildcards.study}/parameters.json",
                f"{RESULTS}/{wildcards.study}/tables/tables.json",
                f"{RESULTS}/{wildcards.study}/claims/claims.json",
                f"{RESULTS}/{wildcards.study}/figures/figures.json",
                f"{RESULTS}/{wildcards.study}/cases/cases.json",
                *PLAN.model_lists(wildcards.study),
            ]
        ),
        scores=lambda wildcards: PLAN.score_files(PLAN.runs[wildcards.study]),
        folds=lambda wildcards: [f"{WORK}/folds/{run.folds_key}.csv" for run in PLAN.runs[wildcards.study]],
        sources=lambda wildcards: [
            f"{WORK}/datasets/{dataset}/source.json" for dataset in origin_of(PLAN, wildcards.study).datasets
        ],
        found=lambda wildcards: [
            f"{WORK}/datasets/{dataset}/found.json" for dataset in origin_of(PLAN, wildcards.study).datasets
        ],
    output:
        evidence=f"{RESULTS}/{{study}}/evidence.json",
        predictions=f"{RESULTS}/{{study}}/predictions.zip",
    log:
        "logs/keep_evidence/{study}.log",
    benchmark:
        "logs/benchmarks/keep_evidence/{study}.tsv"
    conda:
        "../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        settings=lambda wildcards: origin_of(PLAN, wildcards.study).model_dump_json(),
    message:
        "Keeping what {wildcards.study} was made from beside its results"
    shell:
        "python -m workflow_scripts.keep_evidence --settings {params.settings:q} --made {input.made:q}"
        " --scores {input.scores:q} --folds {input.folds:q} --sources {input.sources:q} --found {input.found:q}"
        " --output {output.evidence:q} > {log:q} 2>&1"


rule write_report:
    input:
        EVIDENCE,
    output:
        page=f"{RESULTS}/report/index.html",
        tables=report(
            directory(f"{RESULTS}/report/tables"),
            patterns=["{study}/{name}.csv"],
            caption="captions/table.rst",
            category="{study}",
            subcategory="Tables",
            labels={"table": "{name}"},
        ),
        figures=report(
            directory(f"{RESULTS}/report/figures"),
            patterns=["{study}/{name}.png"],
            caption="captions/figure.rst",
            category="{study}",
            subcategory="Figures",
            labels={"figure": "{name}"},
        ),
    log:
        "logs/write_report.log",
    benchmark:
        "logs/benchmarks/write_report.tsv"
    conda:
        "../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    message:
        "Writing the report"
    shell:
        "python -m workflow_scripts.write_report --studies {input:q} --output {output.page:q} > {log:q} 2>&1"
