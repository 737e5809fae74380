"""
What a repair has taken out of a stack and has yet to put back, kept in the deployed template itself.

So whoever goes on needs nothing but the stack, and a deployment of the file, which has no such note, ends it.
"""

import json
from typing import Any

from mailproof.template.contents import Template

KEY = "MailproofRepair"
_SECTIONS = ("Resources", "Outputs")


def with_note(template: Template, whole: Template) -> dict[str, Any]:
    """
    Note in a template what it lacks.

    As text, in which CloudFormation looks for no references.

    Args:
        template: What is to be deployed.
        whole: What the stack holds once it is repaired.
    """
    lacking = {section: _lacking(template.get(section, {}), whole.get(section, {})) for section in _SECTIONS}
    added = {section: sorted(template.get(section, {}).keys() - whole.get(section, {}).keys()) for section in _SECTIONS}
    note = json.dumps({"lacking": lacking, "added": added}, separators=(",", ":"))
    return {**template, "Metadata": {**whole.get("Metadata", {}), KEY: note}}


def _lacking(part: Template, whole: Template) -> Template:
    return {name: value for name, value in whole.items() if part.get(name) != value}


def whole_template(template: Template) -> dict[str, Any]:
    """
    Return what a stack holds once it is repaired: the template itself, but for a note in it.

    Raises:
        ValueError: The note is not one of `with_note`.
    """
    text = template.get("Metadata", {}).get(KEY)
    if text is None:
        return dict(template)
    try:
        note = json.loads(text)
        parts = {
            section: {
                **{k: v for k, v in template.get(section, {}).items() if k not in note["added"][section]},
                **note["lacking"][section],
            }
            for section in _SECTIONS
        }
    except (TypeError, KeyError, AttributeError) as err:
        raise ValueError(f"the note of a repair cannot be read: {err}") from err
    metadata = {key: value for key, value in template["Metadata"].items() if key != KEY}
    sections = {**template, **parts, "Metadata": metadata}
    return {name: section for name, section in sections.items() if section or name not in {*_SECTIONS, "Metadata"}}
