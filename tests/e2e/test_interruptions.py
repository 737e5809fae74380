"""
Rollouts that are interrupted, or meet another one, and that nothing is lost by it.

Each holds its row of docs/faults.md, as the other tests of faults do; what is interrupted is a process of its own.
"""

import os
import signal
import time
from functools import partial

import pytest

from mailproof.change.protection import build_policy
from mailproof.change.rest import await_rest
from tests.e2e.fault_rows import NOTHING, RESUME, Fault, meets
from tests.e2e.rolling import (
    AT_WORK,
    HOME,
    OTHER,
    POLL_S,
    Rollout,
    Running,
    Standing,
    end,
    kill_descendants,
    kill_group,
)

AWS_SERVICES = ("cloudformation", "route53", "sesv2", "sts")
EXPIRED = "The security token included in the request is expired"


def begin(site: Rollout) -> tuple[Standing, Running]:
    """Start a rollout; return what stood before and the command once CloudFormation is at work, where it is held."""
    before, domain = site.standing(), site.add_domain()
    site.hold(domain)
    running = site.start()
    site.await_state(AT_WORK)
    return before, running


def go_on(site: Rollout, before: Standing) -> None:
    """Take away what is in the way: nothing is lost, and the same command converges."""
    site.project.aws.clear_faults()
    assert site.standing().has_all_of(before)
    site.converge()
    assert site.standing().has_all_of(before)


@meets(
    Fault(
        "`cdk` is killed while it deploys",
        1,
        (
            "cdk deploy ended with exit code -9; what is deployed stays",
            f"is in {AT_WORK}: CloudFormation goes on by itself, and the same command waits for it",
            RESUME,
        ),
        "the deployment goes on without it",
        "the same command",
    )
)
def test_the_command_line_is_killed(site: Rollout, fault: Fault) -> None:
    """CloudFormation finishes by itself what was begun."""
    before, running = begin(site)
    kill_descendants(running)
    run = end(running)
    fault.check(run.returncode, run.stderr)
    assert site.standing().has_all_of(before)
    go_on(site, before)


@meets(
    Fault(
        "the runner is told to end (SIGTERM, SIGHUP) while `cdk` deploys",
        130,
        ("interrupted", RESUME),
        "the deployment goes on without it; whatever it had started has ended",
        "the same command",
    )
)
def test_the_runner_is_told_to_end(site: Rollout, fault: Fault) -> None:
    """The signal reaches it alone: it ends the command line, and puts the stack policies back."""
    before, running = begin(site)
    running.send_signal(signal.SIGTERM)
    run = end(running)
    fault.check(run.returncode, run.stderr)
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)
    assert site.policies() == {build_policy()}
    assert site.standing().has_all_of(before)
    go_on(site, before)


@meets(
    Fault(
        "the runner is killed between deployment and gate",
        -9,
        (f"ses-{HOME} UPDATE_COMPLETE",),
        "all stacks of the wave are deployed, and nobody has looked whether they verify",
        "the same command: a deployment without changes, and the gate",
    )
)
def test_the_runner_is_killed(site: Rollout, fault: Fault) -> None:
    """It keeps no state, so that none is lost."""
    before, domain = site.standing(), site.add_domain()
    running = site.start()
    assert running.stdout
    said = [running.stdout.readline(), running.stdout.readline()]  # the states of both stacks: the gate comes next
    kill_group(running)
    fault.check(end(running).returncode, "".join(said))
    after = site.standing()
    assert after.has_all_of(before)
    assert (HOME, domain) in after.identities
    assert "(no changes)" in site.converge().stderr
    assert site.standing() == after


@meets(
    Fault(
        "the credentials expire while `cdk` deploys",
        1,
        (
            "cdk deploy ended with exit code 1; what is deployed stays",
            f"could not ask for its state: ExpiredToken ({EXPIRED}); log in again and run the same command again",
            RESUME,
        ),
        "the deployment goes on without them",
        "log in, then the same command; before that it ends with exit code 3",
    )
)
def test_the_credentials_expire(site: Rollout, fault: Fault) -> None:
    """Neither the command line nor the runner can ask any more; CloudFormation needs neither."""
    before, running = begin(site)
    for service in AWS_SERVICES:
        site.project.aws.add_fault(service=service, account=site.project.account, code="ExpiredToken", message=EXPIRED)
    run = end(running)
    fault.check(run.returncode, run.stderr)
    again = site.run()
    assert again.returncode == 3
    assert "; log in again and run the same command again\n" in again.stderr
    nothing, command = again.stderr.splitlines()[-2:]
    assert nothing == NOTHING
    assert command.startswith(f"then: mailproof rollout run {site.project.name} ")
    go_on(site, before)


@meets(
    Fault(
        "somebody else rolls the same environment out",
        0,
        (f"ses-{HOME}: is in {AT_WORK}: CloudFormation is at work; waiting until it is done",),
        "what the other one deploys",
        "nothing: it waits, and goes on; if both begin in the same second, the same command",
    )
)
def test_two_rollouts_at_once(site: Rollout, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first, and finds nothing left to change."""
    before, first = begin(site)

    def let_first_go_on(_: float) -> None:
        assert site.standing().has_all_of(before)
        site.project.aws.clear_faults()
        time.sleep(POLL_S)

    monkeypatch.setattr("mailproof.rollout.run.await_rest", partial(await_rest, sleep=let_first_go_on))
    waited, done = site.run(), end(first)
    assert done.returncode == 0, done.stderr
    fault.check(waited.returncode, waited.stderr)
    assert "(no changes)" in waited.stderr
    assert site.project.is_verified()
    assert site.standing().has_all_of(before)


@meets(
    Fault(
        "somebody else rolls the same environment out, from other files",
        1,
        (
            f"ses-{OTHER}: Identity… would no longer be managed, though they stay in AWS: identity …",
            NOTHING,
            RESUME,
        ),
        "what the other one deployed, and the stacks before it",
        "bring the files together, then the same command",
    )
)
def test_two_rollouts_of_different_files(pair: Rollout, fault: Fault) -> None:
    """A stack that is deployed while this run deploys another is looked at again: the other's domain lives on."""
    pair.converge()
    before, domain = pair.standing(), pair.add_domain()
    pair.hold(domain)
    running = pair.start()
    pair.await_state(AT_WORK)
    other = Rollout(pair.project, pair.keys)
    theirs = other.add_domain()
    deployed = other.cdk("deploy", "--exclusively", "--require-approval", "never", region=OTHER)
    assert deployed.returncode == 0, deployed.stderr
    pair.project.aws.clear_faults()
    run = end(running)
    fault.check(run.returncode, run.stderr)
    assert pair.standing().has_all_of(before)
    assert {(HOME, domain), (OTHER, theirs)} <= pair.standing().identities.keys()
    pair.domains.append(theirs)
    pair.write()
    pair.converge()
