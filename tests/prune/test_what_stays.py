"""Whatever stays keeps what it needs: its MX, the records with which it signs, and the stack that holds it."""

from typing import Any

import pytest

from mailproof.live.aws.ses_facts import IdentityFacts
from mailproof.model.key_file import build_key_file
from mailproof.model.own_key import OwnKey
from mailproof.prune.account_search import AccountSearch
from tests.adopt.world import REGION, AdoptWorld
from tests.localaws.world import World, member, record_group, record_set
from tests.model.keys import PUBLIC_KEY, SECRET, VERSION
from tests.prune.test_left_stacks import OTHER, prune, stacks, stand
from tests.prune.test_zone_accounts import REGIONS, find
from tests.repair.deployment import Deployment

THIRD = "sa-east-1"
DNS, FIRST = "mailproof-prod-dns", f"mailproof-prod-ses-{REGION}"


def replicate(world: World, region: str = THIRD, parent: str = REGION, domain: str = "") -> None:
    """Make a replica by hand; no file names the third region."""
    origin = {"DomainSigningAttributesOrigin": f"AWS_SES_{parent.upper().replace('-', '_')}"}
    world.client("sesv2", region).create_email_identity(
        EmailIdentity=domain or world.zone, DkimSigningAttributes=origin
    )


def sign_with_own_key(world: World, region: str = REGION, domain: str = "") -> None:
    """Have SES sign with a key of one's own, by hand."""
    key = world.aws.ses_key(world.account, region, domain or world.zone)["private_key"]
    text = "".join(line for line in key.splitlines() if not line.startswith("-----"))
    world.client("sesv2", region).put_email_identity_dkim_signing_attributes(
        EmailIdentity=domain or world.zone,
        SigningAttributesOrigin="EXTERNAL",
        SigningAttributes={"DomainSigningSelector": "mp1", "DomainSigningPrivateKey": text},
    )


def leave_whole(world: AdoptWorld, **domain: Any) -> None:
    """Deploy an environment of two regions whose stacks retain nothing, and delete its file."""
    world.write({"name": world.zone, **domain}, regions=[REGION, OTHER], removal_policy="destroy")
    stand(world)
    (world.folder / "prod.yaml").unlink()
    world.write({"name": f"ours.{world.zone}"}, name="ours")


def test_a_stack_that_stays_keeps_the_mx_in_another(world: AdoptWorld) -> None:
    """The stack of DNS has the MX of the parent, whose stack stays for its replica; of the other region all goes."""
    leave_whole(world, mail_from="bounce")
    replicate(world)
    found = world.orphans(gone=["prod"])
    assert [one.stack.region for one in found.stacks] == [OTHER]
    name = f"bounce.{world.zone}"
    assert (
        f"stack {DNS} in {REGION} of {world.account} stays: with it would go {name}, which another identity has for "
        "its MAIL FROM domain" in found.notes
    )
    prune(world, gone=("prod",))
    assert (stacks(world, REGION), stacks(world)) == ({DNS, FIRST}, set())
    world.client("sesv2", THIRD).delete_email_identity(EmailIdentity=world.zone)
    prune(world, gone=("prod",))
    assert (stacks(world, REGION), world.records()) == (set(), set())


def test_a_stack_that_stays_keeps_its_dkim_records_in_the_account_of_its_zone(world: World) -> None:
    """They are in a stack of their own there, which reads their names from the one that stays."""
    leaving = Deployment(world, zone_account=world.neighbour)
    leaving.made(regions=list(REGIONS), removal_policy="destroy")
    leaving.keys["regions"] = [REGION]
    world.client("sesv2").delete_email_identity(EmailIdentity=world.zone)
    assert len(find(leaving)[1].stacks) == len(REGIONS)
    replicate(world, REGION, OTHER)
    _, found = find(leaving)
    assert found.stacks == []
    [note] = [note for note in found.notes if "with which an identity signs that stays" in note]
    assert note.startswith(f"stack mailproof-prod-dns-{leaving.zone_account}-{OTHER} in {OTHER} of ")


@pytest.mark.parametrize("is_told", [True, False])
def test_a_stack_keeps_the_record_of_a_key_with_which_another_identity_signs(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    """If SES does not tell the selector, it may be that of any key of the domain."""
    world.write({"name": f"ours.{world.zone}"}, name="ours")
    (world.folder / "prod.yaml").unlink()
    name = f"mp1._domainkey.{world.zone}"
    world.deploy({"Key": record_set(world.zone_id, name, "TXT", '"v=DKIM1; p=x"')}, stack=DNS)
    world.make_identity()
    assert [one.stack.name for one in world.orphans(gone=["prod"]).stacks] == [DNS]
    sign_with_own_key(world)
    if not is_told:
        monkeypatch.setattr(IdentityFacts, "own_selector", "")
    found = world.orphans(gone=["prod"])
    assert found.stacks == []
    what = f"TXT record {name!r} in zone {world.zone_id}, with which an identity signs that stays"
    assert found.notes[-1].endswith(f"with it would go {what}")


def test_a_stack_keeps_an_identity_whose_dkim_records_a_file_names(world: AdoptWorld) -> None:
    """The file says that others hold it, and it is this one: mail goes out by it."""
    world.write(regions=[REGION, OTHER], removal_policy="destroy")
    stand(world)
    dkim = world.identity(region=OTHER)["DkimAttributes"]
    given = {OTHER: {"tokens": dkim["Tokens"], "host": dkim["SigningHostedZone"]}}
    world.write({"name": world.zone, "identity": {"dkim": given}, "mail_from": "mta"}, name="theirs", regions=[OTHER])
    world.write()
    found = world.orphans()
    assert (found.stacks, found.found) == ([], [])
    assert found.notes[0].endswith(f" stays: with it would go {world.zone}, whose DKIM records a file names")


def test_a_parent_stays_while_a_possible_replica_is_not_told_of(world: AdoptWorld) -> None:
    """The file asks for the domain in another region; whether that signs with the key of this one, nobody knows."""
    parent, gone = ({"name": f"{label}.{world.zone}", "mail_from": "none"} for label in ("parent", "gone"))
    world.write(parent, gone, regions=[REGION, OTHER])
    stand(world)
    world.write(parent, regions=[OTHER])
    world.destroy(FIRST)
    denied = {"service": "sesv2", "operation": "GetEmailIdentity", "code": "AccessDenied"}
    world.aws.add_fault(**denied, account=world.account, region=OTHER, target=parent["name"])
    found = world.orphans()
    assert [one.domain for one in found.found] == [gone["name"]]
    [line] = found.unanswered
    assert line.startswith(f"could not ask SES for {parent['name']!r} in {OTHER} of {world.account}: ")


def test_what_a_stack_holds_that_stays_is_not_found(world: AdoptWorld) -> None:
    """Of another identity nobody knows whose records are: so no stack goes, and what would be left of one is held."""
    gone = f"gone.{world.zone}"
    stays = {"name": world.zone, "mail_from": "none"}
    world.write(stays, {"name": gone, "regions": [REGION]}, regions=[REGION, OTHER])
    stand(world)
    world.write(stays)
    stand(world)
    assert {one.domain for one in world.orphans().found} == {world.zone, gone}
    name, value = f"bounce.{REGION}.{gone}", '"v=spf1 include:amazonses.com ~all"'
    group = record_group(world.zone_id, member({"Fn::Select": [0, [f"{name}.", "x"]]}, "TXT", value))
    world.put_record(name, "TXT", value, "DELETE")
    world.deploy({"Group": group}, stack="others")
    found = world.orphans()
    assert (len(found.unanswered), found.stacks, found.found) == (1, [], [])


def leave_domain(world: AdoptWorld) -> str:
    """Deploy a domain in two regions with one MX, and take it out of the file and the stacks; return it."""
    gone = f"gone.{world.zone}"
    stays = {"name": world.zone, "dmarc": {"policy": "none"}}
    for domains in ([stays, {"name": gone, "mail_from": "bounce"}], [stays]):
        world.write(*domains, regions=[REGION, OTHER])
        stand(world)
    return gone


def test_an_identity_that_stays_in_the_end_keeps_its_mail_from_records(world: AdoptWorld) -> None:
    """A stack may hold its DKIM records, nobody can tell; that of the other region has none, and the same MX."""
    gone = leave_domain(world)
    sign_with_own_key(world, OTHER, gone)
    assert {one.target.region for one in world.orphans().found} == {REGION, OTHER}
    token = world.identity(gone)["DkimAttributes"]["Tokens"][0]
    name, value = f"{token}._domainkey.{gone}", f"{token}.dkim.amazonses.com."
    world.put_record(name, "CNAME", value, "DELETE")
    group = record_group(world.zone_id, member({"Fn::Select": [0, [f"{name}.", "x"]]}, "CNAME", value))
    world.deploy({"Group": group}, stack="others")
    found = world.orphans()
    assert (len(found.unanswered), [one.target.region for one in found.found]) == (1, [OTHER])
    assert found.found[0].records == ()
    assert f"MX record 'bounce.{gone}' stays: another identity has it for its MAIL FROM domain" in found.found[0].kept


def test_an_identity_that_stays_keeps_the_record_of_the_own_key(world: AdoptWorld) -> None:
    """One record serves all regions; in the other one somebody has made the identity by hand."""
    gone = leave_domain(world)
    key = OwnKey("mp1", PUBLIC_KEY, SECRET, VERSION, (REGION,))
    (world.folder / "prod.keys.json").write_text(build_key_file({gone: (key,)}), encoding="utf-8")
    name = f"mp1._domainkey.{gone}"
    world.put_record(name, "TXT", '"v=DKIM1; p=x"')
    world.client("sesv2", OTHER).delete_email_identity(EmailIdentity=gone)
    world.make_identity(gone, OTHER)
    for region in (REGION, OTHER):
        sign_with_own_key(world, region, gone)
    [found] = world.orphans().found
    assert found.target.region == REGION
    assert f"TXT record {name!r} stays: another identity signs with it, or may" in found.kept


def test_records_of_an_identity_that_is_not_told_of_are_not_said_to_be_left(world: AdoptWorld) -> None:
    """A file asks for it, and no stack holds it for the moment: that nobody could ask is enough to say."""
    gone = leave_domain(world)
    world.write({"name": world.zone, "dmarc": {"policy": "none"}}, {"name": gone, "mail_from": "none"})
    world.aws.add_fault(service="sesv2", operation="GetEmailIdentity", account=world.account, region=REGION, code="X")
    found = world.orphans(REGION)
    assert found.left == []
    assert any(line.startswith(f"could not ask SES for {gone!r} in {REGION}") for line in found.unanswered)


@pytest.mark.parametrize("maker", [FIRST, "", f"mailproof-theirs-ses-{REGION}"], ids=["a parent", "adopted", "theirs"])
def test_records_of_an_identity_that_stays_are_not_said_to_be_left(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch, maker: str
) -> None:
    """No file asks for it; its MX and DKIM records are in use all the same, but not those of its replica."""
    gone = leave_domain(world)
    unused = world.identity(gone, OTHER)["DkimAttributes"]["Tokens"]
    world.client("sesv2", OTHER).delete_email_identity(EmailIdentity=gone)
    replicate(world, OTHER, domain=gone)
    monkeypatch.setattr(IdentityFacts, "stack_name", maker)
    found = world.orphans()
    assert (found.found, found.unanswered) == ([], [])
    assert {line.partition("'")[2].partition(".")[0] for line in found.left} == set(unused)


def test_a_stack_of_the_same_name_in_the_account_of_the_zone_keeps_its_record(world: World) -> None:
    """It is another stack, of others: what it holds is not free because the one of the environment goes."""
    leaving = Deployment(world, zone_account=world.neighbour).made(regions=list(REGIONS))
    leaving.keys["regions"] = [REGION]
    token = world.identity(region=OTHER)["DkimAttributes"]["Tokens"][0]
    name, value = f"{token}._domainkey.{world.zone}", f"{token}.dkim.amazonses.com."
    leaving.delete_record(name, "CNAME")
    zone, stack = leaving.zone_world, f"mailproof-prod-ses-{OTHER}"
    zone.deploy({"Key": record_set(zone.zone_id, name, "CNAME", value)}, stack=stack, region=OTHER)
    _, orphans = find(leaving)
    assert stack in [one.stack.name for one in orphans.stacks]
    [found] = orphans.found
    assert f"CNAME record {name!r} stays: it is held by stack {stack} in {OTHER} (Key)" in found.kept


def test_a_replica_keeps_the_records_of_a_parent_that_is_not_listed(
    world: AdoptWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SES lists the replica alone, as once the parent is gone: it signs with these records all the same."""
    gone = leave_domain(world)
    replicate(world, THIRD, domain=gone)
    own = world.identity(gone)["DkimAttributes"]["Tokens"]
    ask = AccountSearch.ask_regions

    def forget(search: AccountSearch) -> None:
        ask(search)
        search.identities[REGION].remove(gone)

    monkeypatch.setattr(AccountSearch, "ask_regions", forget)
    assert not [line for line in world.orphans().left for token in own if token in line]
