"""Find stacks, and domains in them, that left the environment files: no engine ever deletes a stack."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mailproof.live.answer import NotFound, Unanswered
from mailproof.live.aws.clients import THREADS, fetch_account, refuse_other_account
from mailproof.live.aws.remedies import NOT_ENABLED
from mailproof.live.aws.session import AwsSession, ask_aws
from mailproof.live.aws.stack_status import unlock_command
from mailproof.live.aws.stacks import describe_stacks, list_resources
from mailproof.model.environment import Environment
from mailproof.model.placement import plan_stacks
from mailproof.model.regions import regions_of_partition
from mailproof.model.resource_types import IDENTITY
from mailproof.model.stack_id import StackId, StackKind


@dataclass(frozen=True, slots=True)
class OrphanedStack:
    """
    A stack, or a domain in one, that is in no file any more.

    Attributes:
        environment: Name of the environment.
        region: AWS region of the stack.
        stack_name: Its name in CloudFormation.
        domains: Domains whose identities it holds and the file does not put there.
        is_whole: Whether the file has nothing in this stack: it stays until somebody deletes it.
        is_protected: Whether CloudFormation refuses to delete it.
    """

    environment: str
    region: str
    stack_name: str
    domains: tuple[str, ...]
    is_whole: bool
    is_protected: bool = False

    def __str__(self) -> str:
        """Say what stands there and what to do."""
        names = ", ".join(self.domains) or "no identity"
        if self.is_whole:
            unlock = f"{unlock_command(self.region, self.stack_name)} && " if self.is_protected else ""
            todo = f"{unlock}aws cloudformation delete-stack --region {self.region} --stack-name {self.stack_name}"
            return f"{self.environment}: {self.stack_name} in {self.region} left the file, still holds {names}; {todo}"
        todo = "the next deployment takes them out, and asks before"
        return f"{self.environment}: {self.stack_name} in {self.region} still holds {names}, not in the file; {todo}"


@dataclass(frozen=True, slots=True)
class OrphanedStacks:
    """
    What is left behind.

    Attributes:
        found: Stacks and domains.
        unanswered: Where CloudFormation could not be asked.
    """

    found: tuple[OrphanedStack, ...] = ()
    unanswered: tuple[str, ...] = ()


def find_orphaned_stacks(
    environments: Sequence[Environment], session_of: Callable[[str], AwsSession]
) -> OrphanedStacks:
    """
    Ask CloudFormation in every region of every environment's own account.

    Stacks in accounts of zones are not asked for: credentials of the environment do not reach them.

    Args:
        environments: All of them.
        session_of: Returns the credentials of an environment.
    """
    planned = {plan.id.stack_name: plan.id.environment for found in environments for plan in plan_stacks(found)}
    answers = [
        answer for environment in environments for answer in _ask(environment, session_of(environment.name), planned)
    ]
    return OrphanedStacks(
        tuple(answer for answer in answers if isinstance(answer, OrphanedStack)),
        tuple(answer for answer in answers if isinstance(answer, str)),
    )


def _ask(environment: Environment, session: AwsSession, planned: Mapping[str, str]) -> list[OrphanedStack | str]:
    home = environment.regions[0]
    account = fetch_account(lambda: session.client("sts", home))
    refused = account if isinstance(account, Unanswered) else refuse_other_account(account, environment.account)
    if refused:
        return [f"{environment.name}: could not ask CloudFormation: {refused}"]
    regions = regions_of_partition(home)
    with ThreadPoolExecutor(THREADS) as pool:
        answers = pool.map(lambda region: list(_ask_region(environment, session, region, planned)), regions)
        return [answer for found in answers for answer in found]


def _ask_region(
    environment: Environment, session: AwsSession, region: str, planned: Mapping[str, str]
) -> Iterator[OrphanedStack | str]:
    expected = {
        plan.id.stack_name: set(plan.identities)
        for plan in plan_stacks(environment)
        if plan.id.region == region and plan.id.zone_account is None
    }
    found = ask_aws(lambda: list(_live_stacks(session, region, environment.name, planned)))
    if isinstance(found, NotFound):
        return
    if isinstance(found, Unanswered):
        if expected or found.reason not in NOT_ENABLED:
            yield f"{environment.name}: could not ask CloudFormation in {region}: {found}"
        return
    for name, is_protected, identities in found:
        gone = tuple(sorted(identities - expected.get(name, set())))
        if name not in expected or gone:
            yield OrphanedStack(environment.name, region, name, gone, name not in expected, is_protected)


def _live_stacks(
    session: AwsSession, region: str, environment: str, planned: Mapping[str, str]
) -> Iterator[tuple[str, bool, set[str]]]:
    """Yield the stacks of an environment: name, protection, and the domains whose identities they hold."""
    client = session.client("cloudformation", region)
    for stack in describe_stacks(client):
        name = stack["StackName"]
        possible = StackId.parse(name, region)
        if planned.get(name, environment) != environment or environment not in {
            found.environment for found in possible
        }:
            continue
        identities = _identities(client, name)
        if name in planned or _owner(possible, stack, identities) == environment:
            yield name, bool(stack.get("EnableTerminationProtection")), identities


def _owner(possible: Iterable[StackId], stack: Mapping[str, Any], identities: Collection[str]) -> str:
    """
    Return the environment that a stack belongs to, of those that its name allows.

    If neither what it holds nor its description tells, it is the one with the longest name: nobody is to be told to
    delete a stack of another environment, not even of one whose file is elsewhere.
    """
    fitting = [found for found in possible if found.kind is StackKind.REGION or not identities]
    described = [found for found in fitting if found.description == stack.get("Description")]
    return next((found.environment for found in [*described, *fitting]), "")


def _identities(client: Any, stack_name: str) -> set[str]:
    return {
        resource["PhysicalResourceId"]
        for resource in list_resources(client, stack_name)
        if resource["ResourceType"] == IDENTITY and resource["ResourceStatus"] != "DELETE_COMPLETE"
    }
