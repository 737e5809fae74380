"""The zone that holds a domain's records, however the caller has it."""

from dataclasses import dataclass
from typing import TypeAlias

from aws_cdk import Token
from aws_cdk.aws_route53 import IHostedZone

from mailproof.spec.domain import Zone
from mailproof.spec.errors import InvalidValue
from mailproof.spec.names import is_within, parse_host_name

ZONE_ID_PREFIX = "/hostedzone/"


@dataclass(frozen=True, slots=True)
class HostedZoneReference:
    """
    A hosted zone by id and name, for a zone that is no construct of this app.

    Attributes:
        hosted_zone_id: Such as ``Z0123456789EXAMPLE``; ``/hostedzone/`` in front is taken off. May be a token.
        zone_name: Such as ``example.com``; case and a trailing dot do not matter.
    """

    hosted_zone_id: str
    zone_name: str


HostedZone: TypeAlias = IHostedZone | HostedZoneReference


def parse_zone(zone: HostedZone | None, domain: str) -> Zone:
    """
    Normalise a zone.

    Args:
        zone: None stands for a zone that somebody else serves.
        domain: The sending domain, held as a name.

    Raises:
        InvalidValue: The zone's name is known at deployment only, or does not contain the domain.
    """
    if zone is None:
        return Zone(domain)
    name = parse_host_name(literal(zone.zone_name, "zone name"))
    if not is_within(domain, name):
        raise InvalidValue(f"zone does not contain the domain {domain!r}", zone.zone_name, "give the zone above it")
    return Zone(name, zone.hosted_zone_id.removeprefix(ZONE_ID_PREFIX))


def literal(text: str, what: str) -> str:
    """
    Return a text that has to be known when the app is synthesised.

    Raises:
        InvalidValue: It is a token, of which nothing can be compared or qualified.
    """
    if Token.is_unresolved(text):
        raise InvalidValue(
            f"{what} is known at deployment only", text, f"give the {what} as a literal, a zone by HostedZoneReference"
        )
    return text
