"""A deployment whose files change, the move after it, and a watch over all that is live."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner, Result

from mailproof.change.protection import build_policy
from mailproof.commands.move import move
from mailproof.live.aws.stacks import read_stack
from mailproof.model.placement import plan_stacks
from mailproof.template.cloud_assembly import SynthesisedStack, read_assembly
from mailproof.template.contents import Template
from mailproof.template.losses import find_losses
from tests.adopt.world import NAME, AdoptWorld

APP = typer.Typer()
APP.command()(move)
REGIONS = ("us-east-1", "eu-west-1")
_PAUSE_S = 0.05


@dataclass
class Moving:
    """
    A deployment that is moved.

    Attributes:
        world: Its account.
        assembly: Of the files as they are.
        zones: Account and id of the hosted zones beside that of the account.
    """

    world: AdoptWorld
    assembly: Path = field(default=Path())
    zones: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Bootstrap the account, as far as templates ask."""
        for region in REGIONS:
            self.bootstrap(self.world.account, region)

    def bootstrap(self, account: str, region: str) -> None:
        """Let templates of the CDK find the version of its bootstrap."""
        parameter = {"Name": "/cdk-bootstrap/hnb659fds/version", "Value": "33", "Type": "String"}
        self.world.aws.client("ssm", account, region).put_parameter(**parameter)

    def add_zone_account(self, account: str) -> str:
        """Make an account with a hosted zone, bootstrapped with trust for the environment's; return the zone."""
        world, zone = self.world, f"zone.{self.world.zone}"
        world.aws.seed_zone(account, f"{world.zone_id}B", zone)
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": world.account}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        for role in ("deploy", "lookup"):
            name = f"cdk-hnb659fds-{role}-role-{account}-us-east-1"
            world.aws.client("iam", account).create_role(RoleName=name, AssumeRolePolicyDocument=policy)
        self.bootstrap(account, "us-east-1")
        self.zones.append((account, f"{world.zone_id}B"))
        return zone

    def write(self, *domains: dict[str, Any], name: str = NAME, **keys: Any) -> None:
        """Write an environment file and synthesise all of them."""
        self.world.write(*domains, name=name, **{"removal_policy": "retain", **keys})
        self.assembly = self.world.synthesise()

    def stacks(self, name: str = NAME) -> list[SynthesisedStack]:
        """Return the stacks that a file asks for, in the order of deployment."""
        [environment] = [found for found in self.world.environments() if found.name == name]
        read = read_assembly(self.assembly, name)
        return [read[plan.id.path] for plan in plan_stacks(environment)]

    def deploy(self, name: str = NAME) -> None:
        """Deploy the stacks of a file."""
        for stack in self.stacks(name):
            cloudformation = self.world.aws.client("cloudformation", stack.account, stack.region)
            text = stack.file.read_text() if stack.file else ""
            there = {found["StackName"] for found in cloudformation.describe_stacks()["Stacks"]}
            start = cloudformation.update_stack if stack.name in there else cloudformation.create_stack
            start(StackName=stack.name, TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
            self._await(stack)
        self.protect(name)

    def add(self, name: str, resources: dict[str, Any]) -> None:
        """Add resources to a stack by hand."""
        stack = next(found for found in self.stacks() if found.name == name)
        cloudformation = self.world.client("cloudformation")
        template = self._template(stack)
        text = json.dumps({**template, "Resources": {**template["Resources"], **resources}})
        cloudformation.update_stack(StackName=name, TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
        self._await(stack)

    def start_update(self) -> None:
        """Begin to deploy the first stack of the file, and do not wait for the end."""
        stack = self.stacks()[0]
        text = stack.file.read_text() if stack.file else ""
        self.world.client("cloudformation").update_stack(StackName=stack.name, TemplateBody=text)
        self.world.aws.reset_calls()

    def await_look(self) -> None:
        """Wait until somebody has looked at a stack."""
        while not self.world.aws.calls(self.world.account).get("cloudformation", {}).get("DescribeStacks"):
            time.sleep(_PAUSE_S)

    def protect(self, name: str = NAME) -> None:
        """Protect the stacks of a file as a rollout leaves them."""
        for stack in self.stacks(name):
            cloudformation = self.world.aws.client("cloudformation", stack.account, stack.region)
            cloudformation.set_stack_policy(StackName=stack.name, StackPolicyBody=build_policy())
            cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=True)

    def _await(self, stack: SynthesisedStack) -> None:
        cloudformation = self.world.aws.client("cloudformation", stack.account, stack.region)
        while (state := read_stack(cloudformation, stack.name).state or "").endswith("_IN_PROGRESS"):
            time.sleep(_PAUSE_S)
        assert state in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, state

    def run(self, *arguments: str, name: str = NAME) -> Result:
        """Run the command."""
        place = ["--environments", str(self.world.folder), "--assembly", str(self.assembly)]
        return CliRunner().invoke(APP, [name, *place, *arguments])

    def move(self, name: str = NAME) -> Result:
        """Move to the end, and look whether the files have what is deployed."""
        done = self.run("--yes", name=name)
        assert done.exit_code == 0, done.output
        assert self.is_there(name)
        return done

    def is_there(self, name: str = NAME) -> bool:
        """Tell whether every stack holds all that the file asks for, and a rollout takes nothing away."""
        for stack in self.stacks(name):
            deployed = self._template(stack)
            if find_losses(stack.path, deployed, stack.template):
                return False
            if not stack.template["Resources"].keys() <= deployed.get("Resources", {}).keys():
                return False
        return True

    def _template(self, stack: SynthesisedStack) -> Template:
        cloudformation = self.world.aws.client("cloudformation", stack.account, stack.region)
        names = {found["StackName"] for found in cloudformation.describe_stacks()["Stacks"]}
        return (read_stack(cloudformation, stack.name).template or {}) if stack.name in names else {}

    def deployed(self, region: str = "us-east-1", account: str = "") -> dict[str, set[str]]:
        """Return the stacks of a region, by name, with the logical ids that each holds."""
        cloudformation = self.world.aws.client("cloudformation", account or self.world.account, region)
        return {
            found["StackName"]: {
                resource["LogicalResourceId"]
                for resource in cloudformation.describe_stack_resources(StackName=found["StackName"])["StackResources"]
                if not resource["ResourceStatus"].startswith("DELETE")
            }
            for found in cloudformation.describe_stacks()["Stacks"]
            if found["StackStatus"] != "REVIEW_IN_PROGRESS"
        }

    def policies(self, region: str = "us-east-1") -> set[str]:
        """Return the policies of the stacks of a region that have one."""
        cloudformation = self.world.client("cloudformation", region)
        names = [found["StackName"] for found in cloudformation.describe_stacks()["Stacks"]]
        return {cloudformation.get_stack_policy(StackName=name).get("StackPolicyBody", "") for name in names} - {""}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch DNS and SES in a `with` block, and fail if anything is ever other than before."""
        aws, zone = self.world.aws, self.world.zone
        aws.start_watch(zone)
        try:
            yield
        finally:
            before, *others = aws.stop_watch(zone)
        assert all(before["live"].values()), "there is nothing to be watched"
        assert others == [], f"{others[0]['live']} after {[state['after'] for state in others]}"
