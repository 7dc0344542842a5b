rule build_tables:
    message:
        "Building the tables of {wildcards.study}"
    input:
        scores=lambda wildcards: PLAN.score_files(wildcards.study),
        models=lambda wildcards: PLAN.run_files(wildcards.study, "model.json"),
    output:
        f"{RESULTS}/{{study}}/tables/tables.json",
    params:
        settings=lambda wildcards: json.dumps(PLAN.study_settings(wildcards.study)),
        folder=subpath(output[0], parent=True),
    log:
        "logs/build_tables/{study}.log",
    benchmark:
        "logs/benchmarks/build_tables/{study}.tsv"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.build_tables --settings {params.settings:q} --scores {input.scores}"
        " --models {input.models} --output {params.folder} > {log} 2>&1"


rule draw_figures:
    message:
        "Drawing the figures of {wildcards.study}"
    input:
        scores=lambda wildcards: PLAN.score_files(wildcards.study),
        histories=lambda wildcards: PLAN.run_files(wildcards.study, "history.csv"),
        predictions=lambda wildcards: PLAN.run_files(wildcards.study, "predictions.csv"),
    output:
        f"{RESULTS}/{{study}}/figures/figures.json",
    params:
        settings=lambda wildcards: json.dumps(PLAN.study_settings(wildcards.study)),
        folder=subpath(output[0], parent=True),
    log:
        "logs/draw_figures/{study}.log",
    benchmark:
        "logs/benchmarks/draw_figures/{study}.tsv"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.draw_figures --settings {params.settings:q} --scores {input.scores}"
        " --histories {input.histories} --predictions {input.predictions} --output {params.folder} > {log} 2>&1"


rule publish_models:
    message:
        "Copying the models of {wildcards.name} to the results"
    input:
        lambda wildcards: PLAN.models_of(wildcards.study, wildcards.name),
    output:
        f"{RESULTS}/{{study}}/{{name}}/models.csv",
    log:
        "logs/publish_models/{study}/{name}.log",
    benchmark:
        "logs/benchmarks/publish_models/{study}/{name}.tsv"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 500 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.publish_models --models {input} --output {output} > {log} 2>&1"


rule write_report:
    message:
        "Writing the report"
    input:
        tables=TABLES,
        figures=FIGURES,
    output:
        f"{RESULTS}/report/index.html",
    params:
        settings=lambda wildcards: json.dumps(PLAN.report_settings),
    log:
        "logs/write_report.log",
    benchmark:
        "logs/benchmarks/write_report.tsv"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.write_report --settings {params.settings:q} --tables {input.tables}"
        " --figures {input.figures} --output {output} > {log} 2>&1"
