rule evaluate_predictions:
    message:
        "Scoring {wildcards.run}"
    input:
        lambda wildcards: expand(
            f"{WORK}/runs/{wildcards.run}/fold{{fold}}/predictions.csv",
            fold=PLAN.all_runs[wildcards.run].fold_numbers,
        ),
    output:
        f"{WORK}/runs/{{run}}/scores.csv",
    params:
        settings=lambda wildcards: json.dumps(PLAN.evaluation_settings(wildcards.run)),
        version=STAGE_VERSIONS["evaluate"],
    log:
        "logs/evaluate_predictions/{run}.log",
    benchmark:
        "logs/benchmarks/evaluate_predictions/{run}.tsv"
    threads: 2
    retries: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    conda:
        "../envs/data.yaml"
    shell:
        "python -m workflow_scripts.evaluate_predictions --settings {params.settings:q} --predictions {input}"
        " --workers {threads} --output {output} > {log} 2>&1"
