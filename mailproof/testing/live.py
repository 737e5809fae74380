"""What the templates of an app bring to life: identities and records, named as people know them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailproof.testing.assembly import Stacks, StackTemplate

IDENTITY = "AWS::SES::EmailIdentity"
RECORD_SET = "AWS::Route53::RecordSet"
RECORD_SET_GROUP = "AWS::Route53::RecordSetGroup"
DKIM_NAME = "DkimDNSTokenName"


@dataclass(frozen=True, slots=True)
class LiveResource:
    """
    An identity or a record.

    Attributes:
        what: What it is, the same whichever stack holds it: two of the same cannot both exist.
        name: Its name, or the domain of a DKIM record, whose own name is known at deployment only.
        logical_id: The resource that holds it.
        stack: The stack that holds that, by name, account and region.
    """

    what: str
    name: str
    logical_id: str
    stack: str

    @property
    def place(self) -> str:
        """Say which resource of which stack it is."""
        return f"{self.logical_id} of {self.stack}"


@dataclass(frozen=True, slots=True)
class RecordSet:
    """
    One record set of a template.

    Attributes:
        stack: Its stack.
        logical_id: The record set, or the group that it is in.
        properties: As CloudFormation takes them; ``HostedZoneId`` included.
    """

    stack: StackTemplate
    logical_id: str
    properties: dict[str, Any]

    @property
    def place(self) -> str:
        """Say where it stands."""
        return f"{self.stack.path}: {self.logical_id}"


def record_sets(stacks: Stacks) -> Iterator[RecordSet]:
    """Yield every record set, those in groups included."""
    for stack in stacks.values():
        for logical_id, resource in stack.resources.items():
            properties = resource.get("Properties", {})
            if resource["Type"] == RECORD_SET:
                yield RecordSet(stack, logical_id, properties)
            elif resource["Type"] == RECORD_SET_GROUP:
                zone = {key: value for key, value in properties.items() if key.startswith("HostedZone")}
                for record in properties.get("RecordSets", ()):
                    yield RecordSet(stack, logical_id, zone | record)


def live_resources(stacks: Stacks) -> Iterator[LiveResource]:
    """Yield every identity and every record."""
    for stack in stacks.values():
        for logical_id, resource in stack.resources.items():
            if resource["Type"] == IDENTITY:
                name = str(resource["Properties"]["EmailIdentity"])
                what = f"identity {name!r} in {stack.region} of account {stack.account}"
                yield LiveResource(what, name, logical_id, _stack(stack))
    names = Names(stacks)
    for record in record_sets(stacks):
        name, shown = names.read(record)
        what = f"{record.properties['Type']} record {shown} in zone {_zone(record)}"
        if "SetIdentifier" in record.properties:
            what = f"{what}, set {record.properties['SetIdentifier']!r}"
        yield LiveResource(what, name, record.logical_id, _stack(record.stack))


def _zone(record: RecordSet) -> str:
    zone = record.properties.get("HostedZoneId", record.properties.get("HostedZoneName"))
    is_local = isinstance(zone, dict) and "Fn::GetStackOutput" not in zone  # another stack's `Ref` is another zone
    return f"{zone} of {_stack(record.stack)}" if is_local else repr(zone)


def _stack(stack: StackTemplate) -> str:
    return f"stack {stack.name!r} in {stack.region} of account {stack.account}"


class Names:
    """
    Reads names of records, those included that are attributes of an identity in the same stack or in another.

    Args:
        stacks: Where identities and outputs are looked up.
    """

    def __init__(self, stacks: Stacks) -> None:
        self._by_name = {(stack.name, stack.region): stack for stack in stacks.values()}

    def read(self, record: RecordSet) -> tuple[str, str]:
        """Return the name of a record, or the domain of a DKIM record, and how to show it."""
        name = record.properties["Name"]
        if isinstance(name, str):
            return name.removesuffix("."), repr(name)
        return self._token(first_token(name), record.stack) or (str(name), str(name))

    def _token(self, token: Any, stack: StackTemplate) -> tuple[str, str] | None:
        if output := token.get("Fn::GetStackOutput"):
            producer = self._by_name.get((output["StackName"], output["Region"]))
            value = producer and producer.template.get("Outputs", {}).get(output["OutputName"])
            return self._token(value["Value"], producer) if value and producer else None
        logical_id, attribute = token.get("Fn::GetAtt", ("", ""))
        resource = stack.resources.get(logical_id)
        if not resource or resource["Type"] != IDENTITY or not attribute.startswith(DKIM_NAME):
            return None
        domain = str(resource["Properties"]["EmailIdentity"])
        number = attribute.removeprefix(DKIM_NAME)
        return domain, f"DKIM {number} of {domain!r} ({stack.region} of account {stack.account})"


def first_token(name: Any) -> Any:
    """Return the intrinsic that a name begins with, taken out of a join."""
    while isinstance(name, dict) and "Fn::Join" in name:
        name = name["Fn::Join"][1][0]
    return name if isinstance(name, dict) else {}
