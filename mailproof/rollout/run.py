"""Roll out the waves of one environment: preflight, guard, deploy, status of the stacks, gate."""

import math
import shlex
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError, run_each
from mailproof.change.programs import Programs
from mailproof.change.protection import protected
from mailproof.change.rest import await_rest
from mailproof.change.say import say
from mailproof.check.drift import DriftReport
from mailproof.check.orphaned_stacks import orphan_lines
from mailproof.exit_codes import UNANSWERED, WRONG
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.session import AwsSession
from mailproof.live.aws.stacks import DeployedStacks
from mailproof.model.waves import Wave
from mailproof.rollout.checks import (
    Allowance,
    Comparison,
    check_removals,
    check_states,
    explain_states,
    find_undeleted,
    refuse_drift,
    refuse_losses_of,
)
from mailproof.rollout.closing import Staying, closing_lines, in_left_zones, let_go, tidying_command, zone_lines
from mailproof.rollout.phase import Phase
from mailproof.rollout.readiness import clear_failed
from mailproof.rollout.surroundings import Surroundings
from mailproof.template.cloud_assembly import SynthesisedStack
from mailproof.template.live_things import live_things
from mailproof.template.losses import zones_of

FRESH_S = 600.0  # within which preflight goes by the look for drift that the run began with; SES allows few requests
ROLES_S = 900.0  # for which roles are kept, a quarter of the hour that AWS gives them


@dataclass(frozen=True, slots=True)
class RolloutOptions:
    """
    What a rollout is given beside its plan.

    Attributes:
        environments: Folder of the environment files.
        assembly: Folder of the cloud assembly.
        phase: The only part to run; None runs all.
        consent: What a person has agreed to.
        allowance: What may be lost, and the commands that a refusal tells: the one that goes on after a failure, too.
        preflight: Whether `mailproof preflight` goes first.
        deploy_profile: AWS profile of the deployment; None takes the standard chain.
        account: The environment's.
        repairing: The command that puts back what is not as deployed.
        asking: Options of the commands that ask SES and DNS.
        keeping: Options of preflight and the gate: where they keep what SES has said.
        others: Stacks of other environments, as they are to be.
        following: The command that is next.
        tidying: The command that is next if something stays behind.
        checking: The command that says what keeps domains from being verified.
        held_elsewhere: Domains of which the file has the identity elsewhere.
    """

    environments: Path
    assembly: Path
    phase: Phase | None = None
    consent: Consent = field(default_factory=Consent)
    allowance: Allowance = field(default_factory=Allowance)
    preflight: bool = True
    deploy_profile: str | None = None
    account: str = ""
    repairing: str = ""
    asking: tuple[str, ...] = ()
    keeping: tuple[str, ...] = ()
    others: tuple[SynthesisedStack, ...] = ()
    following: tuple[str, ...] = ()
    tidying: tuple[str, ...] = ()
    checking: tuple[str, ...] = ()
    held_elsewhere: frozenset[str] = frozenset()


class Runner:
    """
    Rolls out waves one after the other.

    Args:
        options: What it is given.
        programs: How to start the CDK's command line and `mailproof`.
        stacks: The stacks of the assembly by id.
        look_around: Finds the stacks of ours that are not where the files put them.
        look_for_drift: Finds what deployed stacks hold and is not there.
    """

    def __init__(
        self,
        options: RolloutOptions,
        programs: Programs,
        stacks: Mapping[str, SynthesisedStack],
        look_around: Callable[[Clients], Surroundings] | None = None,
        look_for_drift: Callable[[Sequence[SynthesisedStack]], DriftReport] | None = None,
    ) -> None:
        self._options = options
        self._resume = options.allowance.resume
        self._programs = programs
        self._stacks = stacks
        self._everything = [*stacks.values(), *options.others]
        # Of this run alone: under a common name the command line executes whatever another run has put there.
        self._change_set = f"mailproof-{uuid4().hex}"
        self._look_around = look_around
        self._look_for_drift = look_for_drift
        self._unseen: frozenset[str] = frozenset()
        self._compared_s = -math.inf
        self._left: list[str] = []
        self._staying = Staying()
        self._next: tuple[str, ...] = ()
        self._opened_s = -math.inf

    def run(self, waves: Sequence[Wave]) -> None:
        """
        Run the waves, or the part of them that is asked for.

        Raises:
            CommandError: The rollout ends here: what is wrong, what was not started, how to go on.
        """
        started = time.monotonic()
        if self._options.phase is not Phase.GATE:
            surroundings = self._refuse_second_homes()
            self._look_ahead(self._show_and_guard(waves), surroundings)
        if self._options.phase is not Phase.DIFF:
            if self._options.phase is not Phase.GATE:
                self._obtain_consent(waves)
            run_each(waves, self._run_wave, lambda wave: f"wave {wave.number}", self._resume)
        following = self._next or self._options.following
        say(*closing_lines(waves[0].environment, self._left, time.monotonic() - started, following))

    def _look_ahead(self, compared: Comparison, around: Surroundings) -> None:
        """Note what the last lines are to say: what is in no stack then, what stays behind, and what is next."""
        losses = [loss for loss in compared.losses if loss.switch not in compared.wanted]
        in_zones = in_left_zones(losses, zones_of(live_things(self._everything)))
        losses = [loss for loss in losses if loss not in in_zones]
        self._staying = Staying(losses, around.left, compared.hosts)
        self._offer_prune()
        released = list(let_go(compared.losses, compared.wanted))
        if released:
            self._next = next((way.command for way in compared.wanted.values() if way.command), ())
        elsewhere = Staying(stacks=around.left_elsewhere)
        self._left = [*released, *zone_lines(in_zones), *self._staying.lines(), *elsewhere.lines()]

    def _offer_prune(self) -> None:
        """Let it be next if it finds anything of what stays behind."""
        count = self._staying.for_prune(self._options.held_elsewhere)
        if count is not None:
            self._next = tidying_command(self._options.tidying, count)

    def _note_undeleted(self, batch: Sequence[str], allowed: Collection[str]) -> None:
        """Note what CloudFormation could not delete: it stays, in no stack."""
        for found in find_undeleted(self._stacks_of(batch), self._deployed(), allowed):
            if isinstance(found, str):
                say(found)
            else:
                self._staying.undeleted.append(found)
                self._left.append(f"stays behind, in no stack: {found}")
        if self._staying.undeleted:
            self._offer_prune()

    def _refuse_second_homes(self) -> Surroundings:
        """
        Look at the accounts, and at all our stacks there, also those that are not in the plan.

        Raises:
            CommandError: An account is not bootstrapped, or a stack holds what the deployment would make a second time,
                and finds in its way.
        """
        if not self._look_around:
            return Surroundings()
        say("Looking for stacks that are not in the plan …")
        found = self._look_around(self._clients())
        say(*found.unanswered)
        if wrong := [*found.unbootstrapped, *orphan_lines(found.in_the_way)]:
            raise CommandError([*wrong, f"nothing was deployed; then: {self._resume}"])
        return found

    def _refuse_drift(self, paths: Sequence[str]) -> frozenset[str]:
        """
        Stop if deployed stacks hold what is not there; a look at the differences only says so.

        Returns:
            The stacks that were at work, of which nothing can be said yet.

        Raises:
            CommandError: There is drift, or something could not be asked.
        """
        if not (self._look_for_drift and paths):
            return frozenset()
        say("Comparing what is deployed with what there is …")
        report = self._look_for_drift(list(self._stacks_of(paths)))
        try:
            refuse_drift(report, self._options.account, self._options.repairing)
        except CommandError as err:
            if self._options.phase is not Phase.DIFF:
                raise
            say(*err.lines)
        return frozenset(report.skipped)

    def _show_and_guard(self, waves: Sequence[Wave]) -> Comparison:
        """Ask the guard about all waves, look for drift, and show the changes, also those that the guard refuses."""
        paths = [path for wave in waves for path in wave.stacks]
        refusal: CommandError | None = None
        compared = Comparison()
        try:
            say("Reading the deployed templates …")
            compared = self._guard(paths, self._deployed())
        except CommandError as err:
            if err.exit_code == UNANSWERED:
                raise
            refusal = err
        self._unseen = self._refuse_drift(paths)
        if self._look_for_drift:
            self._compared_s = time.monotonic()
        self._show_changes(paths)
        if refusal:
            raise refusal
        say(*compared.notices)
        return compared

    def _obtain_consent(self, waves: Sequence[Wave]) -> None:
        name, consent = waves[0].environment, self._options.consent
        if any(wave.approval for wave in waves):
            consent.obtain_approval(name)
        elif consent.approved != name:
            numbers = ", ".join(str(wave.number) for wave in waves)
            consent.obtain(f"Deploy wave {numbers} of {name!r}?", otherwise="nothing was deployed")

    def _run_wave(self, wave: Wave) -> None:
        say(f"== {wave.environment}, wave {wave.number}: {', '.join(wave.regions)}")
        if self._options.phase is not Phase.GATE:
            self._await_rest(wave.stacks, self._deployed())
            self._refuse_drift([path for path in wave.stacks if path in self._unseen])
            self._preflight(wave)
            self._deploy(wave)
            check_states(self._stacks_of(wave.stacks), self._deployed())
        if self._options.phase is not Phase.DEPLOY:
            self._gate(wave)

    def _show_changes(self, paths: Sequence[str]) -> None:
        # A change set would tell no more of these resources, takes longer, and writes to the account.
        options = ("--exclusively", "--method", "template", "--no-notices")
        if code := self._cdk("diff", *paths, *options):
            what = f"cdk diff ended with exit code {code}; nothing was deployed"
            raise CommandError([what, f"then: {self._resume}"])

    def _guard(self, paths: Iterable[str], deployed: DeployedStacks) -> Comparison:
        return refuse_losses_of(self._stacks_of(paths), deployed, self._options.allowance, self._everything)

    def _preflight(self, wave: Wave) -> None:
        if not self._options.preflight:
            return
        known = ("--compared",) if time.monotonic() - self._compared_s < FRESH_S else ()
        code = self._ask("preflight", wave, "--assembly", str(self._options.assembly), *known, *self._options.keeping)
        if code == UNANSWERED:  # a quota that may not be read bars nothing; what matters the guard asks itself
            say(f"wave {wave.number}: preflight could not ask about everything; going on")
        elif code:
            way = f"see above; without it: {self._resume} --skip-preflight"
            raise CommandError(f"wave {wave.number}: preflight ended with exit code {code}; {way}", code)

    def _deploy(self, wave: Wave) -> None:
        """
        Deploy in batches, each as soon as the guard has looked at it.

        Somebody else may change any stack meanwhile: what the guard saw must not grow old while others are deployed.
        """
        self._compared_s = -math.inf  # from here on what was read is not what there is
        clear_failed(self._stacks_of(wave.stacks), self._deployed())
        compared = self._recheck_losses(wave.stacks)
        first, *later = self._batches(wave, compared.unchanged)
        self._deploy_batch(wave, first, compared.allowed)
        for batch in later:
            self._deploy_batch(wave, batch, self._recheck_losses(batch).allowed)

    def _recheck_losses(self, paths: Sequence[str]) -> Comparison:
        """Ask the guard about stacks at rest: another's change that is not done yet might not show in the template."""
        deployed = self._deployed()
        self._await_rest(paths, deployed)
        return self._guard(paths, deployed)

    def _await_rest(self, paths: Iterable[str], deployed: DeployedStacks) -> None:
        """Wait for other deployments; a state that cannot be read is left to the guard."""
        for stack in self._stacks_of(paths):
            await_rest(stack, deployed)

    def _batches(self, wave: Wave, unchanged: frozenset[str]) -> list[list[str]]:
        """Put stacks together that begin at once, in the first batch behind the unchanged, which take no time."""
        batches = [[path for path in wave.stacks if path in unchanged]]
        for path in wave.stacks:
            if path in unchanged:
                continue
            waits = {*self._stacks[path].after} & {*batches[-1]} - unchanged
            if waits or len(batches[-1]) >= wave.concurrency:
                batches.append([])
            batches[-1].append(path)
        return batches

    def _deploy_batch(self, wave: Wave, batch: Sequence[str], allowed: Collection[str]) -> None:
        options = ("--exclusively", "--concurrency", str(wave.concurrency), "--require-approval", "never")
        more = ("--change-set-name", self._change_set, "--progress", "events", "--no-notices", "--ci")
        with protected(list(self._stacks_of(batch)), self._own(), allowed):
            code = self._cdk("deploy", *batch, *options, *more)
        if code:
            what = f"wave {wave.number}: cdk deploy ended with exit code {code}; what is deployed stays"
            raise CommandError([what, *explain_states(self._stacks_of(wave.stacks), self._deployed())])
        check_removals(self._stacks_of(batch), self._deployed(), self._change_set, allowed)
        self._note_undeleted(batch, allowed)

    def _gate(self, wave: Wave) -> None:
        probe = ("--probe",) if wave.gate_probes else ()
        limit = ("--timeout", str(wave.gate_timeout_s // 60))
        if code := self._ask("wait", wave, *limit, *probe, *self._options.keeping):
            words = {
                WRONG: f"did not verify within {limit[1]} minutes{', or SES refuses mail' * len(probe)}",
                UNANSWERED: "could not be asked about",
            }
            what = words.get(code, f"could not be waited for: mailproof wait ended with exit code {code}")
            way = f"; what is missing: {shlex.join(self._options.checking)}" if self._options.checking else ""
            line = f"wave {wave.number}: its domains {what}; the stacks are deployed and stay{way}"
            raise CommandError(line, code)

    def _ask(self, command: str, wave: Wave, *options: str) -> int:
        regions = [option for region in wave.regions for option in ("--region", region)]
        where = ("--environments", str(self._options.environments), "--environment", wave.environment)
        return self._programs.run_mailproof(command, *where, *regions, *options, *self._options.asking)

    def _cdk(self, command: str, *arguments: str) -> int:
        profile = ("--profile", self._options.deploy_profile) if self._options.deploy_profile else ()
        return self._programs.run_cdk(command, "--app", str(self._options.assembly), *arguments, *profile)

    def _deployed(self) -> DeployedStacks:
        return DeployedStacks(self._clients())

    def _clients(self) -> Clients:
        """Ask by the roles of the bootstrap, which are assumed anew from time to time: their sessions end."""
        if time.monotonic() - self._opened_s > ROLES_S:
            self._opened = Clients(AwsSession(self._options.deploy_profile), prefer_roles=True)
            self._opened_s = time.monotonic()
        return self._opened

    def _own(self) -> DeployedStacks:
        """Ask by the credentials given where they are the account's: no role of the bootstrap may set a policy."""
        return DeployedStacks(Clients(AwsSession(self._options.deploy_profile)))

    def _stacks_of(self, paths: Iterable[str]) -> Iterator[SynthesisedStack]:
        return (self._stacks[path] for path in paths)
