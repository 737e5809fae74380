"""`mailproof move`: each way in which the files put what is live elsewhere, watched throughout."""

import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mailproof.cli import app
from mailproof.live.aws.stacks import read_stack
from mailproof.model.domain import SendingDomain, Zone
from mailproof.model.placement import stack_group
from mailproof.model.resource_types import IDENTITY
from tests.move.moving import Moving
from tests.own_keys.breaking import answers_changed
from tests.own_keys.needles import found_in

DOCS = Path(__file__).parents[2] / "docs"


def test_a_domain_gets_a_stack_of_its_own(moving: Moving) -> None:
    """Identity and records leave the old stacks, whose other domains stay; the policy is put back."""
    zone = moving.world.zone
    moved = {"name": zone, "dmarc": {"policy": "none"}, "addresses": ["Bob"]}
    other = {"name": f"other.{zone}", "dmarc": {"policy": "none"}}
    moving.write(moved, other)
    moving.deploy()
    moving.write({**moved, "stack": "brand"}, other)
    assert not moving.is_there()
    with moving.watched():
        done = moving.move()
    assert "prod: moved; next: mailproof rollout run prod" in done.stderr
    assert set(moving.deployed()) == {
        "mailproof-prod-dns",
        "mailproof-prod-dns-brand",
        "mailproof-prod-ses-us-east-1",
        "mailproof-prod-ses-us-east-1-brand",
    }
    assert len(moving.policies()) == 1
    assert moving.run("--yes").stdout == "prod: nothing to move\n"


def test_domains_are_spread_over_more_stacks(moving: Moving) -> None:
    """`stacks: 2` puts about half of them elsewhere; the move takes those, and leaves the others alone."""
    zone = moving.world.zone
    names = [f"c{number}.{zone}" for number in range(40)]
    groups = {name: stack_group(SendingDomain(name, Zone(zone), ("us-east-1",)), 2) for name in names}
    chosen = [name for group in ("", "2") for name in [one for one in names if groups[one] == group][:2]]
    domains = [{"name": name} for name in chosen]
    moving.write(*domains)
    moving.deploy()
    moving.write(*domains, stacks=2)
    with moving.watched():
        moving.move()
    assert {name: len(held) for name, held in moving.deployed().items()} == {
        "mailproof-prod-ses-us-east-1": 12,
        "mailproof-prod-ses-us-east-1-2": 12,
    }


def test_a_domain_goes_to_another_environment(moving: Moving) -> None:
    """Of the same account: the file that has it now takes it, and a rollout of the other finds nothing to do."""
    zone = moving.world.zone
    first, second = {"name": f"one.{zone}"}, {"name": f"two.{zone}"}
    moving.write(first, second)
    moving.deploy()
    moving.write(first)
    moving.write(second, name="brand")
    with moving.watched():
        done = moving.move("brand")
    assert "release 6 from stack mailproof-prod-ses-us-east-1 in us-east-1" in done.stdout
    assert moving.is_there()
    assert moving.run(name="prod").stdout == "prod: nothing to move\n"


def test_a_group_becomes_single_record_sets(moving: Moving) -> None:
    """In the same stack: the group is released whole, and what was in it is imported."""
    domain = {"name": moving.world.zone, "dmarc": {"policy": "none"}}
    moving.write(domain, record_sets="grouped")
    moving.deploy()
    moving.write(domain, record_sets="individual")
    with moving.watched():
        moving.move()
    held = moving.deployed()
    assert len(held["mailproof-prod-ses-us-east-1"]) == 6
    assert not any(name.startswith(("Records", "Shared")) for found in held.values() for name in found)


def test_a_group_becomes_single_record_sets_of_another_stack(moving: Moving) -> None:
    """Both at once."""
    moving.write({"name": moving.world.zone}, record_sets="grouped")
    moving.deploy()
    moving.write({"name": moving.world.zone, "stack": "brand"}, record_sets="individual")
    with moving.watched():
        moving.move()
    assert set(moving.deployed()) == {"mailproof-prod-ses-us-east-1-brand"}


def test_what_serves_all_regions_goes_to_another_region(moving: Moving) -> None:
    """Another order of the regions, or another `dns_region`; the stack that is left empty is deleted."""
    domain = {"name": moving.world.zone, "dmarc": {"policy": "none"}}
    moving.write(domain, regions=["us-east-1", "eu-west-1"])
    moving.deploy()
    moving.write(domain, regions=["eu-west-1", "us-east-1"])
    with moving.watched():
        done = moving.move()
    assert "delete stack mailproof-prod-dns in us-east-1, which is empty then" in done.stdout
    assert set(moving.deployed()) == {"mailproof-prod-ses-us-east-1"}
    assert set(moving.deployed("eu-west-1")) == {"mailproof-prod-dns", "mailproof-prod-ses-eu-west-1"}


def test_what_a_parked_domain_publishes_goes_along(moving: Moving) -> None:
    """CloudFormation knows a wildcard by its escaped name; taken for one in no stack, two stacks would hold it."""
    domain = {"name": f"sub.{moving.world.zone}"}
    moving.write(domain, regions=["us-east-1", "eu-west-1"], parked=[moving.world.zone])
    moving.deploy()
    held = moving.deployed()["mailproof-prod-dns"]
    moving.write(domain, regions=["eu-west-1", "us-east-1"], parked=[moving.world.zone])
    with moving.watched():
        done = moving.move()
    assert (
        f"TXT record '*._domainkey.{moving.world.zone}', held by stack mailproof-prod-dns in us-east-1" in done.stdout
    )
    assert "mailproof-prod-dns" not in moving.deployed()
    assert moving.deployed("eu-west-1")["mailproof-prod-dns"] == held


def test_the_file_gets_another_name(moving: Moving) -> None:
    """All its stacks are emptied into those of the new name, and deleted."""
    domain = {"name": moving.world.zone, "dmarc": {"policy": "none"}}
    moving.write(domain, regions=["us-east-1", "eu-west-1"])
    moving.deploy()
    (moving.world.folder / "prod.yaml").unlink()
    moving.write(domain, regions=["us-east-1", "eu-west-1"], name="production")
    with moving.watched():
        done = moving.move("production")
    assert "environment 'prod' has no file here, and its stacks hold what moves" in done.stderr
    assert set(moving.deployed()) == {"mailproof-production-dns", "mailproof-production-ses-us-east-1"}
    assert set(moving.deployed("eu-west-1")) == {"mailproof-production-ses-eu-west-1"}


def test_what_somebody_has_added_to_a_stack_stays(moving: Moving) -> None:
    """It is in no file: the stack is kept for it, and the plan says so."""
    moving.write({"name": moving.world.zone})
    moving.deploy()
    moving.add("mailproof-prod-ses-us-east-1", {"Own": {"Type": "AWS::SNS::Topic"}})
    moving.write({"name": moving.world.zone, "stack": "brand"})
    with moving.watched():
        done = moving.move()
    held = "stack mailproof-prod-ses-us-east-1 in us-east-1 stays, for it holds Own (AWS::SNS::Topic), which no file"
    assert held in done.stderr
    assert moving.deployed()["mailproof-prod-ses-us-east-1"] == {"Own"}
    assert moving.run("--yes").stdout == "prod: nothing to move\n"
    assert moving.deployed()["mailproof-prod-ses-us-east-1"] == {"Own"}


def test_what_is_not_retained_is_retained_first(moving: Moving) -> None:
    """With `removal_policy: destroy` the stack would delete what leaves it."""
    moving.write({"name": moving.world.zone}, removal_policy="destroy")
    moving.deploy()
    moving.write({"name": moving.world.zone, "stack": "brand"}, removal_policy="destroy")
    with moving.watched():
        done = moving.run("--yes")
    assert done.exit_code == 0, done.output
    assert set(moving.deployed()) == {"mailproof-prod-ses-us-east-1-brand"}


def test_records_in_a_zone_of_another_account_go_along(moving: Moving) -> None:
    """They read outputs of the identity's stack: released before it, imported once the new one has them; to the end."""
    other = moving.world.neighbour
    zone = moving.add_zone_account(other)
    domain = {"name": zone, "dmarc": {"policy": "none"}}
    zones = {zone: {"id": f"{moving.world.zone_id}B", "account": other}}
    tags = {"équipe": "доставка"}  # of which CloudFormation's templates do not tell the letters
    moving.write(domain, zones=zones, tags=tags)
    moving.deploy()
    moving.write({**domain, "stack": "brand"}, zones=zones, tags=tags)
    with moving.watched():
        for account in (other, moving.world.account):
            moving.world.aws.add_fault(service="cloudformation", operation="DeleteStack", account=account, code="X")
        done = moving.run("--yes")
        assert done.exit_code == 3, done.output
        moving.world.aws.clear_faults()
        again = moving.move()
    assert again.stdout.count("which is empty") == 3  # one of them still has the role by which others read its outputs
    new = {f"mailproof-prod-dns-{other}-brand", f"mailproof-prod-dns-{other}-us-east-1-brand"}
    assert set(moving.deployed(account=other)) == new
    assert set(moving.deployed()) == {"mailproof-prod-ses-us-east-1-brand"}
    assert {"Key": "équipe", "Value": "доставка"} in moving.world.identity(zone)["Tags"]
    steps = [line.split(". ")[1] for line in done.stdout.splitlines() if line.startswith("  ") and ". " in line]
    assert [step.split(" ", 1)[0] for step in steps] == [
        "release",
        "import",
        "release",
        "release",
        "import",
        "add",
        "import",
        *["delete"] * 3,
    ]


def test_groups_in_a_zone_of_another_account_become_single_record_sets_elsewhere(moving: Moving) -> None:
    """Their names are known by the outputs that they read, also of a stack that no file has any more."""
    other = moving.world.neighbour
    zone = moving.add_zone_account(other)
    zones = {zone: {"id": f"{moving.world.zone_id}B", "account": other}}
    moving.write({"name": zone}, zones=zones, record_sets="grouped")
    moving.deploy()
    moving.write({"name": zone, "stack": "brand"}, zones=zones, record_sets="individual")
    with moving.watched():
        moving.move()
    assert set(moving.deployed(account=other)) == {f"mailproof-prod-dns-{other}-us-east-1-brand"}
    assert set(moving.deployed()) == {"mailproof-prod-ses-us-east-1-brand"}


def test_what_cloudformation_is_at_work_on_is_waited_for(moving: Moving) -> None:
    """A command that was killed may have begun it: the same command goes on once it is done."""
    zone, late = moving.world.zone, f"late.{moving.world.zone}"
    moving.write({"name": zone})
    moving.deploy()
    moving.write({"name": zone}, {"name": late})
    moving.world.aws.add_fault(resource_type="AWS::SES::EmailIdentity", target=late, delay_s=60)
    moving.start_update()
    moving.write({"name": zone, "stack": "brand"}, {"name": late})
    runner = threading.Thread(target=moving.run, args=("--yes",))
    runner.start()
    moving.await_look()
    moving.world.aws.clear_faults()
    runner.join()
    assert moving.is_there()


def test_the_watch_sees_what_goes(moving: Moving) -> None:
    """Else the tests of this folder would show nothing."""
    moving.write({"name": moving.world.zone})
    moving.deploy()
    with pytest.raises(AssertionError, match="DeleteEmailIdentity"), moving.watched():
        moving.world.client("sesv2").delete_email_identity(EmailIdentity=moving.world.zone)


@pytest.mark.parametrize("tells", [True, False], ids=["SES names the selector", "SES names none"])
def test_a_domain_that_signs_with_its_own_key_goes_along(
    moving: Moving, caplog: pytest.LogCaptureFixture, *, tells: bool
) -> None:
    """
    Half-way through an exchange: identity, both records and the reference to the secret, of which nothing is seen.

    The watch sees at every moment the same key at SES, and both records in DNS.
    """
    caplog.set_level(logging.DEBUG)
    world = moving.world
    domain = {"name": world.zone, "dmarc": {"policy": "none"}, "mail_from": "none", "dkim": {"key": "own"}}
    world.write(domain, removal_policy="retain")
    said = [dkim(moving, "new-key", "--selector", "s1")]
    moving.write(domain)
    moving.deploy()
    said.append(dkim(moving, "rotate", "--begin"))
    moving.write(domain)
    moving.deploy()
    for target in ({**domain, "stack": "brand"}, domain):
        moving.write(target)
        with answers_changed(as_it_is if tells else without_tokens), moving.watched():
            said.append(moving.move().output)
        assert ("mailproof-prod-ses-us-east-1-brand" in moving.deployed()) is ("stack" in target)
        assert world.identity()["DkimAttributes"]["Tokens"] == ["s1"]
        assert signing_held(moving) == {"DomainSigningSelector": "s1"}
    place = ["--environments", str(world.folder), "--assembly", str(moving.assembly)]
    planned = CliRunner().invoke(app, ["adopt", "--plan", "--output", str(world.folder / "import"), *place])
    assert "nothing to adopt" in planned.output
    said += [planned.output, dkim(moving, "rotate")]
    moving.write(domain)
    moving.deploy()
    assert world.identity()["DkimAttributes"]["Tokens"] != ["s1"]
    assert world.dkim_status() == "SUCCESS"
    caplog.set_level(logging.CRITICAL)
    secrets = world.client("secretsmanager")
    secret = f"mailproof/dkim/{world.zone}"
    versions = secrets.list_secret_version_ids(SecretId=secret)["Versions"]
    answers = [secrets.get_secret_value(SecretId=secret, VersionId=one["VersionId"]) for one in versions]
    private = [json.loads(answer["SecretString"])["private_key"] for answer in answers]
    files = {path: path.read_text(errors="replace") for path in world.folder.rglob("*") if path.is_file()}
    assert len(private) == 2
    assert found_in("".join([*said, caplog.text, *files.values()]), private) == []


def signing_held(moving: Moving) -> dict[str, str]:
    """Return what the stack that holds the identity has of its key, but the reference to the secret."""
    cloudformation = moving.world.client("cloudformation")
    templates = [read_stack(cloudformation, name).template or {} for name in moving.deployed()]
    resources = [found for template in templates for found in template.get("Resources", {}).values()]
    (identity,) = [found["Properties"] for found in resources if found["Type"] == IDENTITY]
    signing = dict(identity.get("DkimSigningAttributes", {}))
    assert "{{resolve:secretsmanager:" in signing.pop("DomainSigningPrivateKey", "")
    return signing


def as_it_is(_: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Leave an answer as it is."""
    return answer


def without_tokens(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Have SES name no selector of an own key, as its guide shows it."""
    if operation != "GetEmailIdentity":
        return answer
    return {**answer, "DkimAttributes": {**answer["DkimAttributes"], "Tokens": []}}


def dkim(moving: Moving, command: str, *options: str) -> str:
    """Run a command of `mailproof dkim` that has to succeed."""
    place = ["--environments", str(moving.world.folder), "--yes"]
    if command == "rotate":
        place += ["--resolver", moving.world.aws.dns]
    run = CliRunner().invoke(app, ["dkim", command, "prod", moving.world.zone, *place, *options])
    assert run.exit_code == 0, run.output
    return run.output
