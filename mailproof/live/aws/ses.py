"""Reads SES in one region: one GetEmailIdentity an identity, everything else once a region."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from typing import Any, TypeGuard, TypeVar

from mailproof.live.answer import AwsAnswer, Unanswered
from mailproof.live.aws.remedies import NO_CONNECTION, NO_CREDENTIALS, NOT_ENABLED
from mailproof.live.aws.ses_facts import (
    AccountFacts,
    ConfigurationSetFacts,
    IdentityFacts,
    RegionFacts,
    parse_account,
    parse_configuration_set,
    parse_identity,
)
from mailproof.live.aws.session import ask_aws

IN_FLIGHT_LIMIT = 4
PAGE_SIZE = 1000
REFUSALS_LIMIT = 5
# What says that no call of the region will be answered, so that thousands of identities are not asked for one by one.
REGION_WIDE = NO_CREDENTIALS | NO_CONNECTION | NOT_ENABLED | {"ProfileNotFound"}
THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})

T = TypeVar("T")


class SesReader:
    """
    SES in one region.

    Args:
        client: Makes the boto3 client for `sesv2`, at the first call.
        pool: Runs the calls.
    """

    def __init__(self, client: Callable[[], Any], pool: Executor) -> None:
        self._make_client = client
        self._pool = pool
        self._places = asyncio.Semaphore(IN_FLIGHT_LIMIT)
        self._turns = asyncio.Semaphore(IN_FLIGHT_LIMIT)

    async def read(self, domains: Iterable[str], done: Callable[[], None] = lambda: None) -> RegionFacts:
        """
        Read everything that `check` judges.

        Args:
            domains: Identities to ask for.
            done: Called after each identity.
        """
        account, addresses = await asyncio.gather(self._ask(self._account), self._ask(self._addresses))
        identities = await self._identities(list(domains), _Breaker(account, addresses), done)
        found = (identity for identity in identities.values() if isinstance(identity, IdentityFacts))
        names = list(dict.fromkeys(identity.configuration_set for identity in found if identity.configuration_set))
        sets = await asyncio.gather(*(self._ask(lambda name=name: self._configuration_set(name)) for name in names))  # type: ignore[misc]
        return RegionFacts(account, addresses, identities, dict(zip(names, sets, strict=True)))

    async def inventory(self) -> tuple[AwsAnswer[AccountFacts], AwsAnswer[tuple[str, ...]]]:
        """Read the account and the names of all its identities, addresses included."""
        return await asyncio.gather(self._ask(self._account), self._ask(self._names))

    async def identity(self, domain: str) -> AwsAnswer[IdentityFacts]:
        """Read one identity."""
        return await self._ask(lambda: parse_identity(self._client().get_email_identity(EmailIdentity=domain)))

    async def _identities(
        self, domains: list[str], breaker: "_Breaker", done: Callable[[], None]
    ) -> dict[str, AwsAnswer[IdentityFacts]]:
        async def read(domain: str) -> AwsAnswer[IdentityFacts]:
            async with self._turns:
                answer = breaker.refusal or await self.identity(domain)
            breaker.note(answer)
            done()
            return answer

        answers = await asyncio.gather(*map(read, domains))
        return dict(zip(domains, answers, strict=True))

    async def _ask(self, call: Callable[[], T]) -> AwsAnswer[T]:
        async with self._places:
            return await asyncio.get_running_loop().run_in_executor(self._pool, ask_aws, call)

    def _client(self) -> Any:
        return self._make_client()

    def _account(self) -> AccountFacts:
        return parse_account(self._client().get_account())

    def _addresses(self) -> tuple[str, ...]:
        return tuple(name for name in self._names() if "@" in name)

    def _names(self) -> tuple[str, ...]:
        return tuple(list_identities(self._client()))

    def _configuration_set(self, name: str) -> ConfigurationSetFacts:
        return parse_configuration_set(self._client().get_configuration_set(ConfigurationSetName=name))


class _Breaker:
    """
    Gives up on a region that answers nothing.

    Args:
        first: What was asked before the identities.

    Attributes:
        refusal: Why no further identity is asked for; None while they are.
    """

    def __init__(self, *first: object) -> None:
        refusals = [answer for answer in first if isinstance(answer, Unanswered) and answer.reason in REGION_WIDE]
        self.refusal = refusals[0] if len(refusals) == len(first) else None
        self._refused = 0
        self._has_answered = not all(map(_is_refused, first))

    def note(self, answer: object) -> None:
        """Count one outcome."""
        if not _is_refused(answer):
            self._has_answered = True
            return
        self._refused += 1
        if self._refused >= REFUSALS_LIMIT and not self._has_answered:
            self.refusal = answer


def _is_refused(answer: object) -> TypeGuard[Unanswered]:
    """Tell whether a region refused a call for a reason that holds for its other calls, too."""
    return isinstance(answer, Unanswered) and answer.reason in REGION_WIDE | THROTTLED


def list_identities(client: Any) -> Iterator[str]:
    """
    Yield the names of all identities of a region, addresses included; boto3 has no paginator for them.

    Args:
        client: boto3 client for `sesv2`.
    """
    token: dict[str, str] = {}
    while True:
        page = client.list_email_identities(PageSize=PAGE_SIZE, **token)
        yield from (identity["IdentityName"] for identity in page.get("EmailIdentities", ()))
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
