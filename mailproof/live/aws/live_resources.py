"""Identities of SES and record sets of Route 53, each read once."""

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered
from mailproof.live.aws.clients import Clients, Target
from mailproof.live.aws.route53 import RecordSets, fetch_record_sets
from mailproof.live.aws.ses import Breaker, fetch_identity
from mailproof.live.aws.ses_facts import IdentityFacts


class LiveResources:
    """
    Reads identities and zones.

    Args:
        clients: Ask AWS.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._identities: dict[tuple[str, str, str], AwsAnswer[IdentityFacts]] = {}
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self._zones: dict[tuple[str, str], RecordSets | Unanswered] = {}

    def know(self, target: Target, domain: str, facts: IdentityFacts) -> None:
        """Take what is known of an identity, which is not asked for then."""
        self._identities[target.account, target.region, domain] = facts

    def identity(self, target: Target, domain: str) -> AwsAnswer[IdentityFacts]:
        """Read an identity; a region in which no call will be answered is asked no further."""
        key = (target.account, target.region, domain)
        if key not in self._identities:
            breaker = self._breakers.setdefault((target.account, target.region), Breaker())
            self._identities[key] = breaker.ask(
                lambda: self._clients.ask("sesv2", target, lambda client: fetch_identity(client, domain))
            )
        return self._identities[key]

    def dkim(self, target: Target, domain: str) -> tuple[tuple[str, str], ...] | None:
        """Return name and target of the DKIM records of a domain; empty without an identity, None if it tells none."""
        identity = self.identity(target, domain)
        if isinstance(identity, NotFound):
            return ()
        return identity.own_dkim_pairs(domain) or None if isinstance(identity, IdentityFacts) else None

    def zone(self, target: Target, zone_id: str) -> RecordSets | Unanswered:
        """List the record sets of a hosted zone."""
        key = (target.account, zone_id)
        if key not in self._zones:
            found = self._clients.ask("route53", target, lambda client: fetch_record_sets(client, zone_id))
            self._zones[key] = Unanswered("NoSuchHostedZone", zone_id) if isinstance(found, NotFound) else found
        return self._zones[key]
