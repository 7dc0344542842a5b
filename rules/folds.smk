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
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        settings=lambda wildcards: PLAN.fold_settings(wildcards.folds).model_dump_json(),
    message:
        "Dividing the cases of {wildcards.folds} into folds"
    shell:
        "python -m workflow_scripts.split_folds --settings {params.settings:q} --cases {input:q}"
        " --output {output:q} > {log:q} 2>&1"
