"""The policies in docs/migrating.md allow what adopt and prune call, and no more."""

import json
import re
from pathlib import Path

from mailproof.change.consent import Consent
from mailproof.live.aws.clients import Target
from mailproof.prune.orphaned_identity import Account
from mailproof.prune.run import PruneOptions, remove_all
from tests.adopt.world import REGION, AdoptWorld
from tests.localaws.world import member, record_group

PAGE = (Path(__file__).parents[2] / "docs/migrating.md").read_text(encoding="utf-8")
IAM_PREFIXES = {"sesv2": "ses"}
FREE = {"sts:GetCallerIdentity"}  # needs no permission


def _policies() -> list[set[str]]:
    """Return the actions of each policy on the page."""
    found = [json.loads(block)["Statement"] for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    return [{action for statement in statements for action in statement["Action"]} for statements in found]


def _called(world: AdoptWorld) -> set[str]:
    """Return the calls since the last reset as IAM names them."""
    calls = world.aws.calls(world.account)
    named = {f"{IAM_PREFIXES.get(service, service)}:{operation}" for service in calls for operation in calls[service]}
    return named - FREE


def _leave(world: AdoptWorld) -> None:
    """Let a stack of ours let an identity go, beside a stack of others with a group and a parameter."""
    world.write({"name": world.zone}, {"name": f"gone.{world.zone}"})
    world.deploy_stack("prod/ses-us-east-1")
    world.write()
    world.deploy_stack("prod/ses-us-east-1")
    group = record_group(world.zone_id, member({"Fn::Join": ["", ["www.", {"Ref": "Zone"}]]}, "TXT", '"x"'))
    parameters = {"Zone": {"Type": "String", "Default": world.zone}}
    template = json.dumps({"Parameters": parameters, "Resources": {"Group": group}})
    world.client("cloudformation").create_stack(StackName="others", TemplateBody=template)
    assert world.await_stack("others") == "CREATE_COMPLETE"


def test_the_first_policy_allows_what_is_read(world: AdoptWorld) -> None:
    """By an adoption and by a listing, with everything there that is looked at."""
    _leave(world)
    world.write({"name": world.zone}, {"name": f"new.{world.zone}"})
    world.make_identity(f"new.{world.zone}")
    world.put_record(f"bounce.us-east-1.new.{world.zone}", "MX", "10 a.example.")
    world.aws.reset_calls()
    assert len(world.plan().adoptions) == 2
    assert len(world.orphans().found) == 1
    assert _called(world) == _policies()[0]


def test_the_second_policy_allows_what_a_removal_does_beside(world: AdoptWorld) -> None:
    """It deletes the identity and changes its zone."""
    _leave(world)
    found = world.orphans()
    world.aws.reset_calls()
    account = Account(Target(world.account, REGION), frozenset({REGION}), world.clients())
    remove_all([(account, found)], PruneOptions(consent=Consent(yes=True)))
    assert _called(world) == _policies()[1]


def test_the_third_policy_allows_what_the_deletion_of_a_stack_does_beside(world: AdoptWorld) -> None:
    """Of one that is protected."""
    world.write(removal_policy="destroy")
    stack = world.stacks()["prod/ses-us-east-1"].name
    world.deploy_stack("prod/ses-us-east-1")
    world.client("cloudformation").update_termination_protection(StackName=stack, EnableTerminationProtection=True)
    world.write(regions=["eu-west-1"])
    found = world.orphans()
    world.aws.reset_calls()
    account = Account(Target(world.account, REGION), frozenset({REGION}), world.clients())
    remove_all([(account, found)], PruneOptions(consent=Consent(yes=True)))
    assert _called(world) - _policies()[0] == _policies()[2]
