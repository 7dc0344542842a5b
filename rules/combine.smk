rule combine_models:
    input:
        models=lambda wildcards: member_models(PLAN, wildcards.run, int(wildcards.fold)),
        folds=lambda wildcards: f"{WORK}/folds/{PLAN.all_runs[wildcards.run].folds_key}.csv",
        prepared=lambda wildcards: PLAN.prepared_batches(wildcards.run),
        source=lambda wildcards: PLAN.source_file(PLAN.all_runs[wildcards.run]),
    output:
        f"{WORK}/runs/{{run}}/fold{{fold}}/model.safetensors",
        f"{WORK}/runs/{{run}}/fold{{fold}}/last.safetensors",
        f"{WORK}/runs/{{run}}/fold{{fold}}/model.json",
        f"{WORK}/runs/{{run}}/fold{{fold}}/history.csv",
        f"{WORK}/runs/{{run}}/fold{{fold}}/predictions.csv",
    log:
        "logs/combine_models/{run}/fold{fold}.log",
    benchmark:
        "logs/benchmarks/combine_models/{run}/fold{fold}.tsv"
    wildcard_constraints:
        run="|".join(combined_runs(PLAN)) or "no_such_run",
    retries: tries_again(2)
    conda:
        "../envs/torch.yaml"
    threads: CONFIG.train_threads
    resources:
        gpu=gpus,
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        settings=lambda wildcards: PLAN.run_settings(wildcards.run, int(wildcards.fold)).model_dump_json(),
        version=STAGE_VERSIONS["predict"],
        folder=subpath(output[0], parent=True),
    message:
        "Segmenting the held-out cases of {wildcards.run}, fold {wildcards.fold}, with trained models together"
    shell:
        "python -m workflow_scripts.combine_models --settings {params.settings:q} --models {input.models:q}"
        " --folds {input.folds:q} --prepared {input.prepared:q} --source {input.source:q} --output {params.folder:q}"
        " > {log:q} 2>&1"


# It writes what the rules for all other networks write.
ruleorder: combine_models > train_model
ruleorder: combine_models > predict_cases
