"""The readers of AWS on a pool of threads, a few calls of each at once: for `check` and `preflight`."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any, TypeVar

from mailproof.live.answer import AwsAnswer, NotFound, Unanswered, unless_absent
from mailproof.live.aws.bootstrap import fetch_bootstrap_version
from mailproof.live.aws.route53 import HostedZone, RecordSets, fetch_hosted_zone, fetch_record_limit, fetch_record_sets
from mailproof.live.aws.ses import (
    Breaker,
    fetch_account_facts,
    fetch_configuration_set,
    fetch_identity,
    list_identities,
)
from mailproof.live.aws.ses_facts import AccountFacts, IdentityFacts, RegionFacts
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.live.aws.stacks import fetch_owner, is_absent, read_stack
from mailproof.template.contents import RecordKey, record_keys

IN_FLIGHT_LIMIT = 4

T = TypeVar("T")


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
    """SES: one GetEmailIdentity per identity, everything else once per region."""

    async def read(self, domains: Iterable[str], done: Callable[[], None] = lambda: None) -> RegionFacts:
        """
        Read everything that `check` judges.

        Args:
            domains: Identities to ask for.
            done: Called after each identity.
        """
        account, addresses = await asyncio.gather(self.ask(fetch_account_facts), self.ask(_addresses))
        breaker = Breaker()
        breaker.note(account)
        breaker.note(addresses)
        identities = await self._identities(list(domains), breaker, done)
        found = (identity for identity in identities.values() if isinstance(identity, IdentityFacts))
        names = list(dict.fromkeys(identity.configuration_set for identity in found if identity.configuration_set))
        sets = await asyncio.gather(
            *(self.ask(lambda client, name=name: fetch_configuration_set(client, name)) for name in names)  # type: ignore[misc]
        )
        return RegionFacts(account, addresses, identities, dict(zip(names, sets, strict=True)))

    async def inventory(self) -> tuple[AwsAnswer[AccountFacts], AwsAnswer[tuple[str, ...]]]:
        """Read the account and the names of all its identities, addresses included."""
        return await asyncio.gather(
            self.ask(fetch_account_facts), self.ask(lambda client: tuple(list_identities(client)))
        )

    async def _identities(
        self, domains: list[str], breaker: Breaker, done: Callable[[], None]
    ) -> dict[str, AwsAnswer[IdentityFacts]]:
        async def read(domain: str) -> AwsAnswer[IdentityFacts]:
            answer = await self.ask(lambda client: fetch_identity(client, domain), breaker)
            done()
            return answer

        answers = await asyncio.gather(*map(read, domains))
        return dict(zip(domains, answers, strict=True))


class Route53Reader(PooledService):
    """Route 53 of one account."""

    async def hosted_zone(self, zone_id: str) -> AwsAnswer[HostedZone]:
        """Read a hosted zone."""
        return await self.ask(lambda client: fetch_hosted_zone(client, zone_id))

    async def record_sets(self, zone_id: str) -> RecordSets | Unanswered:
        """List the record sets of a hosted zone."""
        return unless_absent(await self.ask(lambda client: fetch_record_sets(client, zone_id)))

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

    async def records_of(self, stack_name: str) -> AwsAnswer[frozenset[RecordKey]]:
        """Return the record sets that a stack holds, but those whose names only CloudFormation knows."""

        def read(client: Any) -> frozenset[RecordKey]:
            return frozenset(record_keys(read_stack(client, stack_name).template or {}))

        found = await self.ask(read)
        return NotFound() if is_absent(found) else found


def _addresses(client: Any) -> tuple[str, ...]:
    return tuple(name for name in list_identities(client) if "@" in name)
