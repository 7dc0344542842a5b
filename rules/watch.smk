onstart:
    with one_line_exit():
        begin_run([WORK, RESULTS])
    # `segrepro status` shows from another terminal how the run stands: it needs the list of jobs.
    note_start(workflow.dag, PLAN.studies_of, log[0])
