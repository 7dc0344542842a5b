rule split_folds:
    message:
        "Dividing the cases of {wildcards.folds} into folds"
    input:
        lambda wildcards: f"{WORK}/datasets/{PLAN.fold_files[wildcards.folds].dataset.key}/cases.csv",
    output:
        f"{WORK}/folds/{{folds}}.csv",
    params:
        settings=lambda wildcards: json.dumps(PLAN.fold_settings(wildcards.folds)),
    log:
        "logs/split_folds/{folds}.log",
    benchmark:
        "logs/benchmarks/split_folds/{folds}.tsv"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.split_folds --settings {params.settings:q} --cases {input}"
        " --output {output} > {log} 2>&1"
