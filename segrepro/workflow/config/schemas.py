"""The JSON schemas of config.yaml and of a study, for editors and for those who write studies by them."""

import json
from typing import get_args

from segrepro.inference.combined_settings import Options as Combined
from segrepro.training.nnunet_settings import Options as Nnunet
from segrepro.workflow.config.config import Config, Scale
from segrepro.workflow.config.short_forms import CALLS, TRAINERS
from segrepro.workflow.config.study import Study


def schemas() -> dict[str, str]:
    """The JSON schemas of config.yaml and of a study's file, by file name; `schemas/` holds a copy."""
    models = {"config.schema.json": Config.model_json_schema(), "study.schema.json": _with_short_forms()}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: json.dumps(dialect | schema, indent=2) + "\n" for name, schema in models.items()}


def _with_short_forms() -> dict:
    """The schema of a study, and of what its file may write shorter (`short_forms`) or change by scale."""
    schema = Study.model_json_schema()
    kinds = schema["$defs"]
    schema["properties"]["scales"] = {
        "type": "object",
        "description": "changes to what stands above, by scale",
        "properties": {scale: {"type": "object"} for scale in get_args(Scale)},
        "additionalProperties": False,
    }
    kinds["ExperimentSpec"]["properties"]["like"] = {
        "type": "string",
        "description": "an experiment of this study whose keys it has, but those that it sets itself",
    }
    kinds["ExperimentSpec"]["properties"] |= {
        "predictions": {"type": "string", "description": "folder of finished masks, in place of a network"},
        "annotator": {"type": "string", "description": "who drew masks in the data set, in place of a network"},
        "without_mask": {"enum": ["empty", "left_out"], "description": "what a case without a finished mask counts as"},
        "trainer": {"enum": [*TRAINERS], "description": "nnU-Net in place of a network, with the keys beside it"},
    }
    for key, one in Nnunet.model_json_schema()["properties"].items():
        kinds["ExperimentSpec"]["properties"][key] = one | {"description": f"trainer nnunet: {one['description']}"}
    together = Combined.model_json_schema()
    kinds |= together["$defs"]
    kinds["ExperimentSpec"]["properties"] |= together["properties"]
    for key in CALLS:
        kinds["ExperimentSpec"]["properties"][key]["type"] = ["string", "object"]
    for kind in ("ExperimentSpec", "RowSpec"):
        kinds[kind].pop("required")
    rows = kinds["TableSpec"]["properties"]["rows"]
    rows["items"] = {"anyOf": [rows["items"], {"type": "string", "description": "an experiment of this study"}]}
    return schema
