"""The JSON schemas of config.yaml and of a study, for editors and for those who write studies by them."""

import json

from segrepro.workflow.config.config import Config


def schemas() -> dict[str, str]:
    """The JSON schemas of config.yaml and of a resolved study, by file name; `schemas/` holds a copy."""
    from segrepro.workflow.config.study import Study

    models = {"config.schema.json": Config, "study.schema.json": Study}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: json.dumps(dialect | model.model_json_schema(), indent=2) + "\n" for name, model in models.items()}
