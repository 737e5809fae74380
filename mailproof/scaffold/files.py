"""The files of a repository that deploys with mailproof."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from mailproof.change.cdk_cli import LOCK, npm_files, tested_version
from mailproof.model.folder import DEFAULT_FOLDER
from mailproof.model.names import is_within
from mailproof.model.schema import build_schema
from mailproof.scaffold.answers import Answers

PLAIN = re.compile(r"\w[\w.-]*")
PINS = Path(__file__).with_name("requirements.txt")
DIRECT = ("mailproof", "pytest")
"""What stands in the requirements for its own sake."""
APP = """\
from mailproof.stacks.main import main

main()
"""
CDK_JSON = """\
{
  "app": "python3 app.py",
  "pathMetadata": false
}
"""
PYTEST_SETTING = f"mailproof_environments = {DEFAULT_FOLDER}"
IGNORED = (".venv/", "node_modules/", "cdk.out/", ".localaws/", "__pycache__/", ".pytest_cache/")


@dataclass(frozen=True, slots=True)
class NewFile:
    """
    A file to be written.

    Attributes:
        path: Below the folder of the repository.
        text: What it is to hold.
        essence: What is to be added where such a file is there already; empty if it is of no use without ours.
    """

    path: Path
    text: str
    essence: str


def build_files(answers: Answers) -> Iterator[NewFile]:
    """Yield every file, that of the environment first."""
    yield environment_file(answers)
    yield NewFile(Path(DEFAULT_FOLDER, "schema.json"), schema_text(), "")
    yield NewFile(Path("app.py"), APP, APP)
    yield NewFile(Path("cdk.json"), CDK_JSON, CDK_JSON)
    text = requirements_text()
    direct = (line for line in text.splitlines(keepends=True) if re.split(r"==|\[", line)[0] in DIRECT)
    yield NewFile(Path("requirements.txt"), text, "".join(direct))
    npm = npm_files()
    yield NewFile(Path("package.json"), npm["package.json"], f"npm install --save-dev aws-cdk@{tested_version()}\n")
    yield NewFile(Path(LOCK), npm[LOCK], "")
    yield NewFile(Path("pytest.ini"), f"[pytest]\n{PYTEST_SETTING}\n", f"{PYTEST_SETTING}\n")
    ignored = "".join(f"{name}\n" for name in IGNORED)
    yield NewFile(Path(".gitignore"), ignored, ignored)


def schema_text() -> str:
    """Return the JSON Schema of environment files."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


def requirements_text() -> str:
    """Return the requirements in the versions that this one of mailproof was tested with."""
    head = "# What this version of mailproof was tested with; `mailproof upgrade` writes that of a later one.\n"
    return f"{head}mailproof[cdk]=={version('mailproof')}\n{PINS.read_text(encoding='utf-8')}"


def environment_file(answers: Answers) -> NewFile:
    """Return the file of the environment."""
    text = "".join(f"{line}\n" for line in _environment_lines(answers))
    return NewFile(Path(DEFAULT_FOLDER, f"{answers.environment}.yaml"), text, text)


def _environment_lines(answers: Answers) -> Iterator[str]:
    yield "# yaml-language-server: $schema=schema.json"
    yield f'account: "{answers.account}"'
    regions = ", ".join(map(_scalar, answers.regions))
    yield f"regions: [{regions}] # the first is the home region"
    yield "zones:"
    for name, place in answers.zones.items():
        account = f', account: "{place.account}"' if place.account else ""
        yield f"  {_scalar(name)}: " + (f"{{id: {_scalar(place.id)}{account}}}" if place.id else "external")
    yield "domains:"
    for name in answers.domains:
        yield f"  - name: {_scalar(name)}"
        if not any(is_within(name, other) for other in answers.domains if other != name):
            yield "    dmarc: {policy: none}"


def _scalar(text: str) -> str:
    """Write a text so that YAML reads just that."""
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
