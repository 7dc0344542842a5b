rule prepare_cases:
    message:
        "Preparing batch {wildcards.batch} of {wildcards.prepared}"
    input:
        lambda wildcards: f"{WORK}/datasets/{PLAN.prepared[wildcards.prepared].dataset.key}/cases.csv",
    output:
        f"{WORK}/prepared/{{prepared}}/batch{{batch}}/cases.json",
    params:
        settings=lambda wildcards: json.dumps(PLAN.batch_settings(wildcards.prepared, int(wildcards.batch))),
    log:
        "logs/prepare_cases/{prepared}/batch{batch}.log",
    benchmark:
        "logs/benchmarks/prepare_cases/{prepared}/batch{batch}.tsv"
    threads: 2
    retries: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.prepare_cases --settings {params.settings:q} --workers {threads}"
        " --output {output} > {log} 2>&1"
