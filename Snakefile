# The workflow, for a checkout; a module that takes it from a forge names workflow/Snakefile.
include: "workflow/Snakefile"


workflow.default_target = DEFAULT_TARGET
