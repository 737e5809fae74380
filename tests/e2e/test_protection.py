"""What AWS protects beyond the command: stack policies, and the word that a weaker removal policy needs."""

import json
import re

import pytest

from mailproof.change.protection import build_policy
from tests.e2e.project import Project, fail
from tests.e2e.rolling import HOME, Rollout
from tests.e2e.warm import Run

STACK = f"ses-{HOME}"


@pytest.fixture
def site(project: Project) -> Rollout:
    """An environment that destroys what leaves it, rolled out once, with two domains."""
    rollout = Rollout(project, keys={"removal_policy": "destroy"})
    rollout.add_domain()
    first = rollout.run()
    assert first.returncode == 0, first.stderr
    return rollout


def switches(refused: Run) -> list[str]:
    """Return the options that a refusal names."""
    assert refused.returncode == 1, refused.stderr
    found = dict.fromkeys(re.findall(r"--allow (\S+)", refused.stderr))
    return [option for switch in found for option in ("--allow", switch)]


def test_no_other_way_deletes_what_the_command_deployed(site: Rollout) -> None:
    """`cdk deploy` of a file without a domain is undone; `--allow` lets it go, for that run only."""
    assert site.policies() == {build_policy()}
    before = site.standing()
    gone = site.domains.pop()
    site.write()
    said = fail(site.cdk("deploy", "--require-approval", "never"))
    assert "Action denied by stack policy" in said
    assert site.standing().has_all_of(before)

    refused = site.run()
    assert site.standing().has_all_of(before)
    done = site.run(*switches(refused), "--max-removals", "10")
    assert done.returncode == 0, done.stderr
    assert site.project.identities() == {site.project.zone}
    assert gone not in site.project.identities()
    assert site.policies() == {build_policy()}


def test_a_policy_that_cannot_be_lifted_stops_before_the_deployment(site: Rollout) -> None:
    """Exit code 3, nothing has changed, and what to grant is said; without `--allow` it is only said."""
    before = site.standing()
    site.domains.pop()
    site.write()
    options = switches(site.run())
    aws = site.project.aws
    aws.add_fault(service="cloudformation", operation="SetStackPolicy", code="AccessDenied", message="not for you")
    stopped = site.run(*options, "--max-removals", "10")
    assert stopped.returncode == 3, stopped.stderr
    assert "could not lift its stack policy for what is allowed: AccessDenied (not for you); grant" in stopped.stderr
    assert site.standing() == before


def test_a_killed_command_leaves_it_lifted_until_the_next(site: Rollout) -> None:
    """For what it was given only; the next run puts it back, though it has nothing to deploy."""
    lifted = build_policy(["IdentityGone"])
    name = f"mailproof-{site.project.name}-{STACK}"
    site.project.client("cloudformation", HOME).set_stack_policy(StackName=name, StackPolicyBody=lifted)
    assert site.run().returncode == 0
    assert site.policies() == {build_policy()}


def test_less_protection_needs_a_word(project: Project) -> None:
    """`retain` to `destroy` is refused by the name of what is retained no longer; one option a stack lets it pass."""
    rollout = Rollout(project)
    assert rollout.run().returncode == 0
    before = rollout.standing()
    rollout.keys = {"removal_policy": "destroy"}
    rollout.write()
    refused = rollout.run()
    what = "removal_policy: would no longer be retained, but deleted once they leave the stack or the stack is deleted"
    (line,) = (line for line in refused.stderr.splitlines() if line.startswith(f"{project.name}/{STACK}: {what}: "))
    assert f"identity '{project.zone}'" in line
    assert rollout.standing() == before
    done = rollout.run(*switches(refused))
    assert done.returncode == 0, done.stderr
    assert rollout.standing().has_all_of(before)
    template = project.client("cloudformation", HOME).get_template(StackName=f"mailproof-{project.name}-{STACK}")
    assert "Retain" not in json.dumps(template["TemplateBody"])
