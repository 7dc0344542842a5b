# Between its own lines snakemake says how the studies stand; --quiet progress leaves that out.
PROGRESS = Progress(lambda text: logger.info(text, extra={"quietness": Quietness.PROGRESS}))
EVENTS = RunEvents(workflow.output_settings, None)


onstart:
    with one_line_exit():
        begin_run([WORK, RESULTS])
        # `segrepro status` shows from another terminal how the run stands: it needs the list of jobs, and what becomes of
        # them. In a second pass those of the first hold: what failed there is not tried again.
        if not FAILED:
            note_start(workflow.dag, PLAN.studies_of)
            logger.addHandler(EVENTS)
            EVENTS.heed_kill()
    PROGRESS.start()


onsuccess:
    if not FAILED:
        EVENTS.end(done=True)
    PROGRESS.end()


onerror:
    if not FAILED:
        EVENTS.end(done=False)
    PROGRESS.end()
    with one_line_exit():
        STATUS = read_status(Path())
        NEWLY_FAILED = failed_now(STATUS, PLAN) if STATUS.outcome == "failed" else {}
        # A failed row does not keep the others from their tables; the run fails all the same.
        if NEWLY_FAILED and without_failed(PLAN, NEWLY_FAILED).runs:
            end_run()
            pass_without(FAILED | NEWLY_FAILED, workflow.workdir_init)
