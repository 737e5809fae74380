"""One owner for every identity and every record, among all constructs of an app."""

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from aws_cdk import Stack, Token
from constructs import Construct

from mailproof.constructs_lib.zone import HostedZone, zone_key
from mailproof.model.dns_record import DnsRecord
from mailproof.model.domain import SendingDomain
from mailproof.model.errors import InvalidValue
from mailproof.model.resources import Resources, identity_id

Key: TypeAlias = tuple[Hashable, ...]
Owner: TypeAlias = tuple[Construct, str]
"""Scope and id of a construct: its path, which costs a round trip to Node, is asked for in a refusal only."""

NO_MAIL = "choose a MAIL FROM name that sends and receives no mail"


@dataclass(frozen=True, slots=True)
class Claim:
    """
    What a construct owns.

    Attributes:
        key: Unique in the app: account, region and domain of an identity; zone, name and type of a record.
        taken: Start of the error message if another construct owns the key; that construct's path follows.
        todo: What to do then.
        against: Conflicting key, if not ``key`` itself: MAIL FROM name against sending domain.
    """

    key: Key
    taken: str
    todo: str
    against: Key | None = None


def claims(
    stack: Stack, zone: "HostedZone | None", domain: SendingDomain, records: Iterable[DnsRecord], resources: Resources
) -> Iterator[Claim]:
    """
    List what a construct owns.

    An identity is one per account, region and domain; a record set is one per zone, name and type, since Route 53 is
    global: in all Stages of an app. DKIM names cannot meet: their tokens differ by account, region and domain.

    Args:
        stack: Holds it.
        zone: As the caller has it; None if the construct makes no records.
        domain: Its only region is that of the identity, or at which shared records point.
        records: Those that it makes.
        resources: The same and its identity, as they stand in the template.

    Source: https://docs.aws.amazon.com/ses/latest/dg/mail-from.html, "a subdomain that you don't send email from"
    """
    name, region = domain.name, domain.home_region
    if identity_id(name) in resources:
        what = f"the identity {name!r} in {region} already belongs to"
        yield Claim((_account(stack), region, name), what, "keep one of the two")
        yield Claim(("sends", name), f"{name!r} is the MAIL FROM name of", NO_MAIL, ("bounces", name))
    if domain.mail_from:
        bounce = domain.mail_from.name(region)
        yield Claim(
            ("bounces", bounce), f"MAIL FROM name {bounce!r} is the sending domain of", NO_MAIL, ("sends", bounce)
        )
    if zone is not None:
        key = zone_key(stack, zone)
        for record in records:
            if record.token_number is None:
                what = f"the {record.type} record {record.name!r} in zone {domain.zone.name!r} already belongs to"
                yield Claim((key, str(record.name), record.type), what, record.kind.todo)
    todo = f"give dmarc and shared_mail_from of {name!r} to one construct, or each a stack of its own"
    for resource in resources:
        yield Claim((stack, resource), f"the resource {resource!r} of the stack already belongs to", todo)


@contextmanager
def owning(stack: Stack, scope: Construct, construct_id: str, claimed: Iterable[Claim]) -> Iterator[None]:
    """
    Make a construct the owner of what it claims, once it is made without an error.

    Args:
        stack: Holds the construct.
        scope: Where in it.
        construct_id: Its id.
        claimed: What it owns.

    Raises:
        InvalidValue: Another construct is in the way; names both.
    """
    owners = _owners(stack)
    keys: list[Key] = []
    for claim in claimed:
        if owner := owners.get(claim.against or claim.key):
            raise InvalidValue(f"{claim.taken} {_path(owner)!r}", _path((scope, construct_id)), claim.todo)
        keys.append(claim.key)
    yield
    owners.update(dict.fromkeys(keys, (scope, construct_id)))


def _path(owner: Owner) -> str:
    scope, name = owner
    return f"{scope.node.path}/{name}"


# By stack, since the root costs two round trips. Python never lets go of a construct that it made, so that neither this
# nor what is cached holds anything back.
OWNERS_BY_ROOT: dict[Any, dict[Key, Owner]] = {}


@cache
def _owners(stack: Stack) -> dict[Key, Owner]:
    return OWNERS_BY_ROOT.setdefault(stack.node.root, {})


@cache
def _account(stack: Stack) -> Hashable:
    """Return the account of a stack, or the stack itself if the account is known at deployment only."""
    return stack if Token.is_unresolved(stack.account) else stack.account
