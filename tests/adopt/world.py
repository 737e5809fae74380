"""What the tests of adopting and pruning do: write an environment file, synthesise it, and look."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mailproof.adopt.import_plan import ImportPlanner
from mailproof.adopt.import_plan_result import ImportPlan
from mailproof.check.selection import Selection
from mailproof.environments import load_environments
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.session import AwsSession
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.prune.orphaned_identity import Account, OrphanedIdentities
from mailproof.prune.run import find_orphaned_identities
from mailproof.stacks.app import build_app
from mailproof.stacks.new_app import new_app
from mailproof.template.cloud_assembly import SynthesisedStack, read_assembly
from tests.localaws.world import World

NAME = "prod"
REGION = "us-east-1"
SPF = '"v=spf1 include:amazonses.com ~all"'
_numbers = itertools.count(1)


@dataclass
class AdoptWorld(World):
    """
    An account with a zone and an environment that uses both.

    Attributes:
        folder: Of the environment files.
    """

    folder: Path

    def write(self, *domains: dict[str, Any], name: str = NAME, **keys: Any) -> None:
        """Write an environment file: single record sets, kept, unless said otherwise."""
        part = {
            "account": self.account,
            "regions": [REGION],
            "record_sets": "individual",
            "zones": {self.zone: {"id": self.zone_id}},
            **keys,
            "domains": list(domains or [{"name": self.zone}]),
        }
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(part, sort_keys=False), encoding="utf-8")

    def environments(self) -> list[Environment]:
        """Read the files."""
        return load_environments(self.folder)

    def synthesise(self) -> Path:
        """Synthesise them; return the assembly."""
        folder = self.folder / f"cdk-{next(_numbers)}.out"
        context = {"environments": str(self.folder)}
        app = new_app(outdir=str(folder), context=context)
        build_app(app).synth()
        return folder

    def stacks(self, name: str = NAME) -> dict[str, SynthesisedStack]:
        """Return the stacks of an environment, in the order of deployment."""
        read = read_assembly(self.synthesise(), name)
        [environment] = load_environments(self.folder, name)
        return {plan.id.path: read[plan.id.path] for plan in plan_stacks(environment)}

    def plan(self, *, domains: frozenset[str] = frozenset(), regions: frozenset[str] = frozenset()) -> ImportPlan:
        """Look for what exists."""
        [environment] = load_environments(self.folder, NAME)
        planner = ImportPlanner(environment, self.stacks(), self.clients())
        return planner.run(Selection(domains, regions))

    def orphans(self, *regions: str, gone: Collection[str] = ()) -> OrphanedIdentities:
        """Look for what is left, in all regions or in some, also of environments that are gone."""
        account = Account(Target(self.account, REGION), frozenset({REGION}), self.clients())
        return find_orphaned_identities(account, self.environments(), regions, gone)

    def clients(self) -> Clients:
        """Return clients with the credentials of the account."""
        return Clients(AwsSession())

    def make_identity(self, name: str = "", region: str = REGION, **options: Any) -> None:
        """Make an identity by hand."""
        self.client("sesv2", region).create_email_identity(EmailIdentity=name or self.zone, **options)

    def set_mail_from(self, name: str, domain: str = "", region: str = REGION) -> None:
        """Set the MAIL FROM domain of an identity by hand."""
        self.client("sesv2", region).put_email_identity_mail_from_attributes(
            EmailIdentity=domain or self.zone, MailFromDomain=name
        )

    def put_record(self, name: str, rdtype: str, value: str, action: str = "UPSERT", **more: Any) -> None:
        """Make a record by hand, or delete it, with the time to live that ours have."""
        record = {"Name": name, "Type": rdtype, "TTL": 1800, "ResourceRecords": [{"Value": value}], **more}
        change = {"Action": action, "ResourceRecordSet": record}
        route53 = self.client("route53")
        route53.change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch={"Changes": [change]})

    def deploy_stack(self, path: str) -> str:
        """Deploy a stack of an environment without the CDK's command line."""
        stack = self.stacks(path.partition("/")[0])[path]
        return self.deploy(dict(stack.template["Resources"]), stack=stack.name, region=stack.region)
