"""The readers of AWS on a pool of threads, a few calls of each at once: for `check` and `preflight`."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered, unless_absent
from mailproof.live.aws.bootstrap import fetch_bootstrap_version
from mailproof.live.aws.kept_facts import KeptRegion
from mailproof.live.aws.route53 import HostedZone, RecordSets, fetch_hosted_zone, fetch_record_limit, fetch_record_sets
from mailproof.live.aws.ses import (
    Breaker,
    ListedRegion,
    fetch_account_facts,
    fetch_configuration_set,
    fetch_identity,
    list_region,
)
from mailproof.live.aws.ses_facts import AccountFacts, IdentityFacts, RegionFacts
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.live.aws.stacks import fetch_owner, is_absent

IN_FLIGHT_LIMIT = 4

T = TypeVar("T")


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Progress:
    """A listener that is told how the reading of a region goes on; this one tells nobody."""

    def expect(self, domains: Collection[str]) -> None:
        """Take note of identities that will be asked for."""

    def done(self) -> None:
        """Take note of one that was."""


class PooledService:
    """
    One service in one region.

    Args:
        client: Makes the boto3 client, at the first call.
        pool: Runs the calls.
    """

    def __init__(self, client: Callable[[], Any], pool: Executor) -> None:
        self._make_client = client
        self._pool = pool
        self._slots = asyncio.Semaphore(IN_FLIGHT_LIMIT)

    async def ask(self, call: Callable[[Any], T], breaker: Breaker | None = None) -> AwsAnswer[T]:
        """
        Call the service.

        Args:
            call: Is given the client.
            breaker: Says whether it is still worth while.
        """

        def run() -> AwsAnswer[T]:
            return ask_aws(lambda: call(self._make_client()))

        async with self._slots:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, lambda: breaker.ask(run) if breaker else run())


class SesReader(PooledService):
    """
    SES: one GetEmailIdentity per identity that is not known from an earlier check, everything else once per region.

    Args:
        client: As of `PooledService`.
        pool: As of `PooledService`.
        kept: What is known of the region from an earlier check; None asks for everything.
        now: Tells the time.
        progress: Is told what is asked for.
    """

    def __init__(
        self,
        client: Callable[[], Any],
        pool: Executor,
        kept: KeptRegion | None = None,
        now: Callable[[], datetime] = utc_now,
        progress: Progress | None = None,
    ) -> None:
        super().__init__(client, pool)
        self._kept = kept
        self._now = now
        self._progress = progress or Progress()
        self._breaker = Breaker()

    async def read(self, domains: Iterable[str]) -> RegionFacts:
        """
        Read everything that `check` judges.

        Args:
            domains: Identities to look at.
        """
        wanted = list(domains)
        account, listed = await self.inventory()
        self._breaker.note(account)
        self._breaker.note(listed)
        found = self._kept.find(listed) if self._kept and isinstance(listed, ListedRegion) else {}
        known = {domain: found[domain] for domain in wanted if domain in found}
        facts = RegionFacts(
            account,
            listed.addresses if isinstance(listed, ListedRegion) else listed,
            identities={domain: kept.facts for domain, kept in known.items()},
            configuration_sets={},
            asked_at={domain: kept.asked_at for domain, kept in known.items()},
            kept=frozenset(known),
            names=frozenset(listed.identities) if isinstance(listed, ListedRegion) else frozenset(),
        )
        return await self.ask_for(facts, [domain for domain in wanted if domain not in known])

    async def ask_for(self, facts: RegionFacts, domains: Collection[str]) -> RegionFacts:
        """
        Return facts in which some identities, and the configuration sets of all, are asked for anew.

        Args:
            facts: Of the region.
            domains: The identities.
        """
        self._progress.expect(domains)
        answers = dict(zip(domains, await asyncio.gather(*map(self._read_identity, domains)), strict=True))
        if self._kept:
            self._kept.write()
        identities = facts.identities | {domain: answer for domain, (answer, _) in answers.items()}
        sets = {found.configuration_set for found in identities.values() if isinstance(found, IdentityFacts)}
        names = sorted(sets - facts.configuration_sets.keys() - {""})
        asked = await asyncio.gather(
            *(self.ask(lambda client, name=name: fetch_configuration_set(client, name)) for name in names)  # type: ignore[misc]
        )
        return replace(
            facts,
            identities=identities,
            configuration_sets=facts.configuration_sets | dict(zip(names, asked, strict=True)),
            asked_at=facts.asked_at | {domain: asked_at for domain, (_, asked_at) in answers.items() if asked_at},
            kept=facts.kept.difference(domains),
        )

    async def ask_addresses(self, facts: RegionFacts, names: Collection[str]) -> RegionFacts:
        """Return facts with what SES says of some address identities, which are always asked for."""
        answers = await asyncio.gather(*map(self._read_address, names))
        return replace(facts, address_facts=dict(zip(names, answers, strict=True)))

    async def _read_address(self, name: str) -> AwsAnswer[IdentityFacts]:
        return await self.ask(lambda client: fetch_identity(client, name), self._breaker)

    def settle(self, domains: Collection[str], doubtful: Collection[str]) -> None:
        """
        Note what a check has made of the facts.

        Args:
            domains: Identities that it looked at.
            doubtful: Those that it found something about: the next one asks for them anew.
        """
        if self._kept:
            self._kept.doubt(doubtful)
            self._kept.trust(domain for domain in domains if domain not in doubtful)

    async def inventory(self) -> tuple[AwsAnswer[AccountFacts], AwsAnswer[ListedRegion]]:
        """Read the account and list all its identities, addresses included."""
        return await asyncio.gather(self.ask(fetch_account_facts), self.ask(list_region))

    async def _read_identity(self, domain: str) -> tuple[AwsAnswer[IdentityFacts], datetime | None]:
        """Ask for one identity; return when as well, unless there was no answer."""

        def fetch(client: Any) -> tuple[IdentityFacts, datetime]:
            asked_at = self._now()
            return fetch_identity(client, domain), asked_at

        answer = await self.ask(fetch, self._breaker)
        self._progress.done()
        if not isinstance(answer, tuple):
            return answer, self._now() if isinstance(answer, NotFound) else None
        if self._kept:
            self._kept.save(domain, *answer)
        return answer


class Route53Reader(PooledService):
    """Route 53 of one account."""

    async def hosted_zone(self, zone_id: str) -> AwsAnswer[HostedZone]:
        """Read a hosted zone."""
        return await self.ask(lambda client: fetch_hosted_zone(client, zone_id))

    async def record_sets(self, zone_id: str) -> AwsAnswer[RecordSets]:
        """List the record sets of a hosted zone."""
        return await self.ask(lambda client: fetch_record_sets(client, zone_id))

    async def record_limit(self, zone_id: str) -> tuple[int, int] | Unanswered:
        """Return how many record sets a hosted zone has, and how many it may have."""
        return unless_absent(await self.ask(lambda client: fetch_record_limit(client, zone_id)))


class StackReader(PooledService):
    """
    CloudFormation, and the CDK's bootstrap stack, in one region of one account.

    Args:
        session: Its credentials.
        region: AWS region.
        pool: Runs the calls.
    """

    def __init__(self, session: AwsSession, region: str, pool: Executor) -> None:
        super().__init__(lambda: session.client("cloudformation", region), pool)
        self._ssm = PooledService(lambda: session.client("ssm", region), pool)

    async def bootstrap_version(self, parameter: str) -> AwsAnswer[int]:
        """Return the version of the CDK's bootstrap stack, which a parameter of SSM holds."""
        return await self._ssm.ask(lambda client: fetch_bootstrap_version(client, parameter))

    async def owner_of(self, physical_id: str) -> AwsAnswer[str]:
        """Return the name of the stack that a resource belongs to."""
        found = await self.ask(lambda client: fetch_owner(client, physical_id))
        return NotFound() if is_absent(found) else found
