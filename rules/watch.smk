# Between its own lines snakemake says how the studies stand; --quiet progress leaves that out.
PROGRESS = Progress(lambda text: logger.info(text, extra={"quietness": Quietness.PROGRESS}))


onstart:
    with one_line_exit():
        begin_run([WORK, RESULTS])
        # `segrepro status` shows from another terminal how the run stands: it needs the list of jobs. In a second pass
        # that of the first holds: what failed there is not tried again.
        if not FAILED:
            note_start(workflow.dag, PLAN.studies_of, log[0])
    PROGRESS.start()


onsuccess:
    PROGRESS.end("done")


onerror:
    PROGRESS.end("interrupted")  # or failed, which the log has said by now
    with one_line_exit():
        STATUS = read_status(Path())
        NEWLY_FAILED = failed_now(STATUS, PLAN) if STATUS.outcome == "failed" else {}
        # A failed row does not keep the others from their tables; the run fails all the same.
        if NEWLY_FAILED and without_failed(PLAN, NEWLY_FAILED).runs:
            end_run()
            pass_without(FAILED | NEWLY_FAILED, workflow.workdir_init)
