"""What is looked at in one environment before a deployment, by what credentials, and what is found there."""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass

from mailproof.check.judging import Findings
from mailproof.check.preflight.catalogue import PREFLIGHT
from mailproof.check.preflight.subjects import AwsUnavailable
from mailproof.check.run import CheckOptions
from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import fetch_account
from mailproof.live.aws.pooled import Route53Reader, SesReader
from mailproof.live.aws.session import AwsSession
from mailproof.live.zone_facts import ZoneFacts
from mailproof.model.domain import Zone
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.template.bootstrap import Bootstraps


@dataclass(frozen=True, slots=True)
class Account:
    """
    An account, and how it is asked.

    Attributes:
        id: AWS account id.
        session: Credentials that open it.
        home: The region in which Route 53 is asked.
        pool: Runs the calls.
    """

    id: str
    session: AwsSession
    home: str
    pool: Executor

    async def caller(self, region: str) -> str | Unanswered:
        """Ask STS which account the credentials belong to."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, fetch_account, lambda: self.session.client("sts", region))

    def route53(self) -> Route53Reader:
        """Return the reader of Route 53."""
        return Route53Reader(lambda: self.session.client("route53", self.home), self.pool)

    def ses(self, region: str) -> SesReader:
        """Return the reader of SES in a region."""
        return SesReader(lambda: self.session.client("sesv2", region), self.pool)


class Inspection:
    """
    One environment as preflight looks at it.

    Args:
        environment: The environment.
        options: What to look at.
        bootstraps: What the app deploys through.
        pool: Runs calls to AWS.
    """

    def __init__(self, environment: Environment, options: CheckOptions, bootstraps: Bootstraps, pool: Executor) -> None:
        self.environment = environment
        self.options = options
        self.bootstraps = bootstraps
        profile = options.profile_of(environment.name)
        self.given = ("--profile", profile) if profile else ()
        self.account = Account(environment.account, AwsSession(profile), environment.regions[0], pool)
        self.domains = options.selection.domains_of(environment)
        names = {domain.name for domain in self.domains}
        self.plans = [p for p in plan_stacks(environment) if names & {domain.name for domain in p.domains}]
        self.findings = Findings(environment, PREFLIGHT)
        self.shared = Findings(environment)  # judged by the rules of `check`

    def sending_regions(self) -> list[str]:
        """Return the regions that domains are to send from."""
        selected = self.options.selection.identity_regions_of
        return list(dict.fromkeys(region for domain in self.domains for region in selected(domain)))

    def stack_regions(self, zone_account: str | None) -> list[str]:
        """Return the regions with stacks in the account of a zone; None stands for the environment's own."""
        return list(dict.fromkeys(p.id.region for p in self.plans if p.id.zone_account == zone_account))

    def is_judged(self, zone: Zone) -> bool:
        """Tell whether something was found in how a zone is delegated."""
        return any((found.type, found.name) == (ZoneFacts.type, zone.name) for found in self.shared.items)

    def report_unanswered(self, region: str | None, name: str | None, what: str, answer: object) -> None:
        """Report a call without an answer once per region or zone."""
        key = f"{region} {name} {what}"
        if isinstance(answer, Unanswered) and key not in self.findings.reported_names:
            self.findings.reported_names.add(key)
            self.findings.judge_first(AwsUnavailable(region, name, what, answer))
