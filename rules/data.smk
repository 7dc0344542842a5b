rule fetch_dataset:
    message:
        "Making the scans of {wildcards.dataset} available"
    output:
        f"{WORK}/datasets/{{dataset}}/source.json",
    params:
        settings=lambda wildcards: json.dumps(PLAN.datasets[wildcards.dataset].settings),
    log:
        "logs/fetch_dataset/{dataset}.log",
    benchmark:
        "logs/benchmarks/fetch_dataset/{dataset}.tsv"
    threads: 4
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.fetch_dataset --settings {params.settings:q} --workers {threads}"
        " --output {output} > {log} 2>&1"


rule check_dataset:
    message:
        "Looking for faults in {wildcards.dataset}"
    input:
        f"{WORK}/datasets/{{dataset}}/source.json",
    output:
        f"{WORK}/datasets/{{dataset}}/cases.csv",
    params:
        settings=lambda wildcards: json.dumps(
            PLAN.datasets[wildcards.dataset].settings | {"folds": PLAN.fold_count(wildcards.dataset)}
        ),
        faults=lambda wildcards, output: str(output).replace("cases.csv", "faults.csv"),
    log:
        "logs/check_dataset/{dataset}.log",
    benchmark:
        "logs/benchmarks/check_dataset/{dataset}.tsv"
    threads: 4
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.check_dataset --settings {params.settings:q} --faults {params.faults:q}"
        " --workers {threads} --output {output} > {log} 2>&1"
