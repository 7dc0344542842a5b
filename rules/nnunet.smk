rule plan_nnunet:
    input:
        folds=lambda wildcards: f"{WORK}/folds/{nnunet_sets(PLAN)[wildcards.nnunet].folds_key}.csv",
        source=lambda wildcards: PLAN.source_file(nnunet_sets(PLAN)[wildcards.nnunet]),
    output:
        f"{WORK}/nnunet/{{nnunet}}/plans.json",
    log:
        "logs/plan_nnunet/{nnunet}.log",
    benchmark:
        "logs/benchmarks/plan_nnunet/{nnunet}.tsv"
    retries: tries_again(1)
    conda:
        "../envs/nnunet.yaml"
    threads: cores(4)
    resources:
        mem_mb=growing(16000),
        runtime=growing(240),
    params:
        settings=lambda wildcards: nnunet_settings(PLAN, wildcards.nnunet).model_dump_json(),
    message:
        "nnU-Net plans and preprocesses {wildcards.nnunet}"
    shell:
        "python -m workflow_scripts.plan_nnunet --settings {params.settings:q} --folds {input.folds:q}"
        " --source {input.source:q} --workers {threads} --output {output:q} > {log:q} 2>&1"


rule train_nnunet:
    input:
        folds=lambda wildcards: f"{WORK}/folds/{PLAN.all_runs[wildcards.run].folds_key}.csv",
        prepared=lambda wildcards: PLAN.prepared_batches(wildcards.run),
        plan=lambda wildcards: nnunet_plan(PLAN, wildcards.run),
    output:
        f"{WORK}/runs/{{run}}/fold{{fold}}/model.safetensors",
        f"{WORK}/runs/{{run}}/fold{{fold}}/last.safetensors",
        f"{WORK}/runs/{{run}}/fold{{fold}}/model.json",
        f"{WORK}/runs/{{run}}/fold{{fold}}/history.csv",
    log:
        "logs/train_nnunet/{run}/fold{fold}.log",
    benchmark:
        "logs/benchmarks/train_nnunet/{run}/fold{fold}.tsv"
    wildcard_constraints:
        run="|".join(nnunet_runs(PLAN)) or "no_such_run",
    retries: tries_again(2)
    conda:
        "../envs/nnunet.yaml"
    threads: CONFIG.train_threads
    resources:
        gpu=gpus,
        mem_mb=growing(16000),
        runtime=growing(2880),
    params:
        settings=lambda wildcards: PLAN.run_settings(wildcards.run, int(wildcards.fold)).model_dump_json(),
        folder=subpath(output[0], parent=True),
    message:
        "nnU-Net trains {wildcards.run}, fold {wildcards.fold}"
    shell:
        "python -m workflow_scripts.train_nnunet --settings {params.settings:q} --folds {input.folds:q}"
        " --prepared {input.prepared:q} --plan {input.plan:q} --output {params.folder:q} > {log:q} 2>&1"


rule predict_nnunet:
    input:
        model=f"{WORK}/runs/{{run}}/fold{{fold}}/model.json",
        plan=lambda wildcards: nnunet_plan(PLAN, wildcards.run),
        folds=lambda wildcards: f"{WORK}/folds/{PLAN.all_runs[wildcards.run].folds_key}.csv",
        prepared=lambda wildcards: PLAN.prepared_batches(wildcards.run),
    output:
        f"{WORK}/runs/{{run}}/fold{{fold}}/predictions.csv",
    log:
        "logs/predict_nnunet/{run}/fold{fold}.log",
    benchmark:
        "logs/benchmarks/predict_nnunet/{run}/fold{fold}.tsv"
    wildcard_constraints:
        run="|".join(nnunet_runs(PLAN)) or "no_such_run",
    retries: tries_again(2)
    conda:
        "../envs/nnunet.yaml"
    threads: CONFIG.train_threads
    resources:
        gpu=gpus,
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        settings=lambda wildcards: PLAN.run_settings(wildcards.run, int(wildcards.fold)).model_dump_json(),
        version=STAGE_VERSIONS["predict"],
    message:
        "nnU-Net segments the held-out cases of {wildcards.run}, fold {wildcards.fold}"
    shell:
        "python -m workflow_scripts.predict_nnunet --settings {params.settings:q} --model {input.model:q}"
        " --plan {input.plan:q} --folds {input.folds:q} --prepared {input.prepared:q} --output {output:q} > {log:q} 2>&1"


# Both write what the rules for all other networks write.
ruleorder: train_nnunet > train_model
ruleorder: predict_nnunet > predict_cases
