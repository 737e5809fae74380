"""Identities and record sets of synthesised stacks, each under the key that AWS knows it by."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from mailproof.model.names import host_name, identity_name
from mailproof.model.resource_types import IDENTITY, RECORD_SET
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.contents import as_text, live_resources, record_sets

Key: TypeAlias = tuple[str, ...]

DKIM_NAME = "DkimDNSTokenName"
# An output of a stack that is not at hand: the CDK makes its name from the attribute.
DKIM_ATTRIBUTE = re.compile(rf"(Identity[A-Za-z0-9]+?)\W*{DKIM_NAME}([123])")


class Holder(NamedTuple):
    """The resource of a stack that holds something."""

    stack: str
    account: str
    region: str
    logical_id: str

    @property
    def place(self) -> str:
        """Say which stack it is."""
        return f"stack {self.stack!r} in {self.region} of account {self.account}"

    def __str__(self) -> str:
        """Show it as ``Identity2D60E2CC of stack 'mail' in us-east-1 of account 111122223333``."""
        return f"{self.logical_id} of {self.place}"


@dataclass(frozen=True, slots=True)
class LiveThing:
    """
    An identity or a record set.

    Attributes:
        key: Tells it from all others, whichever stack holds it: AWS holds one of a key.
        words: What people know it by: ``identity 'example.com'``.
        name: Its name, or the domain of a DKIM record, whose own name is known at deployment only.
        holder: What holds it.
    """

    key: Key
    words: str
    name: str
    holder: Holder


@dataclass(frozen=True, slots=True)
class RecordName:
    """
    The name of a record set of a template.

    Attributes:
        key: Tells it from other names.
        name: Lower-case, without a trailing dot; the domain of a DKIM record.
        shown: For people.
    """

    key: Key
    name: str
    shown: str


def live_things(stacks: Iterable[SynthesisedStack]) -> Iterator[LiveThing]:
    """Yield every identity and every record set of stacks, those in groups included."""
    known = list(stacks)
    names = RecordNames(known)
    for stack in known:
        for logical_id, resource in live_resources(stack.template).items():
            holder = Holder(stack.name, stack.account, stack.region, logical_id)
            if resource["Type"] == IDENTITY:
                yield _identity(resource.get("Properties", {}).get("EmailIdentity"), holder)
            for record in record_sets(resource):
                yield _record(record, names.read(record.get("Name"), stack), holder)


def _identity(given: Any, holder: Holder) -> LiveThing:
    name = identity_name(given) if isinstance(given, str) else as_text(given)
    where = f" in {holder.region} of account {holder.account}" if holder.account else ""
    return LiveThing((IDENTITY, holder.account, holder.region, name), f"identity {name!r}{where}", name, holder)


def _record(record: Mapping[str, Any], name: RecordName, holder: Holder) -> LiveThing:
    zone, kind = _zone(record, holder), as_text(record.get("Type"))
    one_of_several = record.get("SetIdentifier")
    more = f", set {one_of_several!r}" if one_of_several else ""
    return LiveThing(
        key=(RECORD_SET, zone, *name.key, kind, as_text(one_of_several or "")),
        words=f"{kind} record {name.shown} in zone {zone}{more}",
        name=name.name,
        holder=holder,
    )


def _zone(record: Mapping[str, Any], holder: Holder) -> str:
    zone = record.get("HostedZoneId") or record.get("HostedZoneName")
    is_local = isinstance(zone, dict) and "Fn::GetStackOutput" not in zone  # another stack's `Ref` is another zone
    return f"{as_text(zone)} of {holder.place}" if is_local and holder.account else as_text(zone)


class RecordNames:
    """
    Reads names of records, those included that are attributes of an identity in the same stack or in another.

    Args:
        stacks: Where identities and outputs are looked up.
    """

    def __init__(self, stacks: Iterable[SynthesisedStack]) -> None:
        self._by_name = {(stack.name, stack.region): stack for stack in stacks}

    def read(self, value: Any, stack: SynthesisedStack) -> RecordName:
        """
        Read a name.

        Args:
            value: As the template has it.
            stack: In which it stands.
        """
        if isinstance(value, str):
            name = host_name(value)
            return RecordName((name,), name, repr(name))
        text = as_text(value)
        return self._token(first_token(value), stack) or _attribute(text, stack) or RecordName((text,), text, text)

    def _token(self, token: Mapping[str, Any], stack: SynthesisedStack) -> RecordName | None:
        if output := token.get("Fn::GetStackOutput"):
            producer = self._by_name.get((output.get("StackName"), output.get("Region", stack.region)))
            value = producer and producer.template.get("Outputs", {}).get(output.get("OutputName"))
            return self._token(first_token(value["Value"]), producer) if value and producer else None
        argument = token.get("Fn::GetAtt", ("", ""))
        identity, attribute = argument.split(".", 1) if isinstance(argument, str) else map(str, argument)
        is_known = stack.template.get("Resources", {}).get(identity, {}).get("Type") == IDENTITY
        if not is_known or not attribute.startswith(DKIM_NAME):
            return None
        return _dkim(identity, attribute.removeprefix(DKIM_NAME), stack)


def _attribute(text: str, stack: SynthesisedStack) -> RecordName | None:
    """Read a name whose identity is not at hand. The role by which it is read may change without the record."""
    found = DKIM_ATTRIBUTE.search(text)
    return _dkim(found[1], found[2], stack) if found else None


def _dkim(identity: str, number: str, stack: SynthesisedStack) -> RecordName:
    resource = stack.template.get("Resources", {}).get(identity, {})
    owner = str(resource.get("Properties", {}).get("EmailIdentity", identity))
    where = f" ({stack.region} of account {stack.account})" if stack.account else ""
    return RecordName((identity, number, stack.account, stack.region), owner, f"{number} of DKIM of {owner!r}{where}")


def first_token(name: Any) -> Mapping[str, Any]:
    """Return the intrinsic that a name begins with, taken out of a join; empty if there is none."""
    while isinstance(name, dict) and "Fn::Join" in name:
        parts = name["Fn::Join"][1]
        name = parts[0] if isinstance(parts, list) else {}
    return name if isinstance(name, dict) else {}
