"""Finds what has left the environment files while its stack still stands: no engine ever deletes a stack."""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mailproof.cloudformation.resources import IDENTITY
from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws_session import NOT_ENABLED, AwsSession, ask_aws
from mailproof.live.caller import fetch_account, refuse_other_account
from mailproof.spec.environment import Environment
from mailproof.spec.placement import STACK_PREFIX, place
from mailproof.spec.regions import REGIONS, partition

THREADS = 8
# What AWS answers in a region that the account has not switched on. A region of the file is another matter.


@dataclass(frozen=True, slots=True)
class Leftover:
    """
    A stack, or a domain in one, that is in no file any more.

    Attributes:
        environment: Name of the environment.
        region: AWS region of the stack.
        stack_name: Its name in CloudFormation.
        domains: Domains whose identities it holds and the file does not put there.
        is_whole: Whether the file has nothing in this stack: it stays until somebody deletes it.
    """

    environment: str
    region: str
    stack_name: str
    domains: tuple[str, ...]
    is_whole: bool

    def __str__(self) -> str:
        """Say what stands there and what to do."""
        names = ", ".join(self.domains) or "no identity"
        if self.is_whole:
            todo = f"aws cloudformation delete-stack --region {self.region} --stack-name {self.stack_name}"
            return f"{self.environment}: {self.stack_name} in {self.region} left the file, still holds {names}; {todo}"
        todo = "the next deployment takes them out, and asks before"
        return f"{self.environment}: {self.stack_name} in {self.region} still holds {names}, not in the file; {todo}"


@dataclass(frozen=True, slots=True)
class Leftovers:
    """
    What is left behind.

    Attributes:
        found: Stacks and domains.
        unanswered: Where CloudFormation could not be asked.
    """

    found: tuple[Leftover, ...] = ()
    unanswered: tuple[str, ...] = ()


def find_leftovers(environments: Sequence[Environment], session_of: Callable[[str], AwsSession]) -> Leftovers:
    """
    Ask CloudFormation in every region of every environment's own account.

    Stacks in accounts of zones are not asked for: credentials of the environment do not reach them.

    Args:
        environments: All of them.
        session_of: Returns the credentials of an environment.
    """
    answers = [answer for environment in environments for answer in _ask(environment, session_of(environment.name))]
    return Leftovers(
        tuple(answer for answer in answers if isinstance(answer, Leftover)),
        tuple(answer for answer in answers if isinstance(answer, str)),
    )


def _ask(environment: Environment, session: AwsSession) -> list[Leftover | str]:
    home = environment.regions[0]
    account = fetch_account(lambda: session.client("sts", home))
    refused = account if isinstance(account, Unanswered) else refuse_other_account(account, environment.account)
    if refused:
        return [f"{environment.name}: could not ask CloudFormation: {refused}"]
    regions = sorted(region for region in REGIONS if partition(region) == partition(home))
    with ThreadPoolExecutor(THREADS) as pool:
        answers = pool.map(lambda region: list(_ask_region(environment, session, region)), regions)
        return [answer for found in answers for answer in found]


def _ask_region(environment: Environment, session: AwsSession, region: str) -> Iterator[Leftover | str]:
    expected = {
        plan.id.stack_name: {holding.domain.name for holding in plan.holdings if holding.has_identity}
        for plan in place(environment)
        if plan.id.region == region and plan.id.zone_account is None
    }
    found = ask_aws(lambda: _standing(session.client("cloudformation", region), environment.name))
    if isinstance(found, NotFound):
        return
    if isinstance(found, Unanswered):
        if expected or found.reason not in NOT_ENABLED:
            yield f"{environment.name}: could not ask CloudFormation in {region}: {found}"
        return
    for name, identities in found.items():
        gone = tuple(sorted(identities - expected.get(name, set())))
        if name not in expected or gone:
            yield Leftover(environment.name, region, name, gone, name not in expected)


def _standing(client: Any, environment: str) -> dict[str, set[str]]:
    """Return the stacks of an environment, with the domains whose identities they hold."""
    own = re.compile(rf"{STACK_PREFIX}-{re.escape(environment)}-(ses|dns)(-.*)?")
    stacks = [
        summary["StackName"]
        for page in client.get_paginator("list_stacks").paginate()
        for summary in page["StackSummaries"]
        if own.fullmatch(summary["StackName"]) and summary["StackStatus"] != "DELETE_COMPLETE"
    ]
    return {name: _identities(client, name) for name in stacks}


def _identities(client: Any, stack_name: str) -> set[str]:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return {
        resource["PhysicalResourceId"]
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == IDENTITY and resource["ResourceStatus"] != "DELETE_COMPLETE"
    }
