"""Check environments: create the clients, run the checks, build the report."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from mailproof.check.environment import EnvironmentCheck, EnvironmentResult, Sources
from mailproof.check.finding import CheckReport
from mailproof.check.selection import Selection
from mailproof.live.answer import Unanswered
from mailproof.live.asking import asking
from mailproof.live.authority import Authority
from mailproof.live.aws.clients import fetch_account, refuse_other_account
from mailproof.live.aws.kept_facts import KeptFacts
from mailproof.live.aws.pooled import Progress, Route53Reader, SesReader, utc_now
from mailproof.live.aws.session import AwsSession, profile_of
from mailproof.live.resolver import Budget, Resolver
from mailproof.live.transport import Server, parse_server
from mailproof.model.environment import Environment

THREADS = 32
SELDOM = 100_000  # objects more than before

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """
    Options of a check.

    Attributes:
        resolver: The one resolver that is asked, and nothing else; None takes this machine's, and asks each of the
            zones' own servers beside it.
        budget: When to give up on a question to DNS.
        profiles: Environment name to AWS profile; the empty name stands for all others.
        selection: The part to look at.
        kept: What SES has said of identities before; None asks for all.
        progress: Makes what is told how the reading of a region goes on.
    """

    resolver: Server | None = None
    budget: Budget = field(default_factory=Budget)
    profiles: Mapping[str, str] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    kept: KeptFacts | None = None
    progress: Callable[[str], Progress] = lambda _region: Progress()

    def profile_of(self, environment: str) -> str | None:
        """Return the AWS profile of an environment; None for the standard chain."""
        return profile_of(self.profiles, environment)


class Checker:
    """
    Checks environments with the credentials of this process.

    Args:
        options: How to check.
    """

    def __init__(self, options: CheckOptions) -> None:
        self.options = options
        self._sessions: dict[str | None, AwsSession] = {}
        self._accounts: dict[str | None, str | Unanswered] = {}

    def check(self, environments: Sequence[Environment], part: Selection | None = None) -> CheckReport:
        """
        Check environments, one after the other.

        Args:
            environments: The environments.
            part: To look at instead of the selection of the options.
        """
        return run_in_pool(lambda pool: self._check_all(environments, part or self.options.selection, pool))

    async def _check_all(
        self, environments: Sequence[Environment], selection: Selection, pool: Executor
    ) -> CheckReport:
        started = now()
        zones = tuple(zone for environment in environments for zone in environment.zones)
        with asking(self.options.resolver, self.options.budget) as (resolver, authority):
            outcomes = [
                await EnvironmentCheck(
                    environment,
                    replace(await self._sources(environment, pool, resolver, authority), zones=zones),
                    selection,
                ).run()
                for environment in environments
            ]
        return merge_outcomes(started, outcomes)

    async def _sources(
        self, environment: Environment, pool: Executor, resolver: Resolver, authority: Authority | None
    ) -> Sources:
        home = environment.regions[0]
        session = self.session(environment.name)
        if not isinstance(self._accounts.get(session.profile), str):  # STS is asked until it says, once per profile
            self._accounts[session.profile] = await asyncio.get_running_loop().run_in_executor(
                pool, fetch_account, lambda: session.client("sts", home)
            )
        account = self._accounts[session.profile]
        # If STS does not say, SES is asked all the same: it may be reached where STS is not. But nothing is kept of an
        # account that nobody has named for certain.
        refusal = None if isinstance(account, Unanswered) else refuse_other_account(account, environment.account)
        kept = self.options.kept if account == environment.account else None
        return Sources(
            lookup=resolver,
            ses=lambda region: SesReader(
                lambda: session.client("sesv2", region),
                pool,
                kept.region(environment.account, region, utc_now) if kept else None,
                progress=self.options.progress(region),
            ),
            route53=None if refusal else Route53Reader(lambda: session.client("route53", home), pool),
            refusal=refusal,
            account=account,
            authority=authority,
        )

    def session(self, environment: str) -> AwsSession:
        """Return the credentials of an environment."""
        profile = self.options.profile_of(environment)
        return self._sessions.setdefault(profile, AwsSession(profile))


def run_in_pool(work: Callable[[Executor], Coroutine[Any, Any, T]]) -> T:
    """Run in an event loop of its own, with threads for AWS; a thread still waiting at the end is not waited for."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="aws")
    try:
        with collecting_seldom():
            return asyncio.run(work(pool))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Look for garbage seldom: nearly all that a check makes it keeps, and looking through that takes a fifth of it."""
    usual = gc.get_threshold()
    gc.set_threshold(SELDOM, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return utc_now().isoformat(timespec="seconds")


def merge_outcomes(started: str, outcomes: Sequence[EnvironmentResult | CheckReport]) -> CheckReport:
    """Join what was found in several environments."""
    names = [part.name for part in fields(EnvironmentResult)]
    parts: dict[str, Any] = {name: [item for outcome in outcomes for item in getattr(outcome, name)] for name in names}
    return CheckReport(checked_at=started, **parts)


def check_environment(  # noqa: PLR0913 -- whom to ask, each by its name
    environment: Environment,
    *,
    ses: Callable[[str], Any] | Mapping[str, Any],
    route53: Any = None,
    resolver: str | None = None,
    selection: Selection | None = None,
    budget: Budget | None = None,
) -> CheckReport:
    """
    Check one environment with clients of your own.

    Args:
        environment: As `load_environments` returns it.
        ses: Region to a boto3 `sesv2` client, or a function that returns one.
        route53: A boto3 `route53` client of the account of the zones; None leaves their delegation unchecked.
        resolver: ``HOST[:PORT]`` of the one resolver to ask; None takes this machine's.
        selection: The part to look at; None takes all.
        budget: How long and how many at a time DNS is asked (`Budget`, seconds).

    Returns:
        The report: findings, and the state of each identity.

    Raises:
        ValueError: The resolver is not ``HOST[:PORT]``.

    Example::

        environment, = load_environments(Path("environments"), "prod")
        report = check_environment(
            environment,
            ses=lambda region: boto3.client("sesv2", region_name=region),
            route53=boto3.client("route53"),
            resolver="9.9.9.9",
        )
        for finding in report.findings:
            print(finding.severity, finding.rule, finding.name, finding.fix)
    """
    named = parse_server(resolver) if resolver else None
    make_ses = ses if callable(ses) else ses.__getitem__

    async def work(pool: Executor) -> CheckReport:
        started = now()
        with asking(named, budget or Budget()) as (lookup, authority):
            sources = Sources(
                lookup=lookup,
                ses=lambda region: SesReader(lambda: make_ses(region), pool),
                route53=Route53Reader(lambda: route53, pool) if route53 is not None else None,
                authority=authority,
            )
            return merge_outcomes(started, [await EnvironmentCheck(environment, sources, selection).run()])

    return run_in_pool(work)
