rule fetch_dataset:
    output:
        f"{WORK}/datasets/{{dataset}}/source.json",
    log:
        "logs/fetch_dataset/{dataset}.log",
    benchmark:
        "logs/benchmarks/fetch_dataset/{dataset}.tsv"
    conda:
        "../envs/data.yaml"
    threads: cores(4)
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        settings=lambda wildcards: PLAN.fetch_settings(wildcards.dataset).model_dump_json(),
    message:
        "Making the scans of {wildcards.dataset} available"
    shell:
        "python -m workflow_scripts.fetch_dataset --settings {params.settings:q} --workers {threads}"
        " --output {output:q} > {log:q} 2>&1"


rule fetch_weights:
    output:
        f"{WORK}/weights/{{weights}}/source.json",
    log:
        "logs/fetch_weights/{weights}.log",
    benchmark:
        "logs/benchmarks/fetch_weights/{weights}.tsv"
    conda:
        "../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(120),
    params:
        settings=lambda wildcards: PLAN.weights_settings(wildcards.weights).model_dump_json(),
    message:
        "Downloading the weights {wildcards.weights}"
    shell:
        "python -m workflow_scripts.fetch_weights --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule check_dataset:
    input:
        f"{WORK}/datasets/{{dataset}}/source.json",
    output:
        cases=f"{WORK}/datasets/{{dataset}}/cases.csv",
        found=f"{WORK}/datasets/{{dataset}}/found.json",
    log:
        "logs/check_dataset/{dataset}.log",
    benchmark:
        "logs/benchmarks/check_dataset/{dataset}.tsv"
    conda:
        "../envs/data.yaml"
    threads: cores(4)
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=lambda wildcards: PLAN.check_settings(wildcards.dataset).model_dump_json(),
        faults=lambda wildcards, output: output.cases.replace("cases.csv", "faults.csv"),
    message:
        "Looking for faults in {wildcards.dataset}"
    shell:
        "python -m workflow_scripts.check_dataset --settings {params.settings:q} --source {input:q}"
        " --faults {params.faults:q} --workers {threads} --output {output.cases:q} > {log:q} 2>&1"
