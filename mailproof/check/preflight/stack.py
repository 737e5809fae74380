"""Stacks of ours that are not in the plan: those that hold what the deployment would make, and those that are left."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailproof.check.orphaned_stacks import (
    OrphanedStack,
    OrphanedStacks,
    find_in_account,
    find_in_zone_account,
    holding,
    together,
)
from mailproof.check.preflight.inspection import Account, Inspection
from mailproof.check.preflight.subjects import RegionsUnasked, StackElsewhere, StackLeft
from mailproof.live.aws.clients import Clients, Target
from mailproof.model.environment import Environment


@dataclass(frozen=True, slots=True)
class OtherStacks:
    """
    The look at stacks that are not in the plan.

    Attributes:
        inspection: The environment.
        everything: All environments of the folder.
        accounts: The environment's, then those of zones, once they are open.
    """

    inspection: Inspection
    everything: Sequence[Environment]
    accounts: dict[str, Account]
    _surveys: dict[str, asyncio.Future[OrphanedStacks]] = field(default_factory=dict, init=False)

    async def survey(self, account: str) -> OrphanedStacks:
        """Look, once per account and only where something is in the way, for the stacks of ours that hold it."""
        if account not in self._surveys:
            loop, opened = asyncio.get_running_loop(), self.accounts[account]
            clients, target = Clients(opened.session), Target(account, opened.home)
            survey = loop.run_in_executor(opened.pool, find_in_account, self.everything, clients, target)
            self._surveys[account] = survey
        return await self._surveys[account]

    def report_elsewhere(self, around: OrphanedStacks, is_holder: Callable[[OrphanedStack], bool]) -> bool:
        """Report the stacks that hold what the deployment would make, once per thing to write; tell if one does."""
        findings = self.inspection.findings
        for stacks in together(around.in_the_way_of(self.inspection.environment)):
            if any(map(is_holder, stacks)):
                if stacks[0].todo not in findings.reported_names:
                    findings.reported_names.add(stacks[0].todo)
                    findings.judge_first(StackElsewhere(stacks[0].stack_name, holding(stacks), stacks[0].todo))
                return True
        return False

    async def look_at_left(self, *, is_first: bool) -> None:
        """Report stacks in which no file has anything; those of no file at all for the first of an account."""
        environment, own, findings = self.inspection.environment, self.inspection.account, self.inspection.findings
        home, *others = [await self.survey(account) for account in list(self.accounts)]
        known = {one.deployed_name for one in self.everything}
        found = [*home.found, *(stack for other in others for stack in other.left_by(environment))]
        for account in sorted(home.readers.get(environment.deployed_name, frozenset()) - self.accounts.keys()):
            clients, bootstraps = Clients(own.session), self.inspection.bootstraps
            there = await asyncio.get_running_loop().run_in_executor(
                own.pool, find_in_zone_account, self.everything, [environment], clients, account, bootstraps
            )
            found += there.left_by(environment)
            self._report_unasked(there.unanswered)
        for stack in found:
            is_own = stack.environment == environment.deployed_name
            is_strange = is_first and stack.environment not in known
            if stack.is_whole and not stack.wanted and (is_own or is_strange):
                findings.judge_first(StackLeft(stack.region, stack.stack_name, stack.holds, stack.todo))
        for survey in (home, *others):
            self._report_unasked([f"could not ask CloudFormation{line}" for line in survey.unanswered])

    def _report_unasked(self, lines: Sequence[str]) -> None:
        """Report in one finding where nobody could look for stacks."""
        if lines:
            more = f"; nor in {len(lines) - 1} more regions" if len(lines) > 1 else ""
            self.inspection.findings.judge_first(RegionsUnasked(f"{lines[0]}{more}"))
