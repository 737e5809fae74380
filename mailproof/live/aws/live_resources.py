"""What SES and Route 53 hold, each thing asked for once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.record_sets import RecordSets, fetch_record_sets
from mailproof.live.aws.ses_facts import IdentityFacts, parse_identity

STACK_TAG = "aws:cloudformation:stack-name"  # CloudFormation's own: nobody else can write it, and it outlives the stack


@dataclass(frozen=True, slots=True)
class LiveIdentity:
    """
    An identity as SES has it.

    Attributes:
        facts: Its settings.
        tags: Its tags, CloudFormation's own included.
    """

    facts: IdentityFacts
    tags: Mapping[str, str]

    def dkim_pairs(self, domain: str) -> tuple[tuple[str, str], ...]:
        """Return name and target of each record of Easy DKIM; none of a replica, whose records are its parent's."""
        return () if self.facts.primary_region else self.facts.dkim_pairs(domain)

    @property
    def stack_name(self) -> str:
        """The stack that made it, whether or not it still holds it; empty if none has said so."""
        return self.tags.get(STACK_TAG, "")


class LiveResources:
    """
    Reads identities and zones.

    Args:
        clients: Ask AWS.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._identities: dict[tuple[str, str, str], AwsAnswer[LiveIdentity]] = {}
        self._zones: dict[tuple[str, str], RecordSets | Unanswered] = {}

    def identity(self, place: Target, domain: str) -> AwsAnswer[LiveIdentity]:
        """Read an identity."""
        key = (place.account, place.region, domain)
        if key not in self._identities:
            self._identities[key] = self._clients.ask("sesv2", place, lambda client: _fetch_identity(client, domain))
        return self._identities[key]

    def dkim(self, place: Target, domain: str) -> tuple[tuple[str, str], ...] | None:
        """Return name and target of the DKIM records of a domain; empty without an identity, None if it tells none."""
        identity = self.identity(place, domain)
        if isinstance(identity, NotFound):
            return ()
        return identity.dkim_pairs(domain) or None if isinstance(identity, LiveIdentity) else None

    def zone(self, place: Target, zone_id: str) -> RecordSets | Unanswered:
        """List the record sets of a hosted zone."""
        key = (place.account, zone_id)
        if key not in self._zones:
            found = self._clients.ask("route53", place, lambda client: fetch_record_sets(client, zone_id))
            self._zones[key] = Unanswered("NoSuchHostedZone", zone_id) if isinstance(found, NotFound) else found
        return self._zones[key]


def _fetch_identity(client: Any, domain: str) -> LiveIdentity:
    answer = client.get_email_identity(EmailIdentity=domain)
    return LiveIdentity(parse_identity(answer), {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())})
