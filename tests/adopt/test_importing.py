"""Importing into stacks: all of it or nothing, and nothing of what is live is touched."""

import json

import pytest

from mailproof.adopt.import_plan_result import ImportPlan
from mailproof.adopt.importing import import_into
from mailproof.change.errors import CommandError
from mailproof.change.stack_update import StackUpdater
from tests.adopt.world import SPF, AdoptWorld

NAME = "mailproof-prod-ses-us-east-1"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at CloudFormation without pauses."""
    monkeypatch.setattr("mailproof.change.rest.POLL_S", 0.01)


def _import(world: AdoptWorld, plan: ImportPlan) -> None:
    import_into(StackUpdater(world.clients()), plan.adoptions[0].stack, plan.adoptions)


def _held(world: AdoptWorld) -> set[str]:
    template = world.client("cloudformation").get_template(StackName=NAME)["TemplateBody"]
    return set((json.loads(template) if isinstance(template, str) else template)["Resources"])


def _state(world: AdoptWorld) -> str:
    return str(world.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"])


def test_a_stack_is_made_for_what_is_imported(world: AdoptWorld) -> None:
    """With the role that the deployments after it work by; the identity is the same."""
    world.make_identity()
    before = world.identity()["DkimAttributes"]
    plan = world.plan()
    _import(world, plan)
    assert (_state(world), _held(world)) == ("IMPORT_COMPLETE", {plan.adoptions[0].logical_id})
    assert world.identity()["DkimAttributes"] == before
    assert world.plan().adoptions == []


def test_the_host_of_a_policy_is_taken_in_as_it_is(world: AdoptWorld) -> None:
    """It leads to a web server of somebody's own until the deployment has made another; the rest waits for nothing."""
    policy = {"mode": "testing", "mx": ["mx.example.com"], "serve": True}
    world.write({"name": world.zone, "mta_sts": policy})
    world.change("CREATE", f"mta-sts.{world.zone}", "CNAME", "web.example.net.")
    world.change("CREATE", f"_mta-sts.{world.zone}", "TXT", '"v=STSv1; id=1"')
    plan = world.plan()
    assert [found.words.partition(" ")[0] for found in plan.adoptions] == ["CNAME", "TXT"]
    _import(world, plan)
    state = world.client("cloudformation").describe_stacks(StackName=plan.adoptions[0].stack.name)["Stacks"][0]
    assert state["StackStatus"] == "IMPORT_COMPLETE"
    assert world.values(f"mta-sts.{world.zone}", "CNAME") == ["web.example.net."]


def test_a_stack_that_stands_takes_more_and_keeps_what_it_has(world: AdoptWorld) -> None:
    """What it holds already is left alone, so that the same import may be asked for again."""
    world.make_identity()
    first = world.plan()
    _import(world, first)
    world.put_record(f"bounce.us-east-1.{world.zone}", "TXT", SPF)
    second = world.plan()
    second.adoptions += first.adoptions
    _import(world, second)
    _import(world, second)
    assert _held(world) == {found.logical_id for found in second.adoptions}


def test_an_import_that_was_begun_and_never_executed_is_no_obstacle(world: AdoptWorld) -> None:
    """The stack is there then, with nothing in it."""
    world.make_identity()
    plan = world.plan()
    world.aws.add_fault(service="cloudformation", operation="ExecuteChangeSet", times=1, code="Throttling")
    with pytest.raises(CommandError) as caught:
        _import(world, plan)
    assert caught.value.exit_code == 3
    assert _state(world) == "REVIEW_IN_PROGRESS"
    _import(world, plan)
    assert _state(world) == "IMPORT_COMPLETE"


def test_what_is_gone_meanwhile_is_imported_by_no_means(world: AdoptWorld) -> None:
    """CloudFormation's reason is told, and nothing else of the stack is imported either."""
    world.make_identity()
    world.put_record(f"bounce.us-east-1.{world.zone}", "TXT", SPF)
    plan = world.plan()
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    with pytest.raises(CommandError, match="was not found"):
        _import(world, plan)
    assert _state(world) == "REVIEW_IN_PROGRESS"
