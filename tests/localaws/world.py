"""What the tests of the emulator do over and over: deploy a few resources, read a state, ask DNS."""

import json
import time
from dataclasses import dataclass
from typing import Any

import dns.message
import dns.query

from mailproof.localaws import LocalAws

Resources = dict[str, dict[str, Any]]
NEIGHBOURS = {"0": "9", "7": "8"}
"""First digit of a test's own account to that of another one of it, so that no two tests have the same."""

_POLL_S = 0.02
_LIMIT_S = 20.0


@dataclass
class World:
    """An account with a hosted zone, and an emulator around it."""

    aws: LocalAws
    account: str
    zone_id: str
    zone: str

    def __post_init__(self) -> None:
        """Make the zone."""
        self.aws.seed_zone(self.account, self.zone_id, self.zone)

    @property
    def neighbour(self) -> str:
        """Another account that no other test uses."""
        return NEIGHBOURS[self.account[0]] + self.account[1:]

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Return a client of the account."""
        return self.aws.client(service, self.account, region)

    def deploy(self, resources: Resources, *, stack: str = "stack", region: str = "us-east-1", **options: Any) -> str:
        """Create or update a stack and return the state that it ends in."""
        cloudformation = self.client("cloudformation", region)
        template = {"Resources": resources, "Outputs": options.pop("outputs", {})}
        exists = stack in {s["StackName"] for s in cloudformation.describe_stacks()["Stacks"]}
        start = cloudformation.update_stack if exists else cloudformation.create_stack
        start(StackName=stack, TemplateBody=json.dumps({k: v for k, v in template.items() if v}), **options)
        return self.await_stack(stack, region)

    def await_stack(self, stack: str, region: str = "us-east-1") -> str:
        """Wait until a stack is at rest and return its state."""
        cloudformation = self.client("cloudformation", region)
        deadline = time.monotonic() + _LIMIT_S
        while time.monotonic() < deadline:
            status = str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(_POLL_S)
        raise AssertionError(f"{stack} is not at rest after {_LIMIT_S} s, got {status}")

    def destroy(self, stack: str = "stack", region: str = "us-east-1") -> str:
        """Delete a stack and return the state that it ends in."""
        cloudformation = self.client("cloudformation", region)
        stack_id = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=stack)
        return self.await_stack(stack_id, region)

    def reasons(self, stack: str = "stack", region: str = "us-east-1") -> list[str]:
        """Return why resources of a stack failed, the first failure first."""
        events = self.client("cloudformation", region).describe_stack_events(StackName=stack)["StackEvents"]
        failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
        return [
            event["ResourceStatusReason"] for event in failed if event["ResourceType"] != "AWS::CloudFormation::Stack"
        ]

    def identity(self, name: str | None = None, region: str = "us-east-1") -> dict[str, Any]:
        """Return what SES says of an identity, by default of that with the zone's name."""
        answer: dict[str, Any] = self.client("sesv2", region).get_email_identity(EmailIdentity=name or self.zone)
        return answer

    def dkim_status(self, region: str = "us-east-1") -> str:
        """Return the DKIM state of the zone's own identity."""
        return str(self.identity(region=region)["DkimAttributes"]["Status"])

    def mail_from_status(self) -> str:
        """Return the MAIL FROM state of the zone's own identity."""
        return str(self.identity()["MailFromAttributes"]["MailFromDomainStatus"])

    def change(self, action: str, name: str, rdtype: str, *values: str) -> None:
        """Change one record set over the API."""
        self.change_batch((action, name, rdtype, values))

    def change_batch(self, *changes: tuple[str, str, str, tuple[str, ...]]) -> None:
        """Change record sets over the API in one batch."""
        self.client("route53").change_resource_record_sets(
            HostedZoneId=self.zone_id,
            ChangeBatch={
                "Changes": [
                    {
                        "Action": action,
                        "ResourceRecordSet": {
                            "Name": name,
                            "Type": rdtype,
                            "TTL": 300,
                            "ResourceRecords": [{"Value": value} for value in values],
                        },
                    }
                    for action, name, rdtype, values in changes
                ]
            },
        )

    def publish_dkim(self, region: str = "us-east-1", action: str = "UPSERT", zone_name: str = "") -> None:
        """Publish (or delete) the DKIM records of an identity, as SES asks for them."""
        name = zone_name or self.zone
        dkim = self.identity(name, region)["DkimAttributes"]
        for token in dkim["Tokens"]:
            self.change(action, f"{token}._domainkey.{name}", "CNAME", f"{token}.{dkim['SigningHostedZone']}")

    def records(self) -> set[tuple[str, str]]:
        """Return name and type of the zone's record sets, its own SOA and NS left out."""
        listed = self.client("route53").list_resource_record_sets(HostedZoneId=self.zone_id)["ResourceRecordSets"]
        return {
            (r["Name"], r["Type"]) for r in listed if r["Name"] != f"{self.zone}." or r["Type"] not in ("NS", "SOA")
        }

    def query(self, name: str, rdtype: str, **options: Any) -> dns.message.Message:
        """Ask the DNS server over UDP."""
        return self.send(dns.message.make_query(name, rdtype, **options))

    def send(self, query: dns.message.Message, *, timeout_s: float = 3.0) -> dns.message.Message:
        """Send a query over UDP."""
        host, _, port = self.aws.dns.partition(":")
        return dns.query.udp(query, host, port=int(port), timeout=timeout_s)

    def values(self, name: str, rdtype: str) -> list[str]:
        """Return the values that DNS answers, the last record set of a chain; over TCP where UDP is too short."""
        host, _, port = self.aws.dns.partition(":")
        query = dns.message.make_query(name, rdtype)
        response, _ = dns.query.udp_with_fallback(query, host, port=int(port), timeout=3)
        answer = response.answer
        return sorted(rdata.to_text() for rdata in answer[-1]) if answer else []


def email_identity(domain: str, **properties: Any) -> dict[str, Any]:
    """Return an AWS::SES::EmailIdentity resource."""
    return {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": domain, **properties}}


def record_set(zone_id: str, name: str, rdtype: str, *values: Any) -> dict[str, Any]:
    """Return an AWS::Route53::RecordSet resource."""
    return {"Type": "AWS::Route53::RecordSet", "Properties": {"HostedZoneId": zone_id, **member(name, rdtype, *values)}}


def member(name: Any, rdtype: str, *values: Any) -> dict[str, Any]:
    """Return a member of a record set group."""
    return {"Name": name, "Type": rdtype, "TTL": "300", "ResourceRecords": list(values)}


def record_group(zone_id: str, *members: dict[str, Any]) -> dict[str, Any]:
    """Return an AWS::Route53::RecordSetGroup resource."""
    return {
        "Type": "AWS::Route53::RecordSetGroup",
        "Properties": {"HostedZoneId": zone_id, "RecordSets": list(members)},
    }


def dkim_members(logical_id: str) -> list[dict[str, Any]]:
    """Return the DKIM records of an identity of the same template as members of a group."""
    return [
        member(
            {"Fn::Join": ["", [{"Fn::GetAtt": [logical_id, f"DkimDNSTokenName{number}"]}, "."]]},
            "CNAME",
            {"Fn::GetAtt": [logical_id, f"DkimDNSTokenValue{number}"]},
        )
        for number in (1, 2, 3)
    ]
