"""How SES sends messages of a domain: whether it signs them, and whether it rewrites them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailproof.live.aws.members import required
from mailproof.live.aws.ses import fetch_configuration_set, fetch_event_destinations, fetch_identity

REWRITING_EVENTS = ("OPEN", "CLICK")
MANAGES_LIST = "list management, for which SES writes List-Unsubscribe"


@dataclass(frozen=True, slots=True)
class Sending:
    """
    How SES sends messages of a domain.

    Attributes:
        signs: Whether SES signs them itself.
        configuration_set: Name of the configuration set that they are sent with; empty without one.
        rewrites: What rewrites them, in words; empty if nothing does.

    Source: https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-manual.html
    """

    signs: bool
    configuration_set: str = ""
    rewrites: tuple[str, ...] = ()


def fetch_sending(client: Any, domain: str, configuration_set: str = "", *, manages_list: bool = False) -> Sending:
    """
    Ask SES how it sends messages of a domain; the answer may be kept as long as nobody changes that.

    Args:
        client: A boto3 client for `sesv2` in the region that sends.
        domain: Its identity.
        configuration_set: Name that the call of SES gives; empty takes the identity's default one.
        manages_list: Whether the call has `ListManagementOptions`.

    Raises:
        botocore.exceptions.ClientError: SES refuses, or has no such identity or set.
    """
    identity = fetch_identity(client, domain)
    name = configuration_set or identity.configuration_set
    rewrites = [*(_rewrites(client, name) if name else ()), *([MANAGES_LIST] if manages_list else ())]
    return Sending(identity.signing_enabled, name, tuple(rewrites))


def _rewrites(client: Any, name: str) -> Iterator[str]:
    yield from fetch_configuration_set(client, name).rewrites
    for destination in fetch_event_destinations(client, name):
        events = [event for event in REWRITING_EVENTS if event in required(destination, "MatchingEventTypes", list)]
        is_on = required(destination, "Enabled", bool)
        if events and is_on:
            yield f"event destination {required(destination, 'Name', str)!r} for {' and '.join(events)}"
