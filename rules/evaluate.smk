rule evaluate_predictions:
    input:
        predictions=lambda wildcards: expand(
            f"{WORK}/runs/{wildcards.run}/fold{{fold}}/predictions.csv",
            fold=PLAN.all_runs[wildcards.run].fold_numbers,
        ),
        source=lambda wildcards: PLAN.source_file(PLAN.all_runs[wildcards.run]),
    output:
        f"{WORK}/runs/{{run}}/scores.csv",
    log:
        "logs/evaluate_predictions/{run}.log",
    benchmark:
        "logs/benchmarks/evaluate_predictions/{run}.tsv"
    retries: tries_again(1)
    conda:
        "../envs/data.yaml"
    threads: cores(2)
    resources:
        mem_mb=REQUESTS.growing_mb("score", 4000),
        runtime=growing(60),
    params:
        settings=lambda wildcards: PLAN.evaluation_settings(wildcards.run).model_dump_json(),
        version=STAGE_VERSIONS["evaluate"],
    message:
        "Scoring {wildcards.run}"
    shell:
        "python -m workflow_scripts.evaluate_predictions --settings {params.settings:q} --predictions {input.predictions:q}"
        " --source {input.source:q} --workers {threads} --output {output:q} > {log:q} 2>&1"
