"""Records that stacks have retained: those of every kind are named as long as they are there, and none is forgotten."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mailproof.commands.prune import prune
from mailproof.model import record_kind
from mailproof.model.dns_record import DnsRecord, Owner, RecordType
from mailproof.model.record_kind import DKIM, KINDS, RecordKind, RecordSource
from tests.adopt.world import AdoptWorld
from tests.localaws.world import record_set

APP = typer.Typer()
APP.command()(prune)


def run(world: AdoptWorld, *args: str) -> str:
    """Run the command; return all that it says, on one line."""
    result = CliRunner().invoke(APP, ["--environments", str(world.folder), *args])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def leave(world: AdoptWorld, gone: dict[str, Any], **keys: Any) -> None:
    """Deploy a domain beside another one, and take it out of the file and the stacks."""
    stays = {"name": world.zone, "dmarc": {"policy": "none"}}
    for domains in ([stays, gone], [stays]):
        world.write(*domains, **keys)
        for stack in world.stacks():
            world.deploy_stack(stack)


def delete(world: AdoptWorld, *names: str) -> None:
    """Delete TXT records by hand."""
    for name in names:
        [text] = world.values(name, "TXT")
        world.put_record(name, "TXT", text, "DELETE")


def add_kind(monkeypatch: pytest.MonkeyPatch, kind_id: str, owner: Owner) -> None:
    """Add a kind of record, which domains have that ask for reports on TLS."""

    def build(source: RecordSource) -> Iterator[DnsRecord]:
        yield source.record(f"_throw.{source.serves or '_away'}.{source.domain.name}", RecordType.TXT, "v=1")

    kind = RecordKind(kind_id, "Throw-away", lambda domain: (owner,) if domain.tls_reports else (), build)
    monkeypatch.setattr(record_kind, "KINDS", (*KINDS, kind))


@pytest.mark.parametrize("kind_id", ["throw-away", "null-mx-extra", "dmarc-extra"])
def test_a_kind_is_known_by_its_whole_id(world: AdoptWorld, monkeypatch: pytest.MonkeyPatch, kind_id: str) -> None:
    """However it begins: its record is named, and its domain not taken for a parked one."""
    add_kind(monkeypatch, kind_id, Owner.DOMAIN)
    gone = f"gone.{world.zone}"
    leave(world, {"name": gone, "tls_reports": ["tls@example.net"]})
    said = run(world, "--remove", "--yes")
    assert "parked domain" not in said
    assert f"TXT record '_throw._away.{gone}' stays: stack mailproof-prod-dns has retained it" in said


@pytest.mark.parametrize("owner", Owner)
def test_a_kind_is_named_whoever_owns_it(world: AdoptWorld, monkeypatch: pytest.MonkeyPatch, owner: Owner) -> None:
    """Also of a region that has left with its stack, and until it is gone."""
    add_kind(monkeypatch, "throw-away", owner)
    gone = f"gone.{world.zone}"
    leave(world, {"name": gone, "tls_reports": ["tls@example.net"]})
    name = f"_throw.{'_away' if owner is Owner.DOMAIN else 'us-east-1'}.{gone}"
    assert name in run(world, "--remove", "--yes")
    said = run(world)
    assert f"TXT record {name!r} stays: stack mailproof-prod-" in said
    assert "nothing is left behind" not in said
    delete(world, name, f"_smtp._tls.{gone}")
    assert run(world) == f"{world.account}: nothing is left behind"


def test_a_record_of_a_region_that_left_is_named(world: AdoptWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file has the region any more, and nothing in SES."""
    add_kind(monkeypatch, "throw-away", Owner.REGION)
    domain = {"name": world.zone, "tls_reports": ["tls@example.net"]}
    world.write(domain, regions=["us-east-1", "eu-west-1"])
    for stack in world.stacks():
        world.deploy_stack(stack)
    world.write(domain)
    run(world, "--remove", "--yes")
    assert f"TXT record '_throw.eu-west-1.{world.zone}' stays: stack mailproof-prod-ses-eu-west-1 has" in run(world)


def test_what_an_identity_left_without_prune_is_named(world: AdoptWorld) -> None:
    """Somebody has deleted the identity by hand: nothing else tells the names of its records."""
    gone = f"gone.{world.zone}"
    leave(world, {"name": gone, "dmarc": {"policy": "reject"}})
    tokens = world.identity(gone)["DkimAttributes"]["Tokens"]
    world.client("sesv2").delete_email_identity(EmailIdentity=gone)
    said = run(world)
    what = "stays: stack mailproof-prod-ses-us-east-1 has retained it, and no file asks for it; delete it by hand"
    for token in tokens:
        assert f"CNAME record '{token}._domainkey.{gone}' {what} a week after the last mail was signed with it" in said
    for rdtype in ("MX", "TXT"):
        assert f"{rdtype} record 'bounce.us-east-1.{gone}' {what} once nothing needs it" in said
    assert f"TXT record '_dmarc.{gone}' stays: stack mailproof-prod-dns has retained it" in said


def test_a_record_with_which_mail_is_signed_is_not_left(world: AdoptWorld) -> None:
    """A file asks for its identity, which no stack holds for the moment, as while it is moved."""
    gone = f"gone.{world.zone}"
    domain = {"name": gone, "dmarc": {"policy": "none"}}
    leave(world, domain)
    world.write({"name": world.zone}, domain)
    assert run(world) == f"{world.account}: nothing is left behind"


def test_an_own_key_is_named_until_it_is_deleted(world: AdoptWorld) -> None:
    """The file has it no more; mail that was signed with it may be under way."""
    name = f"mp1._domainkey.{world.zone}"
    record = {**record_set(world.zone_id, name, "TXT", '"v=DKIM1; p="'), "DeletionPolicy": "Retain"}
    rest = {"Rest": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    world.write()
    world.deploy({DKIM.record_set_id(name): record, **rest}, stack="mailproof-prod-dns")
    world.deploy(rest, stack="mailproof-prod-dns")
    what = "stays: stack mailproof-prod-dns has retained it, and no file asks for it"
    assert f"TXT record {name!r} {what}; delete it by hand a week after the last mail was signed with it" in run(world)


def test_what_stands_beside_it_is_not_named(world: AdoptWorld) -> None:
    """CloudFormation tells the name alone: an MX at the name of a TXT record is somebody else's."""
    gone = f"gone.{world.zone}"
    leave(world, {"name": gone, "spf": {"texts": ["v=spf1 -all"]}})
    world.put_record(gone, "MX", "10 mx.example.net.", TTL=300)
    said = run(world)
    assert f"TXT record {gone!r} stays" in said
    assert f"MX record {gone!r}" not in said


def test_a_zone_that_does_not_answer_is_said(world: AdoptWorld) -> None:
    """Nobody knows then whether something is left."""
    gone = f"gone.{world.zone}"
    leave(world, {"name": gone, "dmarc": {"policy": "reject"}})
    run(world, "--remove", "--yes")
    world.aws.add_fault(service="route53", account=world.account, code="AccessDenied")
    result = CliRunner().invoke(APP, ["--environments", str(world.folder)])
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"could not ask Route 53 for zone {world.zone_id}, which may hold what is left" in result.stderr


@pytest.mark.parametrize("owner", Owner)
def test_what_was_in_a_group_is_named(world: AdoptWorld, monkeypatch: pytest.MonkeyPatch, owner: Owner) -> None:
    """CloudFormation does not tell the names: what may be of it is found in the zone, until it is gone."""
    add_kind(monkeypatch, "throw-away", owner)
    gone, other = f"gone.{world.zone}", f"other.gone.{world.zone}"
    world.put_record(f"www.{gone}", "CNAME", "www.example.net.", TTL=300)
    leave(world, {"name": gone, "tls_reports": ["tls@example.net"]}, record_sets="grouped", parked=[other])
    run(world, "--remove", "--yes")
    said = run(world)
    what = f"may be of the group of {gone!r} that stack mailproof-prod-"
    names = (f"_smtp._tls.{gone}", f"_throw.{'_away' if owner is Owner.DOMAIN else 'us-east-1'}.{gone}")
    for name in names:
        assert f"TXT record {name!r} stays: it {what}" in said
    assert said.count(" stays: ") == 2
    assert said.count("has retained, and no file asks for it; delete it by hand once nothing needs it") == 2
    delete(world, *names)
    assert run(world) == f"{world.account}: nothing is left behind"


def test_an_agreement_in_another_zone_is_named(world: AdoptWorld) -> None:
    """Its group is that of the domain whose reports it lets come, and lies in the zone of the host that takes them."""
    taking = f"taking-{world.zone}"
    world.aws.seed_zone(world.account, f"{world.zone_id}T", taking)
    zones = {world.zone: {"id": world.zone_id}, taking: {"id": f"{world.zone_id}T"}}
    gone = {"name": f"gone.{world.zone}", "dmarc": {"policy": "none", "reports": [f"dmarc@{taking}"]}}
    leave(world, gone, record_sets="grouped", zones=zones)
    run(world, "--remove", "--yes")
    assert f"TXT record 'gone.{world.zone}._report._dmarc.{taking}' stays: it may be of the group of" in run(world)


SERVED = {"mta_sts": {"mode": "testing", "mx": ["mx.example.net"], "serve": True}}


def test_what_serves_a_policy_is_named(world: AdoptWorld) -> None:
    """In the order in which it is deleted, with the names that nobody else tells, as long as it answers."""
    gone = f"gone.{world.zone}"
    leave(world, {"name": gone, **SERVED})
    said = run(world)
    what = f"custom domain name 'mta-sts.{gone}' in us-east-1 of {world.account} stays: stack mailproof-prod-dns has"
    assert f"{what} retained it, and no file asks for it; delete it by hand, then API " in said
    api, _, certificate = said.partition("then API ")[2].partition(", then certificate ")
    assert api
    assert certificate.startswith("arn:aws:acm:us-east-1:")
    world.aws.add_fault(service="apigateway", account=world.account, code="AccessDeniedException")
    result = CliRunner().invoke(APP, ["--environments", str(world.folder)])
    assert (result.exit_code, "could not ask API Gateway" in result.stderr) == (3, True)
    world.aws.clear_faults()
    world.aws.add_fault(service="apigateway", account=world.account, code="NotFoundException")  # deleted
    assert "custom domain name" not in run(world)


def test_what_serves_a_policy_that_a_file_asks_for_is_not_left(world: AdoptWorld) -> None:
    """The domain has come back, and its deployment is to follow."""
    gone = {"name": f"gone.{world.zone}", **SERVED}
    leave(world, gone)
    world.write({"name": world.zone}, gone)
    assert "custom domain name" not in run(world)
