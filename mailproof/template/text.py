"""Parse the text of a deployed template: JSON, or YAML where `cdk import` has written it."""

import json
from typing import Any

from mailproof.template.contents import Template


def parse_template(text: str) -> Template:
    """
    Read a template from JSON or YAML; short forms of intrinsic functions become the long ones.

    Raises:
        ValueError: It is neither.
    """
    try:
        return dict(json.loads(text))
    except ValueError:
        import yaml  # noqa: PLC0415 -- most templates are JSON

        class Loader(yaml.SafeLoader):
            """Knows the short forms too."""

        Loader.add_multi_constructor("!", _short_form)
        try:
            return dict(yaml.load(text, Loader))  # noqa: S506 -- a SafeLoader
        except (yaml.YAMLError, TypeError) as err:
            raise ValueError(f"is not a template: {err}") from err


def _short_form(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if node.id == "scalar":
        value = loader.construct_scalar(node)
    elif node.id == "sequence":
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}
