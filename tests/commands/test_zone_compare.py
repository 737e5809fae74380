"""Tests of `mailproof zone compare`: what a delegation would lose is said before it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.check.world_dns import WorldDns, serve
from tests.commands.test_preflight import ASSUMED, DENIED, record_sets
from tests.commands.world import AMAZONSES, HOSTED_ZONE, IDENTITY, ZONE, Changing, World, world, zones
from tests.fake_aws import identity

HELD = "route53 GET /2013-04-01/hostedzone/Z0EXAMPLE"
RRSET = f"{HELD}/rrset"
OLD = "route53 GET /2013-04-01/hostedzone/Z0OLD"
NO_ZONE = "<ErrorResponse><Error><Code>NoSuchHostedZone</Code><Message>no</Message></Error></ErrorResponse>"
DS = "12345 13 2 " + "ab" * 32
MAIL = (
    ("t1._domainkey.example.com", "CNAME", "t1.dkim.amazonses.com."),
    ("t2._domainkey.example.com", "CNAME", "t2.dkim.amazonses.com"),
    ("t3._domainkey.example.com", "CNAME", "T3.dkim.amazonses.com."),
    ("bounce.example.com", "MX", "10 feedback-smtp.us-east-1.amazonses.com."),
    ("bounce.example.com", "TXT", "&quot;v=spf1 include:amazonses.com ~all&quot;"),
    ("_dmarc.example.com", "TXT", "&quot;v=DMARC1; p=none&quot;"),
)


@pytest.fixture
def dns() -> Changing:
    """The live zone, all of whose records of mail are there."""
    return Changing(zones())


@pytest.fixture
def moving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dns: Changing) -> Iterator[World]:
    """A hosted zone that holds the same, and that nobody asks yet."""
    with world(tmp_path, monkeypatch, dns) as found:
        text = (tmp_path / "prod.yaml").read_text()
        (tmp_path / "prod.yaml").write_text(text.replace("id: Z0EXAMPLE", "id: Z0EXAMPLE, delegation: pending"))
        found.aws.answers |= {HELD: (200, HOSTED_ZONE.replace("ns1", "ns9")), RRSET: record_sets(*MAIL)}
        yield found


def compare(world: World, *arguments: str) -> dict[str, Any]:
    """Compare, and return the document."""
    options = ("--resolver", world.address, "--format", "json")
    result = world.run_offline("zone", "compare", "prod", *arguments, *options)
    assert result.stdout, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["exit_code"] == result.exit_code
    return document


def differing(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return what is not the same."""
    return [(row["state"], row["type"], row["name"]) for row in document["records"] if row["state"] != "same"]


def live(dns: Changing, *lines: str) -> None:
    """Add lines to the live zone."""
    dns.world = zones("\n".join((ZONE, *lines, "")))


def test_all_is_the_same(moving: World) -> None:
    """Exit code 0; what mail needs comes with what it needs it for."""
    found = compare(moving)
    assert (found["exit_code"], differing(found)) == (0, [])
    assert [row["purposes"] for row in found["records"]][:2] == [["dmarc"], ["mail-from-mx"]]
    assert len(found["records"]) == len(MAIL)
    assert all(call.split(" ", 2)[2].startswith(("Get", "GET")) for call in moving.aws.calls)


def test_what_would_be_lost_changed_and_new(moving: World, dns: Changing) -> None:
    """For mail first; at every name that is known all types are looked at, and some names without being told."""
    live(dns, "@ MX 10 mail.example.net.", "www A 192.0.2.7", "bounce A 192.0.2.8", "* TXT any", "hidden A 192.0.2.9")
    more = (("_dmarc.example.com", "TXT", "&quot;v=DMARC1; p=reject&quot;"), ("new.example.com", "A", "192.0.2.1"))
    moving.aws.answers[RRSET] = record_sets(*MAIL[1:-1], *more)
    found = compare(moving)
    assert found["exit_code"] == 1
    assert sorted(differing(found)) == [
        ("changed", "TXT", "_dmarc.example.com"),
        ("lost", "A", "bounce.example.com"),
        ("lost", "A", "www.example.com"),
        ("lost", "CNAME", "t1._domainkey.example.com"),
        ("lost", "MX", "example.com"),
        ("lost", "TXT", "*.example.com"),
        ("lost", "TXT", "new.example.com"),  # answered by the wildcard, until the name has something of its own
        ("new", "A", "new.example.com"),
    ]
    assert [row["state"] for row in found["records"][:2]] == ["lost", "changed"]


def test_a_mail_from_name_whose_records_are_elsewhere_is_needed_all_the_same(moving: World, tmp_path: Path) -> None:
    """The hosted zone lacks what another account publishes in the live one."""
    file = tmp_path / "prod.yaml"
    file.write_text(file.read_text().replace("mail_from: bounce", "mail_from: {name: bounce, records: elsewhere}"))
    moving.aws.answers[RRSET] = record_sets(*(record for record in MAIL if record[0] != "bounce.example.com"))
    found = compare(moving)
    assert differing(found) == [("lost", "MX", "bounce.example.com"), ("lost", "TXT", "bounce.example.com")]


def test_without_a_list_of_the_live_zone_that_is_said(moving: World, dns: Changing) -> None:
    """A name that nobody knows cannot be looked at."""
    live(dns, "hidden A 192.0.2.9")
    result = moving.run_offline("zone", "compare", "prod", "--resolver", moving.address)
    assert result.exit_code == 0
    assert "hidden" not in result.stdout
    assert "Not complete: nobody lists the live zone." in result.stdout
    assert "--zone-file" in result.stdout


def test_a_zone_file_makes_it_complete(moving: World, dns: Changing, tmp_path: Path) -> None:
    """What stands in it is asked of the live servers: an old export does not count as live."""
    live(dns, "hidden A 192.0.2.9")
    export = tmp_path / "export.zone"
    export.write_text(f"{ZONE}hidden A 192.0.2.9\nformer A 192.0.2.10\n_sip._tcp SRV 1 1 5060 sip.example.net.\n")
    found = compare(moving, "example.com", "--zone-file", str(export))
    assert differing(found) == [("lost", "A", "hidden.example.com")]
    assert found["listing"] == str(export)


def test_the_name_servers_and_the_time_are_told(moving: World) -> None:
    """The delegation is a person's, at the registrar."""
    result = moving.run_offline("zone", "compare", "prod", "--resolver", moving.address)
    assert "  live: ns1.example.net\n  next: hosted zone Z0EXAMPLE\n" in result.stdout
    assert "set at the registrar (or in the zone above):\n  ns9.example.net\n" in result.stdout
    assert "for up to 10 minutes (NS 5 minutes, records up to 5 minutes)" in result.stdout
    assert "mailproof wait --environment prod" in result.stdout


def test_a_ds_record_bars_the_delegation(moving: World, dns: Changing) -> None:
    """Validating resolvers would refuse the zone, and mail would fail, though every record is there."""
    live(dns, f"@ DS {DS}")
    found = compare(moving)
    assert (found["exit_code"], differing(found), found["delegation"]["ds"]) == (1, [], [DS])
    result = moving.run_offline("zone", "compare", "prod", "--resolver", moving.address)
    assert "let the registrar remove it and wait 5 minutes, its TTL" in result.stdout


def test_after_the_delegation_nothing_bars_it(moving: World, dns: Changing) -> None:
    """The keys are then the zone's own."""
    live(dns, f"@ DS {DS}")
    moving.aws.answers[HELD] = (200, HOSTED_ZONE)
    found = compare(moving)
    assert (found["exit_code"], found["delegation"]["is_done"]) == (0, True)


@pytest.mark.parametrize("name", ["_dmarc.example.com TXT", "example.com DS"])
def test_what_could_not_be_asked_is_not_called_the_same(moving: World, dns: Changing, name: str) -> None:
    """Exit code 3, neither lost nor the same."""
    dns.world = WorldDns({"example.com": ZONE, "amazonses.com": AMAZONSES}, {name: "refused"})
    assert compare(moving)["exit_code"] == 3


def test_route_53_that_does_not_answer(moving: World) -> None:
    """Nothing is compared."""
    moving.aws.answers[RRSET] = DENIED
    result = moving.run_offline("zone", "compare", "prod", "--resolver", moving.address)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "could not ask for hosted zone Z0EXAMPLE in account" in result.stderr


def test_mail_that_neither_side_serves(moving: World, dns: Changing) -> None:
    """What mail needs is looked at even where it is nowhere."""
    dns.world = zones("\n".join(line for line in ZONE.splitlines() if "_dmarc" not in line) + "\n")
    moving.aws.answers[RRSET] = record_sets(*MAIL[:-1])
    found = compare(moving)
    assert differing(found) == [("missing", "TXT", "_dmarc.example.com")]
    assert found["records"][0]["needed"] == ["v=DMARC1; p=none"]


def test_another_hosted_zone(moving: World) -> None:
    """Both are listed by Route 53: complete, and asked of nobody else."""
    moving.aws.answers |= {
        OLD: (200, HOSTED_ZONE),
        f"{OLD}/rrset": record_sets(*MAIL, ("a.example.com", "A", "192.0.2.1")),
    }
    found = compare(moving, "--old-hosted-zone", "Z0OLD")
    assert differing(found) == [("lost", "A", "a.example.com")]
    assert (found["listing"], found["notes"]) == ("hosted zone Z0OLD", [])


def test_an_old_hosted_zone_in_another_account_is_read_by_the_lookup_role(moving: World) -> None:
    """Its account is named; the zone of the file is read in the own one."""
    moving.aws.answers |= {
        "sts AssumeRole": (200, ASSUMED),
        OLD: (200, HOSTED_ZONE),
        f"{OLD}/rrset": record_sets(*MAIL, ("a.example.com", "A", "192.0.2.1")),
    }
    found = compare(moving, "--old-hosted-zone", "Z0OLD", "--old-account", "999988887777")
    assert differing(found) == [("lost", "A", "a.example.com")]
    assert sum("AssumeRole" in call for call in moving.aws.calls) == 1


def test_an_old_hosted_zone_that_is_not_there_may_be_in_another_account(moving: World) -> None:
    """So it is said how to name that, and one that is closed says how to open it."""
    arguments = ("--old-hosted-zone", "Z0OLD", "--resolver", moving.address)
    moving.aws.answers[OLD] = moving.aws.answers[f"{OLD}/rrset"] = (404, NO_ZONE)
    result = moving.run_offline("zone", "compare", "prod", *arguments)
    assert result.exit_code == 2
    assert "--old-account ACCOUNT" in result.stderr
    moving.aws.answers["sts AssumeRole"] = DENIED
    result = moving.run_offline("zone", "compare", "prod", *arguments, "--old-account", "999988887777")
    assert result.exit_code == 3
    assert "--profile 999988887777=NAME" in result.stderr


def test_an_old_hosted_zone_that_nobody_asks(moving: World) -> None:
    """What it holds is not what is live."""
    moving.aws.answers |= {OLD: (200, HOSTED_ZONE.replace("ns1", "ns5")), f"{OLD}/rrset": record_sets(*MAIL)}
    (note,) = compare(moving, "--old-hosted-zone", "Z0OLD")["notes"]
    assert note == "resolvers do not ask hosted zone Z0OLD: they ask ns1.example.net"


def test_away_from_route_53(moving: World) -> None:
    """The servers of the other provider are asked for all that the hosted zone lists."""
    moving.aws.answers |= {
        HELD: (200, HOSTED_ZONE),
        RRSET: record_sets(*MAIL, ("gone.example.com", "A", "192.0.2.1"), ("bounce.example.com", "A", "192.0.2.8")),
    }
    text = "\n".join(line for line in ZONE.splitlines() if not line.startswith("t1."))
    with serve(WorldDns({"example.com": f"{text}\nextra A 192.0.2.1\n"})) as other:
        found = compare(moving, "--name-server", other)
    assert differing(found) == [("lost", "CNAME", "t1._domainkey.example.com")]
    assert (found["listing"], found["next"]) == ("hosted zone Z0EXAMPLE", other)


def test_a_zone_in_another_account_is_read_by_the_lookup_role(moving: World) -> None:
    """Whose account the hosted zone is, the file says."""
    path = moving.folder / "prod.yaml"
    path.write_text(path.read_text().replace("id: Z0EXAMPLE,", 'id: Z0EXAMPLE, account: "999988887777",'))
    moving.aws.answers["sts AssumeRole"] = (200, ASSUMED)
    assert compare(moving)["exit_code"] == 0
    assert any("AssumeRole" in call for call in moving.aws.calls)


def test_a_part_of_a_zone_that_becomes_a_zone_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked of the zone above, where the delegation will be entered."""
    text = (
        ZONE.replace("_domainkey ", "_domainkey.news ").replace("bounce ", "bounce.news ") + "_dmarc.news A 192.0.2.1\n"
    )
    with world(tmp_path, monkeypatch, zones(text)) as found:
        path = tmp_path / "prod.yaml"
        path.write_text(
            path.read_text()
            .replace("example.com", "news.example.com")
            .replace("Z0EXAMPLE", "Z0EXAMPLE, delegation: pending")
        )
        found.aws.answers |= {
            HELD: (200, HOSTED_ZONE.replace("example.com.", "news.example.com.").replace("ns1", "ns9")),
            RRSET: record_sets(("news.example.com", "NS", "ns9.example.net.")),
            identity("news.example.com"): (200, IDENTITY),
        }
        result = found.run_offline("zone", "compare", "prod", "--resolver", found.address)
    assert "  live: the servers of example.com\n" in result.stdout
    assert "set at the registrar (or in example.com):\n  ns9.example.net\n" in result.stdout
    assert "lost    CNAME t1._domainkey.news.example.com  (dkim)" in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["other.example"], "no chosen environment has 'other.example'"),
        (["bücher.example"], "no chosen environment has 'xn--bcher-kva.example'"),
        (["example..com"], "has an empty label"),
        (["--old-hosted-zone", "x y"], "is not a hosted zone id"),
        (["--old-account", "999988887777"], "goes with --old-hosted-zone"),
        (["--old-hosted-zone", "Z0OLD", "--old-account", "9999"], "is not an account id"),
        (["--profile", "999988887777=dns"], "999988887777 is not the account of a zone that this command asks"),
        (["--zone-file", "/nowhere/x.zone"], "/nowhere/x.zone cannot be read"),
        (["--name-server", "host:port"], "is not HOST[:PORT]"),
    ],
)
def test_fails_on_what_does_not_exist(moving: World, arguments: list[str], words: str) -> None:
    """A usage error, before anything is asked."""
    result = moving.run_offline("zone", "compare", "prod", *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("│", " ").split())
    assert moving.aws.calls == []


def test_fails_on_a_zone_of_another_provider_without_its_servers(moving: World) -> None:
    """There is nothing to compare with."""
    path = moving.folder / "prod.yaml"
    path.write_text(path.read_text().replace("{id: Z0EXAMPLE, delegation: pending}", "external"))
    result = moving.run_offline("zone", "compare", "prod")
    assert result.exit_code == 2
    assert "--name-server" in result.stderr


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (HOSTED_ZONE.replace(">example.com.", ">example.org."), "is that of example.org, not of example.com"),
        (
            HOSTED_ZONE.replace(
                "</CallerReference>", "</CallerReference><Config><PrivateZone>true</PrivateZone></Config>"
            ),
            "is private",
        ),
    ],
)
def test_fails_on_another_zone(moving: World, answer: str, words: str) -> None:
    """An id that is not that of the zone in public DNS."""
    moving.aws.answers[HELD] = (200, answer)
    result = moving.run_offline("zone", "compare", "prod", "--resolver", moving.address)
    assert result.exit_code == 2
    assert words in result.stderr
