# Between its own lines snakemake says how the studies stand; --quiet progress leaves that out.
PROGRESS = Progress(lambda text: logger.info(text, extra={"quietness": Quietness.PROGRESS}))


onstart:
    with one_line_exit():
        begin_run([WORK, RESULTS])
        # `segrepro status` shows from another terminal how the run stands: it needs the list of jobs.
        note_start(workflow.dag, PLAN.studies_of, log[0])
    PROGRESS.start()


onsuccess:
    PROGRESS.end("done")


onerror:
    PROGRESS.end("interrupted")  # or failed, which the log has said by now
