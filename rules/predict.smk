rule predict_cases:
    input:
        model=f"{WORK}/runs/{{run}}/fold{{fold}}/model.json",
        weights=[
            f"{WORK}/runs/{{run}}/fold{{fold}}/model.safetensors",
            f"{WORK}/runs/{{run}}/fold{{fold}}/last.safetensors",
        ],
        folds=lambda wildcards: f"{WORK}/folds/{PLAN.all_runs[wildcards.run].folds_key}.csv",
        prepared=lambda wildcards: PLAN.prepared_batches(wildcards.run),
    output:
        f"{WORK}/runs/{{run}}/fold{{fold}}/predictions.csv",
    log:
        "logs/predict_cases/{run}/fold{fold}.log",
    benchmark:
        "logs/benchmarks/predict_cases/{run}/fold{fold}.tsv"
    retries: tries_again(2)
    conda:
        "../envs/torch.yaml"
    threads: CONFIG.train_threads
    resources:
        gpu=gpus,
        mem_mb=REQUESTS.growing_mb("predict", 6000),
        runtime=growing(120),
    params:
        settings=lambda wildcards: PLAN.run_settings(wildcards.run, int(wildcards.fold)).model_dump_json(),
        version=STAGE_VERSIONS["predict"],
    message:
        "Segmenting the held-out cases of {wildcards.run}, fold {wildcards.fold}"
    shell:
        "python -m workflow_scripts.predict_cases --settings {params.settings:q} --model {input.model:q}"
        " --folds {input.folds:q} --prepared {input.prepared:q} --output {output:q} > {log:q} 2>&1"


rule write_submission:
    input:
        model=lambda wildcards: PLAN.submission_model(wildcards.study),
        source=lambda wildcards: PLAN.source_file(PLAN.submission_run(wildcards.study)),
    output:
        f"{RESULTS}/{{study}}/submission.zip",
    log:
        "logs/write_submission/{study}.log",
    benchmark:
        "logs/benchmarks/write_submission/{study}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: CONFIG.train_threads
    resources:
        gpu=gpus,
        mem_mb=growing(6000),
        runtime=growing(120),
    params:
        settings=lambda wildcards: PLAN.submission_settings(wildcards.study).model_dump_json(),
    message:
        "Segmenting the hidden test set of {wildcards.study}"
    shell:
        "python -m workflow_scripts.write_submission --settings {params.settings:q} --model {input.model:q}"
        " --source {input.source:q} --output {output:q} > {log:q} 2>&1"
