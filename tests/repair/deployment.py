"""An environment on the emulator, deployed without the CDK: its stacks are built of the same plain data."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from mailproof.change.consent import Consent
from mailproof.change.protection import build_policy
from mailproof.change.stack_update import StackUpdater
from mailproof.check.drift import DriftReport
from mailproof.check.drift_search import find_drift
from mailproof.live.answer import AwsAnswer
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.kept_facts import KeptFacts
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.live.aws.stacks import read_template
from mailproof.model.dns_record import DkimPair
from mailproof.model.environment import Environment
from mailproof.model.placement import StackPlan, plan_stacks
from mailproof.model.resource_types import IDENTITY
from mailproof.model.resources import dkim_attributes, identity_id
from mailproof.model.stack_id import StackKind
from mailproof.repair.run import Repairer, RepairOptions, repair_all
from mailproof.template.bootstrap import Bootstraps
from mailproof.template.stack_handles import stack_handles
from tests.localaws.world import World
from tests.model.reading import read

T = TypeVar("T")
ROLE = "reader"
ALLOW_ALL = {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
CHANGING = ("change_", "create_", "delete_", "execute_", "put_", "set_")


class LocalClients(Clients):
    """
    Clients of every account of the emulator.

    Attributes:
        kill_at: Number of the call that changes something before which the command is killed; None never.
        throttle_at: Number of the one that AWS throttles.
    """

    def __init__(self, world: World, kill_at: int | None = None, throttle_at: int | None = None) -> None:
        super().__init__(AwsSession())
        self._world = world
        self.kill_at = kill_at
        self.throttle_at = throttle_at
        self._changes = 0

    def account(self, region: str) -> str:
        """Return the environment's account."""
        assert region
        return self._world.account

    def ask(self, service: str, target: Target, call: Callable[[Any], T]) -> AwsAnswer[T]:
        """Call a service."""
        client = self._world.aws.client(service, target.account, target.region)
        return ask_aws(lambda: call(_Watched(client, self._count)))

    def _count(self, operation: str) -> None:
        if operation.startswith(CHANGING):
            self._changes += 1
            if self.kill_at and self._changes >= self.kill_at:
                raise Killed(operation)
            if self._changes == self.throttle_at:
                raise ClientError({"Error": {"Code": "Throttling", "Message": "too many"}}, operation)


class Killed(BaseException):
    """The command ends here, as if it had been killed."""


@dataclass
class _Watched:
    """A client whose calls are counted."""

    client: Any
    count: Callable[[str], None]

    def __getattr__(self, name: str) -> Any:
        self.count(name)
        return getattr(self.client, name)


@dataclass
class Deployment:
    """
    An environment with one zone.

    Attributes:
        world: The account and its zone.
        keys: Of the environment file.
        zone_account: Where the zone is, if in another account.
        name: Of the environment file.
    """

    world: World
    keys: dict[str, Any] = field(default_factory=dict)
    zone_account: str = ""
    name: str = "prod"

    @property
    def zone_world(self) -> World:
        """The account of the zone."""
        if not self.zone_account:
            return self.world
        return World(self.world.aws, self.zone_account, f"{self.world.zone_id}N", self.world.zone)

    @property
    def environment(self) -> Environment:
        """The environment as its file has it."""
        zone = {"id": self.zone_world.zone_id} | ({"account": self.zone_account} if self.zone_account else {})
        zones = {self.world.zone: zone}
        part = {
            "account": self.world.account,
            "regions": ["us-east-1"],
            "zones": zones,
            "domains": [{"name": self.world.zone, "mail_from": "bounce", "dmarc": {"policy": "reject"}}],
            **self.keys,
        }
        return read(json.dumps(part), f"environments/{self.name}.yaml")  # which is YAML, with every text in quotes

    def made(self, form: str = "individual", **keys: Any) -> "Deployment":
        """Deploy it, with more keys of its file, and return it."""
        self.keys |= {"record_sets": form, **keys}
        self.deploy()
        return self

    def deploy(self) -> None:
        """Make all stacks what the file asks for, under our policy."""
        environment = self.environment
        plans = plan_stacks(environment)
        if self.zone_account:
            self._make_role()
            self.world.aws.delegate_to(self.world.zone, self.zone_world.zone_id)
        for plan in sorted(plans, key=lambda plan: plan.id.kind is StackKind.REGIONAL_DNS):
            self._deploy(plan, self.template(plan))

    def update(self) -> None:
        """Make what is deployed what the file asks for now."""
        for plan in plan_stacks(self.environment):
            place = self.zone_world if plan.id.zone_account else self.world
            body = json.dumps(self.template(plan))
            place.client("cloudformation", plan.id.region).update_stack(
                StackName=plan.id.stack_name,
                TemplateBody=body,
                StackPolicyDuringUpdateBody=json.dumps(ALLOW_ALL),
            )
            assert place.await_stack(plan.id.stack_name, plan.id.region) == "UPDATE_COMPLETE"

    def template(self, plan: StackPlan) -> dict[str, Any]:
        """Build the template of a stack."""
        policy = "RetainExceptOnCreate" if self.environment.retain else "Delete"
        is_elsewhere = plan.id.kind is StackKind.REGIONAL_DNS
        dkim = (lambda domain: self._outputs_of(plan, domain)) if is_elsewhere else dkim_attributes
        resources = {
            name: {**resource, "DeletionPolicy": policy}
            for item in plan.items
            for name, resource in item.resources(dkim).items()
        }
        outputs = {}
        if self.zone_account and plan.id.kind is StackKind.REGION:
            outputs = {
                f"{identity_id(domain)}{attribute['Fn::GetAtt'][1]}": {"Value": attribute}
                for domain in plan.identities
                for pair in dkim_attributes(domain)
                for attribute in pair
                if isinstance(attribute, dict)
            }
        return {"Resources": resources} | ({"Outputs": outputs} if outputs else {})

    def _outputs_of(self, plan: StackPlan, domain: str) -> tuple[DkimPair, ...]:
        regional = (p.id for p in plan_stacks(self.environment) if p.id.kind is StackKind.REGION)
        producer = next(stack for stack in regional if stack.region == plan.id.region)
        role = f"arn:aws:iam::{self.world.account}:role/{ROLE}"

        def output(part: str, number: int) -> dict[str, Any]:
            name = f"{identity_id(domain)}DkimDNSToken{part}{number}"
            spec = {"StackName": producer.stack_name, "OutputName": name, "Region": plan.id.region, "RoleArn": role}
            return {"Fn::GetStackOutput": spec}

        return tuple((output("Name", number), output("Value", number)) for number in (1, 2, 3))

    def _make_role(self) -> None:
        policy = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": self.zone_account}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        self.world.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)

    def _deploy(self, plan: StackPlan, template: dict[str, Any]) -> None:
        place = self.zone_world if plan.id.zone_account else self.world
        place.client("cloudformation", plan.id.region).create_stack(
            StackName=plan.id.stack_name, TemplateBody=json.dumps(template), StackPolicyBody=build_policy()
        )
        assert place.await_stack(plan.id.stack_name, plan.id.region) == "CREATE_COMPLETE"

    def templates(self) -> dict[str, Any]:
        """Return the template of each stack in force."""
        return {
            plan.id.path: read_template(
                (self.zone_world if plan.id.zone_account else self.world).client("cloudformation", plan.id.region),
                plan.id.stack_name,
            )
            for plan in plan_stacks(self.environment)
        }

    def look(self, kept: KeptFacts | None = None) -> DriftReport:
        """Look for drift."""
        environment = self.environment
        return find_drift(environment, stack_handles(environment, Bootstraps()), LocalClients(self.world), kept)

    def drifts(self) -> list[str]:
        """Look for drift, and return what was found in short."""
        report = self.look()
        assert report.unanswered == ()
        return [f"{type(drift).__name__} {drift.subject}" for drift in report.drifts]

    def repair(self, **options: Any) -> None:
        """Repair it; the options are those of the consent."""
        repair_all([self.repairer()], RepairOptions(Consent(**{"yes": True, **options}), "mailproof repair prod"))

    def repairer(self, **interruption: int) -> Repairer:
        """Return what repairs it, or what is killed or throttled on the way: the arguments of `LocalClients`."""
        clients = LocalClients(self.world, **interruption)
        updater = StackUpdater(clients, clients, sleep=lambda _: None)
        return Repairer(self.environment, clients, updater, Bootstraps())

    def set_properties(self, **properties: Any) -> None:
        """Deploy more properties of the identities than files have keys for."""
        for plan in plan_stacks(self.environment):
            template = self.template(plan)
            for resource in template["Resources"].values():
                if resource["Type"] == IDENTITY:
                    resource["Properties"] |= properties
            client = self.world.client("cloudformation", plan.id.region)
            if plan.identities:
                client.update_stack(StackName=plan.id.stack_name, TemplateBody=json.dumps(template))
                assert self.world.await_stack(plan.id.stack_name, plan.id.region) == "UPDATE_COMPLETE"

    def make_configuration_set(self) -> str:
        """Make a configuration set, and return its name."""
        self.world.client("sesv2").create_configuration_set(ConfigurationSetName="mail")
        return "mail"

    def recreate_identity(self) -> None:
        """Delete the identity and make it anew, by hand, as the stack has it."""
        world, ses = self.world, self.world.client("sesv2")
        mail_from = world.identity()["MailFromAttributes"]
        ses.delete_email_identity(EmailIdentity=world.zone)
        ses.create_email_identity(EmailIdentity=world.zone)
        ses.put_email_identity_mail_from_attributes(
            EmailIdentity=world.zone,
            MailFromDomain=mail_from["MailFromDomain"],
            BehaviorOnMxFailure=mail_from["BehaviorOnMxFailure"],
        )

    def bring_own_key(self) -> None:
        """Have SES sign with another key, by hand."""
        keys = self.world.aws.ses_key(self.world.account, "us-east-1", self.world.zone)
        key = "".join(line for line in keys["private_key"].splitlines() if not line.startswith("-----"))
        self.world.client("sesv2").put_email_identity_dkim_signing_attributes(
            EmailIdentity=self.world.zone,
            SigningAttributesOrigin="EXTERNAL",
            SigningAttributes={"DomainSigningSelector": "s1", "DomainSigningPrivateKey": key},
        )

    def records(self) -> dict[tuple[str, str], tuple[tuple[str, ...], int]]:
        """Return values and time to live of the zone's record sets by name and type."""
        return {
            (found["Name"], found["Type"]): (tuple(r["Value"] for r in found["ResourceRecords"]), found["TTL"])
            for found in self._listed()
        }

    def delete_record(self, name: str, kind: str) -> None:
        """Delete a record by hand."""
        self._change("DELETE", next(r for r in self._listed() if (r["Name"], r["Type"]) == (f"{name}.", kind)))

    def put_record(self, name: str, kind: str, ttl_s: int, *values: str) -> None:
        """Make or change a record by hand."""
        record = {"Name": name, "Type": kind, "TTL": ttl_s, "ResourceRecords": [{"Value": value} for value in values]}
        self._change("UPSERT", record)

    def _listed(self) -> list[Any]:
        place = self.zone_world
        found = place.client("route53").list_resource_record_sets(HostedZoneId=place.zone_id)
        return list(found["ResourceRecordSets"])

    def _change(self, action: str, record: Any) -> None:
        place = self.zone_world
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        place.client("route53").change_resource_record_sets(HostedZoneId=place.zone_id, ChangeBatch=batch)

    def policies(self) -> set[str]:
        """Return the stack policies."""
        return {
            (self.zone_world if plan.id.zone_account else self.world)
            .client("cloudformation", plan.id.region)
            .get_stack_policy(StackName=plan.id.stack_name)["StackPolicyBody"]
            for plan in plan_stacks(self.environment)
        }

    def close(self) -> None:
        """Take away faults."""
        self.world.aws.clear_faults()
