"""What templates publish, with stand-ins for what is known at deployment only; and what they ought to."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mailproof.model.dns_record import RecordType
from mailproof.model.environment import Environment
from mailproof.model.names import Text
from mailproof.model.records import expected_records
from tests.stacks.assembly import Assembly, SynthesisedStack

GROUP = "AWS::Route53::RecordSetGroup"
SINGLE = "AWS::Route53::RecordSet"
IDENTITY = "AWS::SES::EmailIdentity"
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


class Published(NamedTuple):
    """One record, and the account whose Route 53 is told to make it; names without a dot."""

    account: str
    zone_id: str
    name: str
    type: str
    value: str
    ttl: str


class Identity(NamedTuple):
    """One identity."""

    account: str
    region: str
    domain: str
    mail_from: str | None


def published_records(assembly: Assembly) -> list[Published]:
    """List the records of all templates, sorted; one that is there twice comes twice."""
    return sorted(record for stack in assembly.values() for record in records_of(stack, assembly))


def records_of(stack: SynthesisedStack, assembly: Assembly) -> Iterator[Published]:
    """Yield the records of one template."""
    by_name = {other.name: other for other in assembly.values()}
    for resource in stack.resources(GROUP, SINGLE).values():
        properties = resource["Properties"]
        for record in properties.get("RecordSets", [properties]):
            for value in record["ResourceRecords"]:
                yield Published(
                    stack.account,
                    properties["HostedZoneId"],
                    _undotted(_resolved(record["Name"], stack, by_name)),
                    record["Type"],
                    _plain(record["Type"], _resolved(value, stack, by_name)),
                    record["TTL"],
                )


def expected(environments: Iterable[Environment]) -> list[Published]:
    """List the records that the domains of environments need, less those of zones that others serve."""
    found: set[Published] = set()
    for environment in environments:
        for domain, region in environment.places():
            dkim = [
                (_stand_in(domain.name, region, f"Name{n}"), _stand_in(domain.name, region, f"Value{n}")) for n in "123"
            ]
            for record in expected_records(domain, region, dkim):
                if record.zone.id is not None:
                    account = record.zone.account or environment.account
                    for value in record.values:
                        data = f"{record.preference} {value}" if record.type is RecordType.MX else str(value)
                        row = (account, record.zone.id, str(record.name), record.type.value, data, str(record.ttl_s))
                        found.add(Published(*row))
    return sorted(found)


def identities(assembly: Assembly) -> list[Identity]:
    """List the identities of all templates, sorted."""
    return sorted(
        Identity(
            stack.account,
            stack.region,
            resource["Properties"]["EmailIdentity"],
            resource["Properties"].get("MailFromAttributes", {}).get("MailFromDomain"),
        )
        for stack in assembly.values()
        for resource in stack.resources(IDENTITY).values()
    )


def _resolved(text: Text, stack: SynthesisedStack, by_name: dict[str, SynthesisedStack]) -> str:
    """Work out an intrinsic as CloudFormation would, the attributes of an identity by stand-ins."""
    if isinstance(text, str):
        return text
    ((function, argument),) = text.items()
    if function == "Fn::Join":
        separator, parts = argument
        return str(separator).join(_resolved(part, stack, by_name) for part in parts)
    if function == "Fn::GetStackOutput":
        producer = by_name[argument["StackName"]]
        assert producer.region == argument["Region"]
        return _resolved(producer.outputs()[argument["OutputName"]], producer, by_name)
    assert function == "Fn::GetAtt"
    logical_id, attribute = argument
    identity: dict[str, Any] = stack.resources(IDENTITY)[logical_id]
    return _stand_in(identity["Properties"]["EmailIdentity"], stack.region, attribute.removeprefix("DkimDNSToken"))


def _stand_in(domain: str, region: str | None, attribute: str) -> str:
    return f"{attribute}.of.{domain}.in.{region}"


def _plain(kind: str, value: str) -> str:
    """Read a value as a DNS host does."""
    if kind != "TXT":
        return _undotted(value)
    assert QUOTED.sub("", value).strip() == ""
    joined = "".join(QUOTED.findall(value))
    return re.sub(r"\\(.)", r"\1", joined)


def _undotted(name: str) -> str:
    """Take off the one dot at the end that every name must have: without it a DNS host appends its zone."""
    assert name.endswith(".")
    plain = name.removesuffix(".")
    assert not plain.endswith(".")
    return plain
