"""The JSON Schema of an environment file, for editors and for the reference page."""

import ast
import functools
import inspect
from itertools import pairwise
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from mailproof.model.environment_file import EnvironmentPart
from mailproof.model.key_file import KeyFilePart

NULL = {"type": "null"}
NAMED = ("properties", "$defs")  # what stands below is named by people, not by JSON Schema


class _Generator(GenerateJsonSchema):
    """
    Takes descriptions from attribute docstrings, and leaves out the titles that pydantic makes from field names.

    Pydantic's own `use_attribute_docstrings` reads the source of every model whenever it is imported, which takes a
    third of the time in which environment files are read.
    """

    def model_schema(self, schema: Any) -> Any:
        described = super().model_schema(schema)
        for key, text in _attribute_docstrings(schema["cls"]).items():
            described["properties"][key]["description"] = text
        return described

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 -- the signature is pydantic's
        return False


def build_schema() -> dict[str, Any]:
    """
    Describe an environment file as people write it.

    It says less than the reader checks: what takes more than one value to judge, such as the zone of a domain, is not
    in it. A bare account number is refused, since one with a zero in front would be another number.

    Returns:
        A schema of JSON Schema 2020-12.
    """
    schema: dict[str, Any] = _tidy(EnvironmentPart.model_json_schema(schema_generator=_Generator))
    for part in schema["$defs"].values():
        del part["title"]  # the name of a class
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def build_key_schema() -> dict[str, Any]:
    """Describe the file of own DKIM keys: domains are its properties, so that it cannot name its schema itself."""
    schema: dict[str, Any] = _tidy(KeyFilePart.model_json_schema(schema_generator=_Generator))
    del schema["title"]
    for part in schema["$defs"].values():
        del part["title"]
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


@functools.cache
def _attribute_docstrings(model: type) -> dict[str, str]:
    [source] = ast.parse(inspect.getsource(model)).body
    found: dict[str, str] = {}
    for field, text in pairwise(source.body if isinstance(source, ast.ClassDef) else ()):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(description))):
                found[name] = inspect.cleandoc(description)
    return found


def _tidy(node: Any) -> Any:
    """Leave out null, which stands for "left out" in the models and is refused in a file."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {
        key: {name: _tidy(part) for name, part in value.items()} if key in NAMED else _tidy(value)
        for key, value in node.items()
        if not (key == "default" and value is None)
    }
    if NULL not in tidy.get("anyOf", []):
        return tidy
    (rest,) = (choice for choice in tidy.pop("anyOf") if choice != NULL)
    return rest | tidy
