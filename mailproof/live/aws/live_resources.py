"""Identities of SES and record sets of Route 53, each read once."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack

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

    def read_identities(self, wanted: Iterable[tuple[Target, str]]) -> Iterator[tuple[Target, str]]:
        """
        Read identities, the regions side by side: SES answers so many requests a second in each.

        Yields:
            Each once it is read.
        """
        pairs = dict.fromkeys(wanted)
        with ExitStack() as stack:
            pools: dict[tuple[str, str], ThreadPoolExecutor] = {}
            for target, _ in pairs:
                if (place := (target.account, target.region)) not in pools:
                    pools[place] = ThreadPoolExecutor(1)
                    stack.callback(pools[place].shutdown, cancel_futures=True)
            asked = {pools[pair[0].account, pair[0].region].submit(self.identity, *pair): pair for pair in pairs}
            for done in as_completed(asked):
                yield asked[done]

    def prefetch(self, wanted: Iterable[tuple[Target, str]]) -> None:
        """Read identities that will be asked for, as `read_identities`."""
        for _ in self.read_identities(wanted):
            pass

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
