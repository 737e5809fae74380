"""Environments that are rolled out in tests: one after the other, with every kind of stack and an approval."""

from pathlib import Path
from typing import Any

from aws_cdk import App

from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.stacks.app import build_app
from mailproof.stacks.new_app import new_app as begin_app

DEV = """\
account: "111111111111"
regions: [us-east-1]
removal_policy: destroy
zones: {dev.example: {id: ZDEV}}
rollout: {waves: all, concurrency: 1, gate: {timeout_minutes: 5}}
domains:
  - {name: dev.example, dmarc: {policy: none}}
"""
PROD = """\
account: "222222222222"
regions: [us-east-1, eu-west-1, eu-central-2]
zones:
  example.com: {id: ZCOM}
  example.org: {id: ZORG, account: "333333333333"}
rollout: {after: dev, approval: required, waves: [[eu-west-1], [us-east-1, eu-central-2]], concurrency: 3}
domains:
  - {name: example.com, dmarc: {policy: reject}}
  - {name: example.org, mail_from: bounce, regions: [us-east-1, eu-west-1]}
"""
PIPELINE = """\
account: "444444444444"
region: eu-west-1
connection: arn:aws:codeconnections:eu-west-1:444444444444:connection/01234567-89ab-cdef-0123-456789abcdef
repository: example/mail
branch: trunk
"""


def write_environments(folder: Path, **changed: str) -> Path:
    """Write the environment files, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ({"dev": DEV, "prod": PROD} | changed).items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, **changed: str) -> list[Environment]:
    """Write the environment files and read them."""
    return load_environments(write_environments(folder, **changed))


def new_app(environments: Path, output: Path, **context: Any) -> App:
    """Return the app of a folder of environment files, not yet synthesised."""
    given = {"environments": str(environments), **context}
    return build_app(begin_app(outdir=str(output), context=given, tree_metadata=False))


def synthesise(environments: Path, output: Path, **context: Any) -> Path:
    """Synthesise a folder of environment files and return the folder of the assembly."""
    new_app(environments, output, **context).synth()
    return output
