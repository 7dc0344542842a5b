rule train_model:
    input:
        folds=lambda wildcards: f"{WORK}/folds/{PLAN.all_runs[wildcards.run].folds_key}.csv",
        prepared=lambda wildcards: PLAN.prepared_batches(wildcards.run),
        start=lambda wildcards: PLAN.first_model(wildcards.run, int(wildcards.fold)),
        weights=lambda wildcards: PLAN.downloaded_weights(wildcards.run),
    output:
        f"{WORK}/runs/{{run}}/fold{{fold}}/model.safetensors",
        f"{WORK}/runs/{{run}}/fold{{fold}}/last.safetensors",
        f"{WORK}/runs/{{run}}/fold{{fold}}/model.json",
        f"{WORK}/runs/{{run}}/fold{{fold}}/history.csv",
    log:
        "logs/train_model/{run}/fold{fold}.log",
    benchmark:
        "logs/benchmarks/train_model/{run}/fold{fold}.tsv"
    retries: tries_again(2)
    conda:
        "../envs/torch.yaml"
    threads: training_threads
    resources:
        gpu=training_gpus,
        mem_mb=for_each_gpu(REQUESTS.growing_mb("train", 8000)),
        runtime=REQUESTS.growing_minutes(720, gpus),
    params:
        settings=lambda wildcards: PLAN.run_settings(wildcards.run, int(wildcards.fold)).model_dump_json(),
        folder=subpath(output[0], parent=True),
    message:
        "Training {wildcards.run}, fold {wildcards.fold}"
    shell:
        "python -m workflow_scripts.train_model --settings {params.settings:q} --folds {input.folds:q}"
        " --prepared {input.prepared:q} --start {input.start:q} --output {params.folder:q}"
        " --gpus {resources.gpu} > {log:q} 2>&1"


rule share_training:
    input:
        model=lambda wildcards: f"{WORK}/runs/{SHARED[wildcards.run].key}/fold{wildcards.fold}/model.json",
        files=lambda wildcards: [
            f"{WORK}/runs/{SHARED[wildcards.run].key}/fold{wildcards.fold}/{name}"
            for name in ("model.safetensors", "last.safetensors", "history.csv")
        ],
    output:
        f"{WORK}/runs/{{run}}/fold{{fold}}/model.safetensors",
        f"{WORK}/runs/{{run}}/fold{{fold}}/last.safetensors",
        f"{WORK}/runs/{{run}}/fold{{fold}}/model.json",
        f"{WORK}/runs/{{run}}/fold{{fold}}/history.csv",
    log:
        "logs/share_training/{run}/fold{fold}.log",
    benchmark:
        "logs/benchmarks/share_training/{run}/fold{fold}.tsv"
    wildcard_constraints:
        run="|".join(SHARED) or "no_such_run",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        settings=lambda wildcards: PLAN.run_settings(wildcards.run, int(wildcards.fold)).model_dump_json(),
        folder=subpath(output[0], parent=True),
    message:
        "{wildcards.run}, fold {wildcards.fold}: the training of another run, which differs in the weights that are scored"
    shell:
        "python -m workflow_scripts.share_training --settings {params.settings:q} --model {input.model:q}"
        " --output {params.folder:q} > {log:q} 2>&1"


# It writes what a training writes.
ruleorder: share_training > train_model
