"""Removing what is left: the identity first, DNS last."""

import json
import shlex

import pytest

from mailproof.change.consent import Consent
from mailproof.change.errors import CommandError
from mailproof.live.aws.clients import Target
from mailproof.prune.orphaned_identity import Account
from mailproof.prune.run import PruneOptions, remove_all
from tests.adopt.world import REGION, AdoptWorld

YES = PruneOptions(consent=Consent(yes=True))


def _leave(world: AdoptWorld, *names: str) -> list[str]:
    gone = [f"{name}.{world.zone}" for name in names or ("gone",)]
    world.write({"name": world.zone}, *({"name": name} for name in gone))
    world.deploy_stack("prod/ses-us-east-1")
    world.write()
    world.deploy_stack("prod/ses-us-east-1")
    return gone


def _remove(world: AdoptWorld, removal: PruneOptions = YES) -> None:
    account = Account(Target(world.account, REGION), frozenset({REGION}), world.clients())
    remove_all([(account, world.orphans())], removal)


def _identities(world: AdoptWorld) -> set[str]:
    return {i["IdentityName"] for i in world.client("sesv2").list_email_identities()["EmailIdentities"]}


def test_identity_and_records_go_and_the_rest_stays(world: AdoptWorld, capsys: pytest.CaptureFixture[str]) -> None:
    """What the file asks for is as before, and each thing removed is named."""
    [gone] = _leave(world)
    _remove(world)
    assert _identities(world) == {world.zone}
    assert len(world.records()) == 5
    assert not any(gone in name for name, _ in world.records())
    lines = capsys.readouterr().err.splitlines()
    assert lines[1] == f"removed identity {gone!r} in us-east-1 of {world.account}"
    assert len(lines) == 7


def test_records_of_a_name_in_several_regions_go_once(world: AdoptWorld) -> None:
    """With the last identity that uses the MAIL FROM name; one run takes all."""
    gone = f"gone.{world.zone}"
    own = {"name": world.zone, "mail_from": "bounce"}
    for more in ([{"name": gone, "mail_from": "bounce"}], []):
        world.write(own, *more, regions=[REGION, "eu-west-1"], removal_policy="retain")
        for stack in world.stacks():
            world.deploy_stack(stack)
    assert sum(gone in name for name, _ in world.records()) == 8
    _remove(world)
    assert not any(gone in name for name, _ in world.records())
    assert world.orphans().found == []


def test_a_zone_that_cannot_be_written_keeps_everything(world: AdoptWorld) -> None:
    """That is found out before the identity goes, since its tokens name the records."""
    [gone] = _leave(world)
    world.aws.add_fault(
        service="route53", operation="ChangeResourceRecordSets", account=world.account, code="AccessDenied"
    )
    with pytest.raises(CommandError, match="nothing of it was removed"):
        _remove(world)
    assert gone in _identities(world)
    assert len(world.records()) == 10


def test_a_record_that_has_changed_since_keeps_everything(world: AdoptWorld) -> None:
    """While the question waits for an answer somebody moves the MX: it is neither put back nor removed."""
    [gone] = _leave(world)
    name = f"bounce.us-east-1.{gone}"

    def answer(_: str) -> str:
        world.put_record(name, "MX", "10 in.elsewhere.example.")
        return "y"

    with pytest.raises(CommandError, match="nothing of it was removed"):
        _remove(world, PruneOptions(consent=Consent(ask=answer)))
    assert gone in _identities(world)
    assert world.values(name, "MX") == ["10 in.elsewhere.example."]
    assert len(world.records()) == 10


def test_the_command_for_dns_is_there_before_the_identity_goes(
    world: AdoptWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever ends the process after that, a person can go on: a second run would not find the records."""
    _leave(world)
    orphans, clients = world.orphans(), world.clients()
    ask = clients.ask

    def interrupt(service, target, call):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- wraps a method
        answer = ask(service, target, call)
        if service == "sesv2":
            raise KeyboardInterrupt
        return answer

    clients.ask = interrupt  # type: ignore[method-assign]
    with pytest.raises(CommandError, match="interrupted") as caught:
        remove_all([(Account(Target(world.account, REGION), frozenset({REGION}), clients), orphans)], YES)
    assert (caught.value.exit_code, _identities(world)) == (130, {world.zone})
    [line] = capsys.readouterr().err.splitlines()
    _, _, command = line.partition("if this is interrupted: ")
    assert command.startswith(f"aws route53 change-resource-record-sets --hosted-zone-id {world.zone_id}")
    batch = json.loads(shlex.split(command)[-1])
    world.client("route53").change_resource_record_sets(HostedZoneId=world.zone_id, ChangeBatch=batch)
    assert len(world.records()) == 5


def test_an_identity_that_cannot_be_deleted_keeps_its_records(world: AdoptWorld) -> None:
    """DNS comes last."""
    [gone] = _leave(world)
    world.aws.add_fault(service="sesv2", operation="DeleteEmailIdentity", account=world.account, code="AccessDenied")
    with pytest.raises(CommandError, match="its records stay"):
        _remove(world)
    assert gone in _identities(world)
    assert len(world.records()) == 10


def test_records_that_outlive_their_identity_are_named_with_the_command(world: AdoptWorld) -> None:
    """A second run would not find them."""
    _leave(world)
    change = {"service": "route53", "operation": "ChangeResourceRecordSets", "account": world.account}
    orphans = world.orphans()
    clients = world.clients()
    account = Account(Target(world.account, REGION), frozenset({REGION}), clients)
    ask = clients.ask

    def fail_second(service, target, call):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 -- wraps a method
        if service == "sesv2":
            world.aws.add_fault(**change, code="Throttling")
        return ask(service, target, call)

    clients.ask = fail_second  # type: ignore[method-assign]
    with pytest.raises(CommandError) as caught:
        remove_all([(account, orphans)], YES)
    assert "the identity is gone; remove its records by hand: aws route53 change-resource-record-sets" in str(
        caught.value
    )
    assert str(caught.value).count('"Action":"DELETE"') == 5


@pytest.mark.parametrize(("answer", "message", "code"), [(None, "give --yes", 2), ("n", "declined", 1)])
def test_nobody_agrees(world: AdoptWorld, answer: str | None, message: str, code: int) -> None:
    """Without a yes nothing goes."""
    _leave(world)
    with pytest.raises(CommandError, match=message) as caught:
        _remove(world, PruneOptions(consent=Consent(ask=lambda _: answer)))
    assert caught.value.exit_code == code
    assert len(world.records()) == 10


def test_too_many_are_refused_with_the_switch(world: AdoptWorld) -> None:
    """The limit counts identities, and is not a question of consent."""
    _leave(world, "a", "b")
    message = "2 identities would be removed, the limit is 1; if this is intended, --max-removals 2"
    with pytest.raises(CommandError, match=message):
        _remove(world, PruneOptions(max_removals=1, consent=Consent(yes=True)))
    _remove(world, PruneOptions(max_removals=2, consent=Consent(ask=lambda _: "y")))
    assert _identities(world) == {world.zone}
