"""The runner: what it starts and in which order, where it stops, what it says, and that a rerun goes on."""

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, cast

import pytest

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.change.protection import build_policy
from mailproof.check.drift import DriftReport, IdentityGone, Unasked
from mailproof.live.answer import Unanswered
from mailproof.live.aws.clients import Clients
from mailproof.live.aws.session import AwsSession
from mailproof.live.aws.stacks import DeployedStack, DeployedStacks, Undeleted
from mailproof.model.waves import Wave
from mailproof.rollout import run as run_module
from mailproof.rollout.checks import Allowance, refuse_losses_of
from mailproof.rollout.phase import Phase
from mailproof.rollout.plan_text import build_plan_table
from mailproof.rollout.run import RolloutOptions, Runner
from mailproof.template.cloud_assembly import SynthesisedStack, read_assembly
from tests.rollout.fake_programs import FakePrograms

RESUME = "mailproof rollout run prod --yes"
FIRST = ["prod/dns", "prod/dns-333333333333", "prod/ses-eu-west-1", "prod/dns-333333333333-eu-west-1"]
SECOND = ["prod/ses-us-east-1", "prod/ses-eu-central-2", "prod/dns-333333333333-us-east-1"]


class FakeStacks:
    """
    What CloudFormation would say, by the id of the stack.

    Attributes:
        fake: Notes which stacks have been deployed.
        templates: In force before.
        between: In force, by somebody else, once the first stacks have been deployed.
        after: In force after the stack's own deployment.
        states: After it.
        removed: By it, by logical id.
        undeleted: What it was to delete and could not.
        policies: Stack policies.
        refused: Why they cannot be set.
        set: Those that were: stack, policy, and how many deployments there had been.
    """

    def __init__(self, fake: FakePrograms) -> None:
        self.fake = fake
        self.templates: dict[str, Any] = {}
        self.between: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.states: dict[str, Any] = {}
        self.removed: dict[str, Any] = {}
        self.undeleted: dict[str, Any] = {}
        self.policies: dict[str, Any] = {}
        self.refused: dict[str, Unanswered] = {}
        self.set: list[tuple[str, str, int]] = []

    def fetch(self, stack: SynthesisedStack, **_: bool) -> Any:
        """Return the template told, or why it cannot be read, else that in the assembly; with the state."""
        deploys = [call for call in self.fake.calls() if call[1] == "deploy"]
        is_deployed = any(stack.path in call for call in deploys)
        before = self.templates | (self.between if deploys else {})
        told = (self.after if is_deployed else before).get(stack.path, stack.template)
        state = self.fetch_state(stack) if is_deployed else "UPDATE_COMPLETE"
        return next((found for found in (told, state) if isinstance(found, Unanswered)), DeployedStack(state, told))

    def fetch_state(self, stack: SynthesisedStack) -> Any:
        """Return the state told, else a good one."""
        return self.states.get(stack.path, "UPDATE_COMPLETE")

    def fetch_removed(self, stack: SynthesisedStack, change_set: str) -> Any:
        """Return what the deployment has removed, as told, else nothing."""
        assert change_set
        return self.removed.get(stack.path, set())

    def fetch_undeleted(self, stack: SynthesisedStack) -> Any:
        """Return what the deployment could not delete, as told, else nothing."""
        return self.undeleted.get(stack.path, [])

    def fetch_policy(self, stack: SynthesisedStack) -> Any:
        """Return the policy told, or set before."""
        return self.policies.get(stack.path, "")

    def set_policy(self, stack: SynthesisedStack, policy: str) -> Unanswered | None:
        """Note the policy, unless that is to be refused."""
        if stack.path in self.refused:
            return self.refused[stack.path]
        self.policies[stack.path] = policy
        deploys = [call for call in self.fake.calls() if call[1] == "deploy"]
        self.set.append((stack.path, policy, len(deploys)))
        return None

    def unprotect_empty_stack(self, stack: SynthesisedStack) -> bool:
        """Lift no protection: something of every stack lives."""
        assert stack.path in self.states
        return False


@pytest.fixture
def deployed(fake: FakePrograms, monkeypatch: pytest.MonkeyPatch) -> FakeStacks:
    """What is deployed; at first what is in the assembly."""
    stacks = FakeStacks(fake)
    monkeypatch.setattr(run_module, "DeployedStacks", lambda _: stacks)
    return stacks


@pytest.fixture
def fake(tmp_path: Path) -> FakePrograms:
    """The programs that the runner starts."""
    return FakePrograms(tmp_path)


@pytest.fixture
def prod(waves: list[Wave]) -> list[Wave]:
    """The waves of prod."""
    return [wave for wave in waves if wave.environment == "prod"]


Roll = Callable[..., list[str]]
DriftLook = Callable[[Sequence[SynthesisedStack]], DriftReport]


@pytest.fixture
def roll(fake: FakePrograms, deployed: FakeStacks, prod: list[Wave], folder: Path, assembly: Path) -> Roll:
    """Return a function that rolls prod out and returns what was started: program and command."""
    assert deployed
    options = RolloutOptions(folder, assembly, consent=Consent(yes=True, approved="prod"), asking=("--profile", "p"))

    def call(waves: list[Wave] | None = None, *, drift: DriftLook | None = None, **changes: Any) -> list[str]:
        stacks = read_assembly(assembly, "prod")
        names = {one.name for one in fields(Allowance)}
        allowance = Allowance(**{"resume": RESUME, **{name: changes.pop(name) for name in names & changes.keys()}})
        runner = Runner(replace(options, allowance=allowance, **changes), fake.programs(), stacks, look_for_drift=drift)
        runner.run(waves or prod)
        return started(fake)

    return call


def started(fake: FakePrograms) -> list[str]:
    """Return the programs and commands that were run."""
    return [" ".join(call[:2]) for call in fake.calls()]


def failure(roll: Roll, **changes: Any) -> CommandError:
    """Roll out and return what ended it."""
    with pytest.raises(CommandError) as caught:
        roll(**changes)
    return caught.value


REPAIR = "mailproof repair prod --profile p"
PROD_ACCOUNT = "222222222222"


def _gone(stacks: Sequence[SynthesisedStack]) -> DriftReport:
    stack = next(stack for stack in stacks if stack.path == "prod/ses-eu-west-1")
    drift = IdentityGone(stack=stack, logical_id="Identity", domain="example.com", expected="it", observed="none")
    return DriftReport((drift,))


def _unasked(path: str) -> DriftLook:
    def look(stacks: Sequence[SynthesisedStack]) -> DriftReport:
        stack = next(stack for stack in stacks if stack.path == path)
        return DriftReport(unanswered=(Unasked(stack, "ses:GetEmailIdentity", Unanswered("Throttling")),))

    return look


def test_what_was_deleted_past_its_stack_stops_at_once(roll: Roll, fake: FakePrograms) -> None:
    """Named, with the command that puts it back, before anything is shown, asked or deployed."""
    error = failure(roll, drift=_gone, account=PROD_ACCOUNT, repairing=REPAIR)
    assert error.exit_code == 1
    assert error.lines[0].startswith(
        "identity 'example.com' in eu-west-1: stack mailproof-prod-ses-eu-west-1 in eu-west-1"
    )
    assert error.lines[-2:] == ("nothing was deployed", f"to put back what the stacks hold: {REPAIR}")
    assert started(fake) == []


def test_what_could_not_be_compared_is_no_drift(
    roll: Roll, fake: FakePrograms, capfd: pytest.CaptureFixture[str]
) -> None:
    """It stops with exit code 3; an account of zones, into which nobody may look, is only said."""
    error = failure(roll, drift=_unasked("prod/ses-eu-west-1"), account=PROD_ACCOUNT, repairing=REPAIR)
    assert error.exit_code == 3
    assert REPAIR not in "".join(error.lines)
    assert started(fake) == []
    assert "cdk deploy" in roll(drift=_unasked("prod/dns-333333333333"), account=PROD_ACCOUNT)
    assert "prod/dns-333333333333: could not ask ses:GetEmailIdentity" in capfd.readouterr().err


def test_a_look_at_the_differences_says_what_was_changed_past_the_stacks(
    roll: Roll, capfd: pytest.CaptureFixture[str]
) -> None:
    """And goes on: it changes nothing."""
    assert roll(drift=_gone, account=PROD_ACCOUNT, repairing=REPAIR, phase=Phase.DIFF) == ["cdk diff"]
    assert REPAIR in capfd.readouterr().err


def test_a_stack_at_work_is_compared_once_it_rests(roll: Roll, prod: list[Wave]) -> None:
    """Before, nothing can be said of it."""
    looked: list[list[str]] = []

    def look(stacks: Sequence[SynthesisedStack]) -> DriftReport:
        looked.append([stack.path for stack in stacks])
        return DriftReport(skipped=("prod/ses-us-east-1",))

    roll(drift=look)
    assert looked == [[path for wave in prod for path in wave.stacks], ["prod/ses-us-east-1"]]


def test_preflight_goes_by_the_look_that_the_run_began_with(
    roll: Roll, fake: FakePrograms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as that is fresh, and nothing has been deployed since."""

    def told() -> list[bool]:
        roll(drift=lambda _: DriftReport())
        return ["--compared" in call for call in fake.calls() if call[1] == "preflight"]

    assert told() == [True, False]
    fake.answer({})
    monkeypatch.setattr("mailproof.rollout.run.FRESH_S", 0.0)
    assert told() == [False, False]
    fake.answer({})
    roll()  # which does not look
    assert not any("--compared" in call for call in fake.calls())


def test_every_wave_is_looked_at_deployed_and_proved(roll: Roll) -> None:
    """The changes are shown once, for all."""
    wave = ["mailproof preflight", "cdk deploy", "mailproof wait"]
    assert roll() == ["cdk diff", *wave, *wave]


def test_the_command_line_deploys_exactly_the_stacks_of_the_wave(
    roll: Roll, fake: FakePrograms, assembly: Path
) -> None:
    """By their ids, alone, bounded, without a question."""
    roll()
    diff, deploy = (next(c for c in fake.calls() if c[1] == command) for command in ("diff", "deploy"))
    options = ["--exclusively", "--concurrency", "3", "--require-approval", "never"]
    change_set = ["--change-set-name", deploy[deploy.index("--change-set-name") + 1]]
    last = ["--progress", "events", "--no-notices", "--ci"]
    assert deploy == ["cdk", "deploy", "--app", str(assembly), *FIRST, *options, *change_set, *last]
    more = ["--exclusively", "--method", "template", "--no-notices"]
    assert diff == ["cdk", "diff", "--app", str(assembly), *FIRST, *SECOND, *more]


def test_a_change_set_is_of_one_run_alone(roll: Roll, fake: FakePrograms) -> None:
    """Under a common name the command line would execute what another run has put there."""
    roll()
    roll()
    deploys = [call for call in fake.calls() if call[1] == "deploy"]
    names = [call[call.index("--change-set-name") + 1] for call in deploys]
    assert (len(names), len(set(names))) == (4, 2)
    assert all(re.fullmatch(r"mailproof-[-a-zA-Z0-9]{1,118}", name) for name in names)


EMPTY: dict[str, Any] = {"Resources": {}}


@pytest.mark.parametrize(
    ("changed", "concurrency", "batches"),
    [
        (FIRST, 3, [FIRST[:2], FIRST[2:3], FIRST[3:]]),  # as they depend on each other
        (FIRST[1:], 3, [FIRST[:2], FIRST[2:3], FIRST[3:]]),
        (FIRST[2:3], 4, [[FIRST[0], FIRST[1], FIRST[3], FIRST[2]]]),
        (FIRST[2:3], 3, [[FIRST[0], FIRST[1], FIRST[3]], [FIRST[2]]]),
        (SECOND[:2], 2, [[SECOND[2], SECOND[0]], [SECOND[1]]]),
        (SECOND, 1, [[path] for path in SECOND]),
        ([], 1, [FIRST]),
    ],
)
def test_what_changes_is_deployed_as_soon_as_the_guard_has_looked(  # noqa: PLR0913 -- a table
    roll: Roll,
    fake: FakePrograms,
    deployed: FakeStacks,
    prod: list[Wave],
    *,
    changed: list[str],
    concurrency: int,
    batches: list[list[str]],
) -> None:
    """In batches that begin at once, what has not changed first."""
    deployed.templates = dict.fromkeys(changed, EMPTY)
    wave = next(wave for wave in prod if set(batches[0]) <= {*wave.stacks})
    roll([replace(wave, concurrency=concurrency)])
    deploys = [call for call in fake.calls() if call[1] == "deploy"]
    assert [call[4 : call.index("--exclusively")] for call in deploys] == batches


def test_a_change_that_goes_between_is_not_undone(roll: Roll, fake: FakePrograms, deployed: FakeStacks) -> None:
    """Somebody else adds a domain to a later stack of the wave while the first is deployed: the guard looks again."""
    deployed.templates = dict.fromkeys(FIRST, EMPTY)
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "new.example.com"}}
    deployed.between["prod/ses-eu-west-1"] = {"Resources": {"New": identity}}
    error = failure(roll)
    assert "would be deleted: identity 'new.example.com'; if this is intended, --allow" in error.lines[0]
    assert (error.exit_code, started(fake).count("cdk deploy")) == (1, 1)


def test_somebody_elses_change_in_force_is_no_success(roll: Roll, fake: FakePrograms, deployed: FakeStacks) -> None:
    """Both runs end well for `cdk deploy`; what stands is what one of them has deployed."""
    deployed.after["prod/ses-eu-west-1"] = EMPTY
    error = failure(roll)
    assert error.exit_code == 1
    assert re.fullmatch(
        r"prod/ses-eu-west-1: another deployment came in between, and Dkim1\w+, .* are as that one left them; "
        r"run one rollout at a time, from the same environment files",
        error.lines[0],
    )
    assert started(fake)[-1] == "cdk deploy"


def test_what_was_taken_away_in_the_same_moment_is_no_success(roll: Roll, deployed: FakeStacks) -> None:
    """Another run made it behind the guard's back; what the switches let pass is no matter."""
    deployed.removed["prod/ses-eu-west-1"] = {"IdentityNew", "IdentityOld"}
    error = failure(roll, switches=frozenset({"prod/ses-eu-west-1:IdentityOld"}))
    assert error.exit_code == 1
    assert error.lines[0].startswith("prod/ses-eu-west-1: another deployment created IdentityNew at the same time, and")
    deployed.removed["prod/ses-eu-west-1"] = Unanswered("AccessDenied")
    assert failure(roll).exit_code == 3


def test_what_holds_no_mail_may_differ(roll: Roll, deployed: FakeStacks, assembly: Path) -> None:
    """Rules, metadata and descriptions are not compared."""
    template = dict(read_assembly(assembly, "prod")["prod/dns"].template)
    deployed.after["prod/dns"] = {"Resources": template["Resources"], "Description": "another"}
    assert roll()[-1] == "mailproof wait"


def test_reading_is_announced(roll: Roll, capfd: pytest.CaptureFixture[str]) -> None:
    """It takes minutes where nobody answers."""
    roll(phase=Phase.DIFF)
    assert capfd.readouterr().err.startswith("Reading the deployed templates …\n")


def test_the_gate_asks_for_the_regions_of_the_wave(roll: Roll, fake: FakePrograms, folder: Path) -> None:
    """With the timeout of the plan and the options that were given."""
    roll()
    [_, wait] = [call for call in fake.calls() if call[1] == "wait"]
    place = ["--environments", str(folder), "--environment", "prod"]
    regions = ["--region", "us-east-1", "--region", "eu-central-2"]
    assert wait == ["mailproof", "wait", *place, *regions, "--timeout", "30", "--profile", "p"]


def test_the_gate_sends_if_the_file_asks_for_it(roll: Roll, fake: FakePrograms, prod: list[Wave]) -> None:
    """As part of the same command."""
    roll([replace(wave, gate_probes=True) for wave in prod])
    assert all("--probe" in call for call in fake.calls() if call[1] == "wait")
    assert "then a message of each is sent" in build_plan_table([replace(prod[0], gate_probes=True)])


def test_preflight_and_the_gate_keep_what_ses_has_said(roll: Roll, fake: FakePrograms) -> None:
    """What the one has asked the other need not ask again."""
    roll(keeping=("--state", "file", "--max-age", "1h"))
    calls = {call[1]: call for call in fake.calls() if call[0] == "mailproof"}
    for command in ("preflight", "wait"):
        assert " ".join(calls[command]).endswith("--state file --max-age 1h --profile p")


def test_another_profile_deploys(roll: Roll, fake: FakePrograms) -> None:
    """The CDK's command line gets it, the gate does not."""
    roll(deploy_profile="d")
    assert [call[-2:] == ["--profile", "d"] for call in fake.calls()] == [call[0] == "cdk" for call in fake.calls()]


@pytest.mark.parametrize(
    ("rule", "code", "last", "message"),
    [
        ("cdk diff", 1, "cdk diff", "cdk diff ended with exit code 1; nothing was deployed"),
        ("preflight", 1, "mailproof preflight", "wave 1: preflight ended with exit code 1; see above"),
        ("preflight", 2, "mailproof preflight", "wave 1: preflight ended with exit code 2; see above"),
        ("cdk deploy", 1, "cdk deploy", "wave 1: cdk deploy ended with exit code 1; what is deployed stays"),
        ("wait", 1, "mailproof wait", "wave 1: its domains did not verify within 30 minutes; the stacks are deployed"),
        ("wait", 3, "mailproof wait", "wave 1: its domains could not be asked about; the stacks are deployed and stay"),
        (
            "wait",
            2,
            "mailproof wait",
            "wave 1: its domains could not be waited for: mailproof wait ended with exit code 2",
        ),
    ],
)
def test_the_first_failure_ends_it(  # noqa: PLR0913 -- a table
    roll: Roll, fake: FakePrograms, *, rule: str, code: int, last: str, message: str
) -> None:
    """With the exit code of what failed, and nothing after it is started."""
    fake.answer({rule: code})
    error = failure(roll)
    assert started(fake)[-1] == last
    assert error.lines[0].startswith(message)
    assert error.exit_code == code


@pytest.mark.parametrize("rule", ["cdk deploy", "mailproof wait", "preflight"])
def test_what_was_not_started_and_how_to_go_on_is_said(roll: Roll, fake: FakePrograms, rule: str) -> None:
    """The later wave and the very command."""
    fake.answer({rule: 1})
    assert failure(roll).lines[1:] == (
        "not started: wave 2",
        f"to continue from wave 1, run the same command again: {RESUME}",
    )


def test_a_failed_deployment_ends_with_1_whatever_cdk_says(roll: Roll, fake: FakePrograms) -> None:
    """Its exit codes are not ours."""
    fake.answer({"cdk deploy": 134})
    assert failure(roll).exit_code == 1


def test_a_later_wave_that_fails_leaves_the_first(roll: Roll, fake: FakePrograms) -> None:
    """The rerun starts at wave 1 again, which costs nothing, and goes on."""
    fake.answer({"cdk deploy prod/ses-us-east-1": 1})
    assert failure(roll).lines[-1].startswith("to continue from wave 2")
    assert started(fake).count("cdk deploy") == 2
    fake.answer({})
    assert roll().count("cdk deploy") == 2


def test_one_wave_alone(roll: Roll, prod: list[Wave]) -> None:
    """As every engine runs it."""
    assert roll(prod[1:]) == ["cdk diff", "mailproof preflight", "cdk deploy", "mailproof wait"]


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (Phase.DIFF, ["cdk diff"]),
        (Phase.DEPLOY, ["cdk diff", "mailproof preflight", "cdk deploy"]),
        (Phase.GATE, ["mailproof wait"]),
    ],
)
def test_a_part_alone(roll: Roll, prod: list[Wave], phase: Phase, expected: list[str]) -> None:
    """What a pipeline runs as actions of their own."""
    assert roll(prod[:1], phase=phase) == expected


def test_a_preflight_that_could_not_ask_everything_bars_nothing(
    roll: Roll, fake: FakePrograms, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is said, and the guard decides: a quota that may not be read is no reason to stop."""
    fake.answer({"preflight": 3})
    assert roll()[-1] == "mailproof wait"
    assert "wave 1: preflight could not ask about everything; going on\n" in capfd.readouterr().err


def test_preflight_can_be_left_out(roll: Roll) -> None:
    """For somebody who may not ask."""
    assert "mailproof preflight" not in roll(preflight=False)


def test_a_loss_stops_before_anything_is_deployed(roll: Roll, fake: FakePrograms, deployed: FakeStacks) -> None:
    """Even one of a later wave; the switch that it names lets exactly that pass."""
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "old.example.com"}}
    deployed.templates["prod/ses-us-east-1"] = {"Resources": {"Old": identity}}
    error = failure(roll)
    assert (error.exit_code, started(fake)) == (1, ["cdk diff"])
    switch = "prod/ses-us-east-1:Old"
    assert error.lines[0].endswith(f"if this is intended, --allow {switch}")
    assert error.lines[1] == f"to allow all of this: {RESUME} --allow {switch}"
    fake.answer({})
    assert "cdk deploy" in roll(switches=frozenset({switch}))
    fake.answer({})
    assert failure(roll, switches=frozenset({switch}), limit=0).lines[0].endswith("--max-removals 1")


def test_a_domain_that_left_the_files_is_let_go_by_its_name(
    roll: Roll, fake: FakePrograms, deployed: FakeStacks
) -> None:
    """In one word for all of its resources, which count as one; the stack policy is lifted for exactly these."""
    record = {"Type": "TXT", "Name": "_dmarc.old.example.com.", "HostedZoneId": "ZCOM"}
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "old.example.com"}}
    deployed.templates["prod/ses-us-east-1"] = {"Resources": {"Old": identity}}
    deployed.templates["prod/dns"] = {
        "Resources": {"Shared": {"Type": "AWS::Route53::RecordSet", "Properties": record}}
    }
    deployed.policies = dict.fromkeys(FIRST + SECOND, build_policy())
    error = failure(roll, limit=1, listed=frozenset({"example.com"}))
    assert error.lines[-2:] == (
        f"to allow all of this: {RESUME} --allow old.example.com",
        "nothing of this was deployed",
    )
    assert len(error.lines) == 4
    fake.answer({})
    allowed = frozenset({"old.example.com"})
    roll(limit=1, listed=frozenset({"example.com"}), switches=allowed)
    lifted = [(path, policy) for path, policy, _ in deployed.set if policy != build_policy()]
    assert lifted == [("prod/dns", build_policy(["Shared"])), ("prod/ses-us-east-1", build_policy(["Old"]))]
    fake.answer({})
    assert "domain" in failure(roll, limit=0, switches=allowed).lines[0]


@pytest.mark.parametrize(
    ("rule", "words", "command"),
    [
        ("cdk diff", "cdk diff ended with exit code 1", f"then: {RESUME}"),
        ("mailproof preflight", "preflight ended with exit code 1", f"run the same command again: {RESUME}"),
        ("cdk deploy", "cdk deploy ended with exit code 1", f"run the same command again: {RESUME}"),
        ("mailproof wait", "did not verify within 30 minutes", "what is missing: mailproof check --environment prod"),
    ],
)
def test_every_refusal_has_a_command_to_paste(
    roll: Roll, fake: FakePrograms, rule: str, words: str, command: str
) -> None:
    """What is wrong comes first."""
    fake.answer({rule: 1})
    lines = failure(roll, checking=("mailproof", "check", "--environment", "prod")).lines
    assert words in lines[0]
    assert [line for line in lines if line.endswith(command)]


def test_what_could_not_be_asked_has_a_command_to_paste(roll: Roll, deployed: FakeStacks) -> None:
    """The same again, once it can be."""
    deployed.templates["prod/dns"] = Unanswered("AccessDenied", "no")
    assert failure(roll).lines[-1] == f"then: {RESUME}"


def test_what_a_change_does_to_mail_is_said_before_the_question(
    roll: Roll, deployed: FakeStacks, assembly: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Once, though the guard looks again before each batch."""
    path = "prod/ses-eu-west-1"
    template = copy.deepcopy(dict(read_assembly(assembly, "prod")[path].template))
    for resource in template["Resources"].values():
        if "MailFromAttributes" in resource.get("Properties", {}):
            resource["Properties"]["MailFromAttributes"]["BehaviorOnMxFailure"] = "REJECT_MESSAGE"
    deployed.templates[path] = template
    roll()
    said = capfd.readouterr().err
    assert said.count("while SES finds no MX") == 1
    assert said.index("while SES finds no MX") < said.index("== prod, wave 1")


def test_a_template_that_cannot_be_read_stops_with_3(roll: Roll, fake: FakePrograms, deployed: FakeStacks) -> None:
    """Nobody knows what would be lost."""
    deployed.templates["prod/dns"] = Unanswered("AccessDenied", "no")
    error = failure(roll)
    assert (error.exit_code, started(fake)) == (3, [])
    assert error.lines[0] == "prod/dns: could not ask for the deployed template: AccessDenied (no)"


@pytest.mark.parametrize(
    "state", ["UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "ROLLBACK_COMPLETE", "DELETE_FAILED", None]
)
def test_a_state_that_is_wrong_is_no_success(
    roll: Roll, fake: FakePrograms, deployed: FakeStacks, state: str | None
) -> None:
    """Though `cdk deploy` succeeds on it: the gate is not asked."""
    deployed.states["prod/ses-eu-west-1"] = state
    error = failure(roll)
    assert error.exit_code == 1
    assert error.lines[0].startswith(f"prod/ses-eu-west-1: {f'is in {state}' if state else 'does not exist'}")
    assert started(fake)[-1] == "cdk deploy"


def test_an_undone_change_is_reported_and_left_to_the_gate(
    roll: Roll, deployed: FakeStacks, capfd: pytest.CaptureFixture[str]
) -> None:
    """What stands is what is wanted, and no rerun would bring the stack into another state."""
    deployed.states["prod/ses-eu-west-1"] = "UPDATE_ROLLBACK_COMPLETE"
    assert roll()[-1] == "mailproof wait"
    captured = capfd.readouterr()
    assert "prod/ses-eu-west-1: is in UPDATE_ROLLBACK_COMPLETE: a change failed and was rolled back" in captured.err
    assert "prod/ses-eu-west-1 UPDATE_ROLLBACK_COMPLETE\n" in captured.out


def test_a_state_that_cannot_be_read_stops_with_3(roll: Roll, deployed: FakeStacks) -> None:
    """It is not taken for a good one."""
    deployed.states["prod/dns"] = Unanswered("timeout")
    assert failure(roll).exit_code == 3


def test_without_consent_nothing_is_deployed(roll: Roll, fake: FakePrograms) -> None:
    """The changes were shown, and that is all."""
    error = failure(roll, consent=Consent(ask=lambda _: "no"))
    assert (error.exit_code, started(fake)) == (1, ["cdk diff"])


@pytest.mark.parametrize(
    ("approval", "consent", "question"),
    [
        (True, Consent(yes=True), "Environment 'prod' needs approval. Write its name to deploy it: "),
        (False, Consent(), "Deploy wave 1, 2 of 'prod'? [y/N] "),
        (False, Consent(approved="prod"), None),
    ],
    ids=["a yes approves nothing", "nothing was agreed to", "an approval is a yes"],
)
def test_one_question_is_asked_for_all_waves(
    roll: Roll, prod: list[Wave], *, approval: bool, consent: Consent, question: str | None
) -> None:
    """Before the first deployment."""
    asked: list[str] = []

    def answer(text: str) -> str:
        asked.append(text)
        return "prod" if approval else "y"

    first, second = (replace(wave, approval=approval and wave.number == 1) for wave in prod)
    roll(waves=[first, second], consent=replace(consent, ask=answer))
    assert asked == ([question] if question else [])


def test_an_interrupted_wave_says_how_to_go_on(roll: Roll, fake: FakePrograms, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a failure, with the exit code of an interrupt."""

    def interrupt(*_: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Runner, "_gate", interrupt)
    error = failure(roll)
    assert error.exit_code == 130
    assert error.lines == (
        "interrupted",
        "not started: wave 2",
        f"to continue from wave 1, run the same command again: {RESUME}",
    )
    assert started(fake)[-1] == "cdk deploy"


def test_what_could_not_be_deleted_is_named_with_what_is_next(
    roll: Roll, deployed: FakeStacks, capsys: pytest.CaptureFixture[str]
) -> None:
    """The update is complete, so that nothing fails; a stack from which nothing was to go is not asked."""
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "old.example.com"}}
    deployed.templates["prod/ses-us-east-1"] = {"Resources": {"Old": identity}}
    undeleted = Undeleted("AWS::SES::EmailIdentity", "old.example.com", "us-east-1", "Throttled")
    deployed.undeleted = {"prod/ses-us-east-1": [undeleted], "prod/dns": Unanswered("AccessDenied", "no")}
    roll(switches=frozenset({"prod/ses-us-east-1:Old"}), tidying=("mailproof", "prune", "--remove"))
    left, done = capsys.readouterr().err.splitlines()[-2:]
    what = "identity 'old.example.com' in us-east-1, which CloudFormation could not delete (Throttled)"
    assert left == f"stays behind, in no stack: {what}"
    assert done.endswith("; next: mailproof prune --remove")


def test_what_served_a_policy_is_named_at_the_end(
    roll: Roll, deployed: FakeStacks, assembly: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The guard asks about its record; the rest stays beside it, and goes on answering."""
    wanted = read_assembly(assembly, "prod")["prod/dns"].template
    host = {"Type": "AWS::ApiGateway::DomainName", "Properties": {"DomainName": "mta-sts.old.example.com"}}
    resources = {**wanted["Resources"], "Host": {**host, "DeletionPolicy": "RetainExceptOnCreate"}}
    deployed.templates["prod/dns"] = {**wanted, "Resources": resources | {"Deleted": host}}
    roll(tidying=("mailproof", "prune"))
    left, done = capsys.readouterr().err.splitlines()[-2:]
    what = "custom domain name 'mta-sts.old.example.com', with its API and its certificate"
    assert left == f"stays behind, in no stack: {what}; delete them by hand"
    assert done.endswith("; next: mailproof prune")


def test_what_another_stack_is_to_hold_is_to_be_moved(roll: Roll, deployed: FakeStacks, assembly: Path) -> None:
    """The command that moves it is told in place of the option that loses it; what is lost beside keeps its own."""
    wanted = read_assembly(assembly, "prod")["prod/ses-us-east-1"].template
    dmarc = {"Name": "_dmarc.example.com.", "Type": "TXT", "HostedZoneId": "ZCOM"}
    moved = {"Dmarc": {"Type": "AWS::Route53::RecordSet", "Properties": dmarc, "DeletionPolicy": "Retain"}}
    deployed.templates["prod/ses-us-east-1"] = {**wanted, "Resources": {**wanted["Resources"], **moved}}
    move = "mailproof move prod --environments x"
    error = failure(roll, place=("--environments", "x"))
    lost, *rest = error.lines
    assert "Dmarc: would no longer be managed" in lost
    place = "stack 'mailproof-prod-dns' in us-east-1 of account 222222222222"
    assert lost.endswith(f"; the files put it into {place}, and `{move}` moves it there without a gap")
    assert rest == ["nothing of this was deployed"]
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "old.example.com"}}
    deployed.templates["prod/ses-us-east-1"]["Resources"]["Old"] = identity
    rest = list(failure(roll, place=("--environments", "x")).lines[2:])
    assert rest[0] == f"after the move, to allow the rest of this: {RESUME} --allow prod/ses-us-east-1:Old"


def test_what_another_environment_is_to_hold_is_to_be_moved(roll: Roll, deployed: FakeStacks, assembly: Path) -> None:
    """By the command for that environment: the file that has it now takes it."""
    wanted = read_assembly(assembly, "prod")["prod/ses-us-east-1"]
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "moved.example.com"}}
    template = {**wanted.template, "Resources": {**wanted.template["Resources"], "Moved": identity}}
    deployed.templates["prod/ses-us-east-1"] = template
    other = replace(wanted, path="brand/ses-us-east-1", name="mailproof-brand-ses-us-east-1", template=template)
    lost, _ = failure(roll, others=(other,)).lines
    assert lost.endswith("of account 222222222222, and `mailproof move brand` moves it there without a gap")


def test_what_a_group_is_to_hold_is_to_be_a_single_record_first(deployed: FakeStacks, assembly: Path) -> None:
    """CloudFormation imports no groups: the key is said before the command."""
    stacks = read_assembly(assembly, "prod")
    stack, record = stacks["prod/ses-us-east-1"], {"Name": "_dmarc.example.com.", "Type": "TXT"}
    single = {"Type": "AWS::Route53::RecordSet", "Properties": {"HostedZoneId": "ZCOM", **record}}
    group = {"Type": "AWS::Route53::RecordSetGroup", "Properties": {"HostedZoneId": "ZCOM", "RecordSets": [record]}}
    deployed.templates[stack.path] = {"Resources": {**stack.resources, "Dmarc": single}}
    elsewhere = replace(stacks["prod/dns"], template={"Resources": {"Group": group}})
    with pytest.raises(
        CommandError, match=r"in a group, which .*: write `record_sets: individual`, and `mailproof move prod`"
    ):
        refuse_losses_of([stack], cast("DeployedStacks", deployed), Allowance(), [stack, elsewhere])


def test_the_way_back_to_a_group_is_told_as_none(deployed: FakeStacks, assembly: Path) -> None:
    """No move leads there: the file has to have single record sets again."""
    stack = read_assembly(assembly, "prod")["prod/dns"]
    record = {"Name": "_dmarc.example.com.", "Type": "TXT"}
    single = {"Type": "AWS::Route53::RecordSet", "Properties": {"HostedZoneId": "ZCOM", **record}}
    group = {"Type": "AWS::Route53::RecordSetGroup", "Properties": {"HostedZoneId": "ZCOM", "RecordSets": [record]}}
    deployed.templates[stack.path] = {"Resources": {"Dmarc": single}}
    wanted = replace(stack, template={"Resources": {"Group": group}})
    with pytest.raises(CommandError, match="; write `record_sets: individual` again: CloudFormation cannot import"):
        refuse_losses_of([wanted], cast("DeployedStacks", deployed), Allowance(), [wanted])


def test_roles_are_assumed_anew_before_their_sessions_end(roll: Roll, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for all that is asked meanwhile."""
    assumed: list[bool] = []

    def open_clients(session: AwsSession, *, prefer_roles: bool = False) -> Clients:
        assumed.append(prefer_roles)
        return Clients(session, prefer_roles=prefer_roles)

    monkeypatch.setattr(run_module, "Clients", open_clients)
    roll()
    assert assumed.count(True) == 1
    monkeypatch.setattr(run_module, "ROLES_S", -1.0)
    roll()
    assert assumed.count(True) > 2
