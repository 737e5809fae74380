"""A domain that signs with its own keys on the emulator, deployed without the CDK: its stacks are plain data."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from mailproof.cli import app
from mailproof.environments import load_environments
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.model.resources import dkim_attributes
from tests.localaws.world import World

REGIONS = ("us-east-1", "eu-west-1")
SES_DOMAIN = "amazonses.com"


@dataclass
class Sender:
    """
    The domain.

    Attributes:
        world: The account and its zone.
        folder: Of the environment files.
        said: What commands wrote, both streams.
    """

    world: World
    folder: Path
    said: list[str] = field(default_factory=list)
    _in_force: dict[str, Any] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """Its name."""
        return self.world.zone

    @property
    def environment(self) -> Environment:
        """The environment as its files have it."""
        (found,) = load_environments(self.folder)
        return found

    @property
    def environment_without_keys(self) -> Environment:
        """The same, whatever keys there are."""
        (found,) = load_environments(self.folder, without_keys=True)
        return found

    def written(self, dkim: str) -> "Sender":
        """Write the environment file."""
        self.folder.mkdir(exist_ok=True)
        text = (
            f'account: "{self.world.account}"\nregions: [{", ".join(REGIONS)}]\n'
            f"zones: {{{self.domain}: {{id: {self.world.zone_id}}}}}\n"
            f"domains: [{{name: {self.domain}, mail_from: none, dmarc: {{policy: none}}, dkim: {dkim}}}]\n"
        )
        (self.folder / "prod.yaml").write_text(text, encoding="utf-8")
        return self

    def run(self, *arguments: str) -> Result:
        """Run `mailproof`."""
        result = CliRunner().invoke(app, [*arguments, "--environments", str(self.folder)])
        self.said.append(result.output)
        return result

    def dkim(self, command: str, *options: str) -> Result:
        """Run a command of `mailproof dkim` for the domain."""
        return self.run("dkim", command, "prod", self.domain, *options)

    def made(self) -> "Sender":
        """Make the first key, and deploy it."""
        result = self.dkim("new-key", "--yes", "--selector", "s1")
        assert result.exit_code == 0, result.output
        self.deploy()
        return self

    def deploy(self, after: Callable[[], object] = lambda: None) -> None:
        """Make all stacks what the files ask for, one after the other, and look after each."""
        for plan in plan_stacks(self.environment):
            resources = {
                name: {**resource, "DeletionPolicy": "RetainExceptOnCreate"}
                for item in plan.items
                for name, resource in item.resources(dkim_attributes).items()
            }
            if self._in_force.get(plan.id.path) == resources:
                continue
            self._in_force[plan.id.path] = resources
            state = self.world.deploy(resources, stack=plan.id.stack_name, region=plan.id.region)
            assert state in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, self.world.reasons(
                plan.id.stack_name, plan.id.region
            )
            after()

    @property
    def keys(self) -> list[dict[str, Any]]:
        """The keys of the domain, as the file has them."""
        found: list[dict[str, Any]] = json.loads((self.folder / "prod.keys.json").read_text())[self.domain]
        return found

    def write_keys(self, keys: list[dict[str, Any]]) -> None:
        """Change the key file as a person would."""
        (self.folder / "prod.keys.json").write_text(json.dumps({self.domain: keys}))

    def age(self, days: int) -> None:
        """Let days pass for what is out of use."""
        since = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        self.write_keys([{**key, "unused_since": since} if "unused_since" in key else key for key in self.keys])

    def signature(self, region: str = REGIONS[0]) -> str:
        """Send a message, and return selector and domain of its signature beside that of SES; empty without one."""
        delivered = self.world.aws.deliver(self.world.account, region, self.message())
        head = delivered.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").decode()
        found = [line for line in head.split("\r\n") if line.startswith("DKIM-Signature:")]
        tags = [dict(tag.strip().split("=", 1) for tag in line.partition(":")[2].split(";")) for line in found]
        assert any(tag["d"] == SES_DOMAIN for tag in tags)
        return ", ".join(f"{tag['s']}@{tag['d']}" for tag in tags if tag["d"] != SES_DOMAIN)

    def message(self) -> bytes:
        """Write a message."""
        lines = [f"From: Shop <shop@{self.domain}>", "To: customer@receiver.example", "Subject: Your order", "", "Hi."]
        return "\r\n".join(lines).encode()
