"""Repair environments: look, show, ask once, put back, look again."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, run_each, stop_if
from mailproof.change.programs import read_bootstraps
from mailproof.change.protection import build_policy, is_ours, protected
from mailproof.change.say import say, show_lines
from mailproof.change.stack_update import StackUpdater
from mailproof.check.drift import DriftReport
from mailproof.check.drift_search import find_drift
from mailproof.check.orphaned_stacks import find_in_account, holding, together
from mailproof.exit_codes import UNANSWERED
from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Clients, Target, reading_target
from mailproof.live.aws.live_resources import LiveResources
from mailproof.live.aws.remedies import could_not_ask
from mailproof.live.aws.session import AwsSession
from mailproof.live.aws.stacks import DeployedStacks, list_resources
from mailproof.model.command_lines import wait_command
from mailproof.model.environment import Environment
from mailproof.model.names import DKIM_LABEL, host_name
from mailproof.model.resource_types import RECORD_SET
from mailproof.repair.identities import set_up
from mailproof.repair.plan import RepairPlan, StuckStack, plan_repair
from mailproof.repair.rebuild import Departure, Rebuilder, plan_departures
from mailproof.repair.records import put_back
from mailproof.template.bootstrap import Bootstraps
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.stack_handles import stack_handles

NOT_HERE = "nothing of this environment is deployed here"


@dataclass(frozen=True, slots=True)
class RepairOptions:
    """
    What a repair is given.

    Attributes:
        consent: What a person has agreed to.
        resume: The command that goes on after a failure.
    """

    consent: Consent = field(default_factory=Consent)
    resume: str = ""


class Repairer:
    """
    Repairs one environment.

    Args:
        environment: The environment.
        clients: Ask AWS by the credentials given.
        updater: Updates stacks.
        bootstraps: Say which roles open the accounts.
        everything: All environments of the folder, which tell what else is deployed.
    """

    def __init__(
        self,
        environment: Environment,
        clients: Clients,
        updater: StackUpdater,
        bootstraps: Bootstraps,
        everything: Sequence[Environment] = (),
    ) -> None:
        self.name = environment.name
        self.following = wait_command(environment)
        self._environment = environment
        self._everything = everything or [environment]
        self._clients = clients
        self._updater = updater
        self._stacks = stack_handles(environment, bootstraps)
        self._rebuilder = Rebuilder(updater, clients, environment.account)
        self._report = DriftReport()
        self._stuck: list[StuckStack] = []
        self.plan = RepairPlan()

    def look(self) -> None:
        """
        Find out what is to be done.

        Raises:
            CommandError: Something could not be asked.
        """
        self._report = self._ask()
        self.plan = plan_repair(self._environment, self._report, self._stuck)
        elsewhere = list(self._find_elsewhere())
        self.plan.left += [*([] if self._is_anything_deployed else [NOT_HERE] * bool(elsewhere)), *elsewhere]
        for stack in filter(self._is_lifted, self._report.stacks):
            self.plan.lifted.append(stack)
            self.plan.lines.append(
                f"stack {stack.name} in {stack.region}: its stack policy was left lifted: put it back"
            )

    def _ask(self) -> DriftReport:
        """Look for drift once CloudFormation is at rest."""
        report = find_drift(self._environment, self._stacks, self._clients)
        if report.skipped:
            states = {stack.path: self._updater.await_rest(stack) for stack in self._named(report.skipped)}
            report = find_drift(self._environment, self._stacks, self._clients)
            self._stuck = [StuckStack(stack, states[stack.path]) for stack in self._named(report.skipped)]
        stop_if([], [str(unasked) for unasked in report.unanswered], f"{self.name}: nothing was repaired")
        return report

    @property
    def state(self) -> str:
        """What to say where nothing is to be done and nothing is left."""
        return "all is as the stacks hold it" if self._is_anything_deployed else NOT_HERE

    @property
    def _is_anything_deployed(self) -> bool:
        return bool(self._report.stacks or self._stuck)

    def _find_elsewhere(self) -> Iterator[str]:
        """Yield what the file asks for and other stacks of ours hold, if not all of its own are there."""
        known = {stack.path for stack in self._report.stacks} | {stuck.stack.path for stuck in self._stuck}
        absent = {stack.account: stack for stack in reversed(self._stacks) if stack.path not in known}
        unanswered: list[str] = []
        for account, stack in absent.items():
            around = find_in_account(self._everything, self._clients, reading_target(stack))
            unanswered += [f"could not ask CloudFormation of {account}{line}" for line in around.unanswered]
            for found in together(around.in_the_way_of(self._environment)):
                yield f"{holding(found)}; {found[0].todo}"
        if self._is_anything_deployed:
            say(*unanswered)
        else:
            stop_if([], unanswered, f"{self.name}: nothing was repaired")

    def _named(self, paths: Collection[str]) -> list[SynthesisedStack]:
        return [stack for stack in self._stacks if stack.path in paths]

    def _is_lifted(self, stack: SynthesisedStack) -> bool:
        policy = DeployedStacks(self._clients).fetch_policy(stack)
        return isinstance(policy, str) and is_ours(policy) and policy != build_policy()

    def _ids_of(self, stack: SynthesisedStack) -> dict[str, str]:
        """Return the names that the resources of a stack have in AWS, by logical id."""
        place = reading_target(stack)
        found = self._clients.ask("cloudformation", place, partial(_resources_of, stack.name))
        if not isinstance(found, list):
            why = found if isinstance(found, Unanswered) else Unanswered("NotFound")
            what = f"{stack.path}: {could_not_ask('CloudFormation for its resources', why, stack.region)}"
            raise CommandError([what, f"{self.name}: nothing was repaired"], UNANSWERED)
        return {resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "") for resource in found}

    def repair(self) -> None:
        """
        Put back what the stacks hold. Records come first: SES looks for them when MAIL FROM is set.

        Raises:
            CommandError: A step failed; those before it are done, and the same command goes on.
        """
        put_back(self.plan.records, self._clients)
        undone = set_up(self._environment, self.plan.identities, self._clients)
        if self.plan.gone or self.plan.has_notes:
            self._refuse_news()
            departures = plan_departures(self._report.stacks, self.plan.gone)
            left = list(self._left_behind(departures))
            self._rebuilder.take_out(departures)
            self._rebuilder.bring_back([stack for stack in self._stacks if self._is_deployed(stack)])
            say(*self._words_of_left(left))
        with protected(self.plan.lifted, DeployedStacks(self._clients), (), only_ours=True):
            pass
        wrong, unanswered = ([f"{self.name}: {line}" for line in lines] for lines in (undone.wrong, undone.unanswered))
        stop_if(wrong, unanswered)
        self._confirm()

    def _refuse_news(self) -> None:
        """
        Look once more before anything leaves a stack: another repair may have brought it back.

        From here on a stack that changes lets CloudFormation refuse what was asked of it.
        """
        self._report = self._ask()
        if plan_repair(self._environment, self._report, self._stuck).gone != self.plan.gone:
            what = "something has changed meanwhile, and no stack was changed; run the same command again"
            raise CommandError(f"{self.name}: {what}")

    def _is_deployed(self, stack: SynthesisedStack) -> bool:
        return any(found.path == stack.path for found in self._report.stacks)

    def _left_behind(self, departures: Iterable[Departure]) -> Iterator[str]:
        """Yield the names of the DKIM records that stay when they leave their stack, or of their group."""
        for departure in departures:
            stays = [name for name in sorted(departure.records) if departure.is_retained(name)]
            ids = self._ids_of(departure.stack) if stays else {}
            for name in stays:
                is_single = departure.stack.resources[name]["Type"] == RECORD_SET
                yield host_name(ids.get(name, "")) if is_single else f"of {name}"

    def _words_of_left(self, names: Sequence[str]) -> Iterator[str]:
        """Yield what to tell of DKIM records that stayed, but of those that are in use again."""
        live, account = LiveResources(self._clients), self._environment.account
        domains = {name.partition(DKIM_LABEL)[2] for name in names}
        identities = [
            (Target(account, region), domain.name)
            for domain, region in self._environment.identities()
            if domain.name in domains
        ]
        live.prefetch(identities)
        pairs = (live.dkim(*identity) for identity in identities)
        used = {name for found in pairs for name, _ in found or ()}
        for name in names:
            if name not in used:
                what = "stay, and no identity signs with them any more"
                yield f"{self.name}: DKIM records {name} {what}; delete them once mail signed with them has arrived"

    def _confirm(self) -> None:
        """Look again: what is repaired is as the stacks hold it."""
        again = plan_repair(self._environment, self._ask(), self._stuck)
        if not again.is_empty:
            raise CommandError([*again.lines, f"{self.name}: is not as its stacks hold it; run the same command again"])


def make_repairer(environment: Environment, profile: str | None, everything: Sequence[Environment] = ()) -> Repairer:
    """
    Make what repairs an environment.

    Stacks are changed as the CDK's command line does it, by the roles of the bootstrap.

    Args:
        environment: The environment.
        profile: AWS profile; None takes the standard chain.
        everything: All environments of the folder.
    """
    session = AwsSession(profile)
    own = Clients(session)
    updater = StackUpdater(Clients(session, prefer_roles=True), own)
    return Repairer(environment, own, updater, read_bootstraps(), everything)


def _resources_of(name: str, client: Any) -> list[Mapping[str, Any]]:
    return list(list_resources(client, name))


def repair_all(repairers: Sequence[Repairer], options: RepairOptions) -> None:
    """
    Repair environments, after asking once, or none.

    Args:
        repairers: One per environment.
        options: What the repair is given.

    Raises:
        CommandError: Something could not be asked, was declined, failed, or cannot be put right.
    """
    for repairer in repairers:
        repairer.look()
        lines = [*repairer.plan.lines, *repairer.plan.left] or [repairer.state]
        show_lines(*(f"{repairer.name}: {line}" for line in lines))
    todo = [repairer for repairer in repairers if not repairer.plan.is_empty]
    if todo:
        count = sum(len(repairer.plan.lines) for repairer in todo)
        names = ", ".join(repr(repairer.name) for repairer in todo)
        options.consent.obtain(f"Put back these {count} in {names}?", otherwise="nothing was repaired")
    run_each(todo, Repairer.repair, lambda repairer: repairer.name, options.resume)
    for repairer in todo:
        say(f"{repairer.name}: repaired; next: {repairer.following}")
    stop_if([f"{repairer.name}: {line}" for repairer in repairers for line in repairer.plan.left], [])
