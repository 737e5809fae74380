"""Surroundings of a rollout: what has to be bootstrapped, and stacks of ours that are not in its plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailproof.check.orphaned_stacks import OrphanedStack, find_in_account, zone_account_target
from mailproof.live.aws.clients import Clients, Target
from mailproof.model.environment import Environment
from mailproof.rollout.bootstrapping import find_unbootstrapped
from mailproof.template.bootstrap import Bootstraps
from mailproof.template.cloud_assembly import SynthesisedStack


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What was found beside the stacks of the plan.

    Attributes:
        unbootstrapped: Accounts and regions that cannot be deployed to, to be told.
        in_the_way: Stacks that hold what the deployment would make a second time.
        left: Stacks of the environment that hold nothing any file asks for.
        left_elsewhere: The same in accounts to which the deployment goes no longer: their zones have left the file.
        unanswered: Where CloudFormation could not be asked, to be told: the deployment itself goes elsewhere.
    """

    unbootstrapped: tuple[str, ...] = ()
    in_the_way: tuple[OrphanedStack, ...] = ()
    left: tuple[OrphanedStack, ...] = ()
    left_elsewhere: tuple[OrphanedStack, ...] = ()
    unanswered: tuple[str, ...] = ()


def look_around(
    environment: Environment,
    environments: Sequence[Environment],
    stacks: Sequence[SynthesisedStack],
    bootstraps: Bootstraps,
    clients: Clients,
) -> Surroundings:
    """
    Ask CloudFormation in every region of every account to which an environment is deployed.

    Args:
        environment: That is rolled out.
        environments: All of them.
        stacks: Its stacks in the assembly; their roles open the accounts.
        bootstraps: What the app deploys through.
        clients: Ask CloudFormation.
    """
    if unbootstrapped := find_unbootstrapped(stacks, clients, bootstraps):
        return Surroundings(unbootstrapped)
    in_the_way: list[OrphanedStack] = []
    left: list[OrphanedStack] = []
    elsewhere: list[OrphanedStack] = []
    unanswered: list[str] = []
    zones = {zone.account for zone in environment.zones.values() if zone.account}
    readers: frozenset[str] = frozenset()
    first = {stack.account: stack for stack in reversed(stacks)}
    for account, stack in reversed(first.items()):
        found = find_in_account(environments, clients, Target(account, stack.region, stack.roles))
        in_the_way += found.in_the_way_of(environment)
        left += found.left_by(environment)
        readers |= found.readers.get(environment.deployed_name, frozenset())
        unanswered += [f"could not ask CloudFormation of {account}{line}" for line in found.unanswered]
    for account in sorted((zones | readers) - first.keys()):
        found = find_in_account(environments, clients, zone_account_target(account, [environment], bootstraps))
        (left if account in zones else elsewhere).extend(found.left_elsewhere_by(environment))
        unanswered += [f"could not ask CloudFormation of {account}{line}" for line in found.unanswered]
    return Surroundings((), tuple(in_the_way), tuple(left), tuple(elsewhere), tuple(unanswered))
