"""
Writes what is generated from the model of an environment file.

That is the JSON Schema for editors and the tables of the reference page. `python -m mailproof.reference` writes both;
with `--check` it writes nothing and exits with 1 if one is out of date.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mailproof.spec.schema import build_schema

SCHEMA = Path("environments/schema.json")
PAGE = Path("docs/environment-file.md")
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
    "`rollout`": "RolloutPart",
    "`rollout.gate`": "GatePart",
}

Schema = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the generated files, or check them, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mailproof.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is out of date")
    parser.add_argument("--root", type=Path, default=Path(), help="folder of the repository (default: this one)")
    options = parser.parse_args(arguments)
    texts = {options.root / SCHEMA: build_schema_text(), options.root / PAGE: build_page(options.root / PAGE)}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if not options.check:
            path.write_text(texts[path], encoding="utf-8")
        sys.stdout.write(f"{path}: {'is out of date' if options.check else 'written'}\n")
    return 1 if stale and options.check else 0


def build_schema_text() -> str:
    """Write the JSON Schema as the repository keeps it."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


def build_page(path: Path) -> str:
    """Renew the tables of the reference page; the rest of it is written by hand."""
    head, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
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
        yield f"| `{key}` | {_type(value)} | {default} | {value['description']} |"
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
    return f"by name: {_type(next(iter(value['patternProperties'].values())))}"


def _link(name: str) -> str:
    heading = next(heading for heading, part in SECTIONS.items() if part == name)
    anchor = "".join(sign for sign in heading if sign.isalnum() or sign == "_")
    return f"[mapping](#{anchor})"


if __name__ == "__main__":
    sys.exit(main())
