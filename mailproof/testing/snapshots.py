"""Snapshots of an environment: one readable JSON file per stack, and one about the stacks."""

import json
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

from mailproof.template.cloud_assembly import Stacks, SynthesisedStack
from mailproof.template.contents import Template

FOLDER = "snapshots"  # not `__snapshots__`: syrupy would call them unused, and delete them on its update
HEADS = "stacks.json"  # no stack has this name: theirs begin with `ses` or `dns`
LINE_LIMIT = 120
DIFF_LINES_LIMIT = 120
UPDATE = "run pytest --mailproof-update, then review and commit what it writes"


class EnvironmentSnapshot:
    """
    The recorded templates of one environment.

    Args:
        folder: Folder of its JSON files; need not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> Stacks:
        """Return the recorded stacks by path; FileNotFoundError if nothing is recorded."""
        stacks: Stacks = {}
        for head in json.loads((self.folder / HEADS).read_text(encoding="utf-8")):
            template = json.loads((self.folder / _file_name(head["path"])).read_text(encoding="utf-8"))
            stacks[head["path"]] = SynthesisedStack(**head | {"after": tuple(head["after"]), "template": template})
        return stacks

    def check(self, stacks: Stacks) -> None:
        """
        Compare stacks with what is recorded.

        Raises:
            AssertionError: Says which files are missing, left over or different, and how.
        """
        recorded, current = self._texts(), _build(stacks)
        if not recorded:
            raise AssertionError(f"{self.folder} holds no snapshot yet; {UPDATE}")
        changed = [name for name in sorted(recorded.keys() | current.keys()) if recorded.get(name) != current.get(name)]
        if changed:
            lines = [line for name in changed for line in _diff(name, recorded.get(name, ""), current.get(name, ""))]
            more = [f"… {len(lines) - DIFF_LINES_LIMIT} more lines"] if len(lines) > DIFF_LINES_LIMIT else []
            what = f"{', '.join(changed)} in {self.folder} differ from what is synthesised"
            title = f"{what}; if this is intended, {UPDATE}"
            raise AssertionError("\n".join((title, *lines[:DIFF_LINES_LIMIT], *more)))

    def update(self, stacks: Stacks) -> list[str]:
        """Record stacks, remove what is left over, and return what was done."""
        recorded, current = self._texts(), _build(stacks)
        self.folder.mkdir(parents=True, exist_ok=True)
        done = []
        for name in sorted(recorded.keys() | current.keys()):
            if name not in current:
                (self.folder / name).unlink()
                done.append(f"removed {self.folder / name}")
            elif recorded.get(name) != current[name]:
                (self.folder / name).write_text(current[name], encoding="utf-8", newline="\n")
                done.append(f"wrote {self.folder / name}")
        return done

    def _texts(self) -> dict[str, str]:
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.json"))}


def _file_name(path: str) -> str:
    return f"{path.rpartition('/')[2]}.json"


def _build(stacks: Stacks) -> dict[str, str]:
    """Write each stack, in an order that does not change with that of the environment file."""
    heads = [stack.head() for _, stack in sorted(stacks.items())]
    texts = {_file_name(stack.path): f"{format_json(_sorted(stack.template))}\n" for stack in stacks.values()}
    return {HEADS: f"{format_json(heads)}\n", **texts}


def _sorted(template: Template) -> Template:
    return {key: dict(sorted(part.items())) if isinstance(part, dict) else part for key, part in template.items()}


def _diff(name: str, recorded: str, current: str) -> Iterator[str]:
    return unified_diff(recorded.splitlines(), current.splitlines(), f"{name}, recorded", f"{name}, now", lineterm="")


def format_json(value: Any, indent: str = "") -> str:
    """Write JSON with everything on one line that fits on one, so that a record is a line and a change is short."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= LINE_LIMIT or not isinstance(value, dict | list):
        return line
    deeper = f"{indent}  "
    if isinstance(value, dict):
        parts = [
            f"{deeper}{json.dumps(key, ensure_ascii=False)}: {format_json(part, deeper)}" for key, part in value.items()
        ]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(f"{deeper}{format_json(part, deeper)}" for part in value) + f"\n{indent}]"
