"""Normalise the hosted zone passed to a construct."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from aws_cdk import Reference, ReferenceStrength, Stack, Token, Tokenization
from constructs import Construct

from mailproof.constructs_lib.arguments import literal
from mailproof.model.domain import ZONE_ID, ZONE_ID_PREFIX, Zone, parse_zone_id
from mailproof.model.errors import InvalidValue
from mailproof.model.names import is_within, parse_host_name

if TYPE_CHECKING:  # importing a service's constructs takes a tenth of a second
    from aws_cdk.aws_route53 import IHostedZone

NOT_LOOKED_UP = "DUMMY"  # what CDK has for the id of any zone until it has asked
LITERAL_ZONE = "give a HostedZoneReference that has its name as a literal"


@dataclass(frozen=True, slots=True)
class HostedZoneReference:
    """
    A hosted zone by id and name, for a zone that is not a construct of this app.

    Attributes:
        hosted_zone_id: Such as ``Z0123456789EXAMPLE``; ``/hostedzone/`` in front is taken off. May be a token.
        zone_name: Such as ``example.com``; case and a trailing dot do not matter.
    """

    hosted_zone_id: str
    zone_name: str


HostedZone: TypeAlias = "IHostedZone | HostedZoneReference"


def parse_zone(scope: Construct, zone: "HostedZone | None", domain: str) -> Zone:
    """
    Normalise a zone.

    Args:
        scope: Within the stack that writes records into it.
        zone: None stands for a zone that somebody else serves.
        domain: The sending domain, held as a name.

    Raises:
        InvalidValue: The zone's name is known at deployment only or not at all, or does not contain the domain; its id
            is none; or it is another account's, which a stack cannot write to.
    """
    if zone is None:
        return Zone(domain)
    name = parse_host_name(literal(_name(zone), "zone name", LITERAL_ZONE))
    if not is_within(domain, name):
        raise InvalidValue(f"zone does not contain the domain {domain!r}", zone.zone_name, "give the zone above it")
    if not isinstance(zone, HostedZoneReference):
        _check_account(scope, zone)
    return Zone(name, _parse_id(zone.hosted_zone_id))


def zone_key(stack: Stack, zone: HostedZone) -> Hashable:
    """
    Return a key that identifies a hosted zone.

    That is its id if it is known or refers to a zone of the app. Any other token, an import say, may be another zone in
    another stack, and so may a zone that is not looked up yet: the stack tells them apart.
    """
    zone_id = zone.hosted_zone_id.removeprefix(ZONE_ID_PREFIX)
    is_one = zone_id != NOT_LOOKED_UP and (ZONE_ID.fullmatch(zone_id) or _is_reference(zone_id))
    return zone_id if is_one else (stack, zone_id)


def _name(zone: HostedZone) -> str:
    try:
        return zone.zone_name
    except RuntimeError as err:  # HostedZone.from_hosted_zone_id
        raise InvalidValue("zone has no name", zone.hosted_zone_id, LITERAL_ZONE) from err


def _check_account(scope: Construct, zone: "IHostedZone") -> None:
    own, other = Stack.of(scope).account, zone.env.account
    if own != other and not Token.is_unresolved(own) and not Token.is_unresolved(other):
        todo = "leave the zone out and make the records in a stack of that account"
        raise InvalidValue(f"zone belongs to another account than the stack's {own}", other, todo)


def _parse_id(text: str) -> str:
    if not Token.is_unresolved(text):
        return parse_zone_id(text)
    zone_id = text.removeprefix(ZONE_ID_PREFIX)
    # By a strong reference to a zone of another stack CDK would add a Lambda function in each region.
    return Stack.consume_reference(zone_id, ReferenceStrength.WEAK) if _is_reference(zone_id) else zone_id


@cache
def _is_reference(token: str) -> bool:
    """Tell whether a token stands for something in this app."""
    return Reference.is_reference(Tokenization.reverse(token, fail_concat=False))
