# `segrepro status` shows from another terminal how the run stands: it needs the list of jobs.
onstart:
    note_start(workflow.dag, PLAN.studies_of, log[0])
