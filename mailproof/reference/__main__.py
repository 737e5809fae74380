"""
Write the reference pages and the JSON Schemas.

`python -m mailproof.reference` writes them all; with `--check` it writes nothing and exits with 1 if one is stale.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mailproof.change import cdk_cli
from mailproof.dmarc import policy_text, reports_json
from mailproof.doctor import report as doctor_report
from mailproof.explain import report as explain_report
from mailproof.export import json_records
from mailproof.history import kept_run, life
from mailproof.model import schema
from mailproof.probe import report as probe_report
from mailproof.reference import environment_page, permissions_page, rules_page
from mailproof.report import json_report
from mailproof.zones import json_comparison

ROOT = Path(__file__).parents[2]

# What each file should hold; what it holds now is given, since a page may be generated only in part.
FILES: Mapping[str, Callable[[str], str]] = {
    "environments/schema.json": lambda _: _as_text(schema.build_schema()),
    "docs/environment-file.md": environment_page.build_page,
    "docs/permissions.md": lambda _: permissions_page.build_page(),
    "docs/rules.md": lambda _: rules_page.build_page(),
    "docs/schemas/check.json": lambda _: _as_text(json_report.build_schema()),
    "docs/schemas/doctor.json": lambda _: _as_text(doctor_report.build_schema()),
    "docs/schemas/run.json": lambda _: _as_text(kept_run.build_schema()),
    "docs/schemas/history.json": lambda _: _as_text(life.build_schema()),
    "docs/schemas/explain.json": lambda _: _as_text(explain_report.build_schema()),
    "docs/schemas/keys.json": lambda _: _as_text(schema.build_key_schema()),
    "docs/schemas/dmarc-next.json": lambda _: _as_text(reports_json.build_steps_schema()),
    "docs/schemas/dmarc-reports.json": lambda _: _as_text(reports_json.build_reports_schema()),
    "docs/schemas/dmarc-policy.json": lambda _: _as_text(policy_text.build_schema()),
    "docs/schemas/probe.json": lambda _: _as_text(probe_report.build_schema()),
    "docs/schemas/records.json": lambda _: _as_text(json_records.build_schema()),
    "docs/schemas/zone-comparison.json": lambda _: _as_text(json_comparison.build_schema()),
    f"mailproof/change/cdk_cli/{cdk_cli.LOCK}": lambda _: _as_text(
        cdk_cli.build_lock(json.loads((ROOT / cdk_cli.LOCK).read_text(encoding="utf-8")))
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the generated files, or check them, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mailproof.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is out of date")
    parser.add_argument("--root", type=Path, default=Path(), help="folder of the repository (default: this one)")
    options = parser.parse_args(arguments)
    is_stale = False
    for name, build in FILES.items():
        path = options.root / name
        present = path.read_text(encoding="utf-8") if path.is_file() else ""
        if (text := build(present)) == present:
            continue
        is_stale = True
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}: {'is out of date' if options.check else 'written'}\n")
    return int(is_stale and options.check)


def _as_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
