rule split_folds:
    input:
        lambda wildcards: f"{WORK}/datasets/{PLAN.fold_files[wildcards.folds].dataset.key}/cases.csv",
    output:
        f"{WORK}/folds/{{folds}}.csv",
    log:
        "logs/split_folds/{folds}.log",
    benchmark:
        "logs/benchmarks/split_folds/{folds}.tsv"
    conda:
        "../envs/data.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        settings=lambda wildcards: json.dumps(PLAN.fold_settings(wildcards.folds)),
    message:
        "Dividing the cases of {wildcards.folds} into folds"
    shell:
        "python -m workflow_scripts.split_folds --settings {params.settings:q} --cases {input:q}"
        " --output {output:q} > {log:q} 2>&1"
