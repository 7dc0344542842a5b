rule prepare_cases:
    input:
        cases=lambda wildcards: f"{WORK}/datasets/{PLAN.prepared[wildcards.prepared].dataset.key}/cases.csv",
        source=lambda wildcards: PLAN.source_file(PLAN.prepared[wildcards.prepared]),
    output:
        f"{WORK}/prepared/{{prepared}}/batch{{batch}}/cases.json",
    log:
        "logs/prepare_cases/{prepared}/batch{batch}.log",
    benchmark:
        "logs/benchmarks/prepare_cases/{prepared}/batch{batch}.tsv"
    retries: tries_again(1)
    conda:
        "../envs/data.yaml"
    threads: cores(2)
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=lambda wildcards: PLAN.batch_settings(wildcards.prepared, int(wildcards.batch)).model_dump_json(),
    message:
        "Preparing batch {wildcards.batch} of {wildcards.prepared}"
    shell:
        "python -m workflow_scripts.prepare_cases --settings {params.settings:q} --source {input.source:q} --workers {threads}"
        " --output {output:q} > {log:q} 2>&1"


rule extract_features:
    input:
        prepared=lambda wildcards: (
            f"{WORK}/prepared/{PLAN.features[wildcards.features][0].prepared_key}/batch{wildcards.batch}/cases.json"
        ),
        source=lambda wildcards: PLAN.source_file(PLAN.features[wildcards.features][0]),
    output:
        f"{WORK}/features/{{features}}/batch{{batch}}/cases.json",
    log:
        "logs/extract_features/{features}/batch{batch}.log",
    benchmark:
        "logs/benchmarks/extract_features/{features}/batch{batch}.tsv"
    retries: tries_again(1)
    conda:
        "../envs/data.yaml"
    threads: cores(2)
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=lambda wildcards: PLAN.feature_settings(wildcards.features, int(wildcards.batch)).model_dump_json(),
    message:
        "Computing batch {wildcards.batch} of {wildcards.features}"
    shell:
        "python -m workflow_scripts.extract_features --settings {params.settings:q} --prepared {input.prepared:q}"
        " --source {input.source:q} --workers {threads} --output {output:q} > {log:q} 2>&1"
