"""A CNAME and a record of another type exchange places: CloudFormation cannot do that in one deployment."""

from typing import Any

import pytest

from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.type_changes import find_type_changes


def record(kind: str, name: str = "_dmarc.example.com.", zone: str = "Z1") -> dict[str, Any]:
    """Return the properties of a record set."""
    return {"HostedZoneId": zone, "Name": name, "Type": kind, "ResourceRecords": []}


def single(**records: dict[str, Any]) -> dict[str, Any]:
    """Return a template of single record sets by logical id."""
    kind = "AWS::Route53::RecordSet"
    return {"Resources": {name: {"Type": kind, "Properties": found} for name, found in records.items()}}


def group(*records: dict[str, Any]) -> dict[str, Any]:
    """Return a template of one group."""
    properties = {"HostedZoneId": "Z1", "RecordSets": list(records)}
    return {"Resources": {"G": {"Type": "AWS::Route53::RecordSetGroup", "Properties": properties}}}


def stack(template: dict[str, Any], path: str = "prod/dns") -> SynthesisedStack:
    """Return a stack."""
    return SynthesisedStack(path, path, "111122223333", "us-east-1", template=template)


TXT, CNAME, MX = (record(kind) for kind in ("TXT", "CNAME", "MX"))


@pytest.mark.parametrize(
    ("deployed", "wanted", "words"),
    [
        (
            single(A=TXT),
            single(A=CNAME),
            "prod/dns: A: TXT record '_dmarc.example.com' in zone Z1 is to become a CNAME",
        ),
        (
            single(A=CNAME),
            single(A=TXT),
            "prod/dns: A: CNAME record '_dmarc.example.com' in zone Z1 is to become a TXT",
        ),
        (single(A=TXT), single(B=CNAME), "prod/dns: A: TXT record"),
        (group(TXT), group(CNAME), "prod/dns: G: TXT record"),
        (group(TXT), single(A=CNAME), "prod/dns: G: TXT record"),
    ],
    ids=["to an alias", "from an alias", "by another resource", "in a group", "out of a group"],
)
def test_what_route_53_would_not_take_is_said(deployed: dict[str, Any], wanted: dict[str, Any], words: str) -> None:
    """In one line, with where the way stands; whichever resources of whichever stacks hold the records."""
    for stacks in ([stack(wanted)], [stack(single()), stack(wanted, "prod/dns-brand")]):
        [line] = find_type_changes([stack(deployed)], stacks)
        assert line.startswith(words)
        assert "`A DMARC record becomes an alias`" in line


@pytest.mark.parametrize(
    ("deployed", "wanted"),
    [
        (single(A=TXT), single(A=TXT)),
        (single(A=TXT), single()),
        (single(A=TXT), single(A=MX)),
        (single(A=TXT), single(A=record("CNAME", zone="Z2"))),
        (single(A=TXT), single(A=record("CNAME", "_dmarc.example.org."))),
        (single(A={**TXT, "Name": {"Ref": "X"}}), single(A=CNAME)),
    ],
    ids=["nothing", "taken out", "no CNAME", "another zone", "another name", "a name that is not known"],
)
def test_everything_else_is_left_to_others(deployed: dict[str, Any], wanted: dict[str, Any]) -> None:
    """It may be made beside what is there, or is a loss like others."""
    assert list(find_type_changes([stack(deployed)], [stack(wanted)])) == []
