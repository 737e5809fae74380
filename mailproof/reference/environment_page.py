"""Page of the environment file: its tables are generated from the model, the rest is written by hand."""

import json
from collections.abc import Iterator
from typing import Any

from mailproof.model.schema import build_schema

BEGIN = "<!-- Generated from the model by `python -m mailproof.reference`, up to the next such mark. -->\n"
END = "<!-- End of what is generated. -->\n"
REFERENCE = "#/$defs/"
# The parts in the order of the page: their key in a file, and where the schema describes them.
SECTIONS = {
    "The file": "",
    "`zones.<name>`": "ZonePart",
    "`defaults`": "DefaultsPart",
    "`domains[]`": "DomainPart",
    "`mail_from`": "MailFromPart",
    "`dkim`": "DkimPart",
    "`dmarc`": "DmarcPart",
    "`identity`": "ElsewherePart",
    "`identity.dkim.<region>`": "GivenDkimPart",
    "`mta_sts`": "MtaStsPart",
    "`spf`": "SpfPart",
    "`bimi`": "BimiPart",
    "`addresses[]`": "AddressPart",
    "`parked[]`": "ParkedPart",
    "`rollout`": "RolloutPart",
    "`rollout.gate`": "GatePart",
    "`watch`": "WatchPart",
}

Schema = dict[str, Any]


def build_page(present: str) -> str:
    """
    Renew the tables of the page.

    Args:
        present: What it holds now.
    """
    head, _, rest = present.partition(BEGIN)
    return f"{head}{BEGIN}\n{build_tables(build_schema())}\n{END}{rest.partition(END)[2]}"


def build_tables(schema: Schema) -> str:
    """Write a table of the keys of every part."""
    return "\n".join(
        line
        for heading, name in SECTIONS.items()
        for line in _section(heading, schema["$defs"][name] if name else schema)
    )


def _section(heading: str, part: Schema) -> Iterator[str]:
    yield from (
        f"### {heading}",
        "",
        part["description"],
        "",
        "| key | value | default | meaning |",
        "|---|---|---|---|",
    )
    for key, value in part["properties"].items():
        default = "**required**" if key in part.get("required", ()) else _default(value)
        yield f"| `{key}` | {_type(value)} | {default} | {' '.join(value['description'].split())} |"
    yield ""


def _default(value: Schema) -> str:
    default = value.get("default")
    if default in (None, {}, []):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _type(value: Schema) -> str:
    """Say in words what may stand as a value."""
    if choices := value.get("anyOf") or value.get("oneOf"):
        return " or ".join(map(_type, choices))
    if reference := value.get("$ref"):
        return _link(reference.removeprefix(REFERENCE))
    if "title" in value:
        return str(value["title"])
    if "const" in value or "enum" in value:
        return " or ".join(f"`{choice}`" for choice in value.get("enum", [value.get("const")]))
    return _plain_type(value)


def _plain_type(value: Schema) -> str:
    if value["type"] == "array":
        return f"list of: {_type(value['items'])}"
    if value["type"] == "integer":
        return f"{value['minimum']} to {value['maximum']}"
    if value["type"] == "boolean":
        return "`true` or `false`"
    by_pattern = value.get("patternProperties")
    kind = next(iter(by_pattern.values())) if by_pattern else value["additionalProperties"]
    return f"by {'name' if by_pattern else 'region'}: {_type(kind)}"


def _link(name: str) -> str:
    heading = next(heading for heading, part in SECTIONS.items() if part == name)
    anchor = "".join(sign for sign in heading if sign.isalnum() or sign == "_")
    return f"[mapping](#{anchor})"
