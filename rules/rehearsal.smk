# `snakemake rehearsal`: the first real steps of every experiment at its published recipe, whatever the config's scale,
# and what the whole run would take. What it measured, the rules ask for from then on.
rule rehearsal:
    output:
        f"{WORK}/rehearsal/rehearsal.md",
    log:
        "logs/rehearsal.log",
    benchmark:
        "logs/benchmarks/rehearsal.tsv"
    conda:
        "../envs/torch.yaml"
    threads: CONFIG.train_threads
    resources:
        gpu=gpus,
        mem_mb=growing(24000),
        runtime=growing(720),
    params:
        settings=CONFIG.model_copy(update={"scale": "paper"}).model_dump_json(),
    message:
        "Rehearsing the experiments at their published recipes"
    shell:
        "python -m workflow_scripts.rehearsal --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"
