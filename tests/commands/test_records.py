"""Tests of `mailproof records`, with SES and STS on a loopback socket."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mailproof.commands.records import records
from tests.check.world_dns import WorldDns
from tests.check.world_dns import serve as serve_dns
from tests.export.samples import PROD, easy_dkim
from tests.fake_aws import FakeAws, identity, refused, serve

APP = typer.Typer()
APP.command()(records)
IDENTITIES = [
    ("us-east-1", "example.com"),
    ("eu-west-1", "example.com"),
    ("eu-west-1", "news.example.com"),
    ("us-east-1", "partner.example"),
    ("eu-west-1", "partner.example"),
    ("eu-west-1", "xn--bcher-kva.example"),
]


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch, external_zones: None) -> Iterator[FakeAws]:  # noqa: ARG001 -- DNS to ask
    """A server that knows every identity."""
    with serve(FakeAws()) as server:
        server.answers |= {identity(domain, region): easy_dkim(domain, region) for region, domain in IDENTITIES}
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one environment file."""
    (tmp_path / "prod.yaml").write_text(PROD, encoding="utf-8")
    return tmp_path


def _run(folder: Path, *args: str) -> Result:
    return CliRunner().invoke(APP, ["--environments", str(folder), *args])


def test_an_external_zone_is_printed_with_live_tokens(ses: FakeAws, folder: Path) -> None:
    """Only identities of that zone are asked for; the value is SES's."""
    result = _run(folder, "--external", "--zone", "partner.example", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(rows) == 11
    assert "partnerexampleuseast11.dkim.amazonses.com." in {row["value"] for row in rows}
    assert {call.rpartition("/")[2] for call in ses.calls if " ses " in call} == {"partner.example"}


def test_a_missing_identity_is_said_and_the_rest_printed(ses: FakeAws, folder: Path) -> None:
    """Exit code 1, one line on stderr, and its MAIL FROM records on stdout."""
    del ses.answers[identity("news.example.com", "eu-west-1")]
    result = _run(folder, "--domain", "news.example.com", "--format", "json")
    assert result.exit_code == 1
    assert result.stderr == (
        "prod: news.example.com in eu-west-1: there is no such identity; deploy the environment first\n"
    )
    document = json.loads(result.stdout)
    assert [record["purpose"] for record in document["records"]] == ["mail-from-mx", "mail-from-spf"]
    assert document["gaps"][0]["state"] == "missing"


def test_an_unanswered_region_gives_exit_code_3(ses: FakeAws, folder: Path) -> None:
    """Could not ask is not missing."""
    ses.answers[identity("news.example.com", "eu-west-1")] = refused("AccessDeniedException", message="no")
    result = _run(folder, "--domain", "news.example.com")
    assert result.exit_code == 3
    assert result.stderr.endswith("SES could not be asked: AccessDeniedException (no)\n")
    assert "bounce.eu-west-1.news.example.com." in result.stdout


@pytest.mark.parametrize("kind", ["table", "json", "csv", "zone", "terraform"])
@pytest.mark.usefixtures("ses")
def test_every_format_holds_every_zone(folder: Path, kind: str) -> None:
    """One text on stdout, nothing on stderr."""
    result = _run(folder, "--format", kind)
    assert (result.exit_code, result.stderr) == (0, "")
    for zone in ("example.com", "partner.example", "xn--bcher-kva.example"):
        assert zone in result.stdout


@pytest.mark.usefixtures("ses")
def test_octodns_is_one_zone_at_a_time(folder: Path) -> None:
    """Several zones in one text would be read by nothing: exit code 2 says what to do."""
    result = _run(folder, "--format", "octodns")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "choose one with --zone" in result.stderr
    assert _run(folder, "--format", "octodns", "--zone", "partner.example").exit_code == 0


def test_a_broken_file_gives_one_line_a_problem(tmp_path: Path) -> None:
    """Exit code 2, before anybody is asked."""
    (tmp_path / "prod.yaml").write_text(PROD.replace("eu-west-1", "eu-wset-1"))
    result = _run(tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 3
    assert all(f"{tmp_path / 'prod.yaml'}:" in line for line in result.stderr.splitlines())


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--domain", "nws.example.com"), "no chosen environment has 'nws.example.com'"),
        (("--environment", "stage"), "it has prod"),
        (("--zone", "not a name"), "is not a host name"),
        (("--zone", "partnr.example"), "did you mean 'partner.example'?"),
    ],
    ids=["domain", "environment", "no-name", "zone"],
)
def test_fails_on_what_is_not_there(folder: Path, args: tuple[str, str], message: str) -> None:
    """A name that no environment has is a usage error."""
    result = _run(folder, *args)
    said = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, message in said) == (2, True)


@pytest.mark.usefixtures("ses")
def test_no_external_zone_is_said(folder: Path) -> None:
    """An empty answer explains itself."""
    result = _run(folder, "--external", "--domain", "example.com", "--format", "csv")
    assert result.exit_code == 0
    assert "no such zone is served by another DNS provider" in result.stderr


def test_a_zone_that_is_none_is_said(ses: FakeAws, folder: Path) -> None:
    """The records come relative to the zone that holds them, and stderr says why; the exit code stays."""
    zone = "$TTL 300\n@ SOA ns hostmaster 1 7200 900 1209600 60\n@ NS ns\nns A 192.0.2.1\n"
    (folder / "prod.yaml").write_text(PROD.replace("partner.example", "mail.partner.example"), encoding="utf-8")
    ses.answers |= {
        identity("mail.partner.example", region): easy_dkim("mail.partner.example", region)
        for region in ("us-east-1", "eu-west-1")
    }
    with serve_dns(WorldDns({"partner.example": zone})) as address:
        options = ("--zone", "mail.partner.example", "--resolver", address)
        result = _run(folder, "--format", "zone", *options)
        octodns = _run(folder, "--format", "octodns", *options)
    assert (result.exit_code, octodns.exit_code) == (0, 0)
    assert result.stderr == "mail.partner.example is part of zone partner.example: names are relative to that\n"
    assert "$ORIGIN partner.example.\n" in result.stdout
    assert "_dmarc.mail " in result.stdout


def test_what_a_format_leaves_out_for_others_is_said(ses: FakeAws, folder: Path) -> None:  # noqa: ARG001 -- answers
    """A zone file has no place for it, so that stderr names whose it is; the table has one."""
    text = PROD.replace('"dmarc@example.com"', '"dmarc@example.com", "a@rua.vendor.co.uk"')
    (folder / "prod.yaml").write_text(text, encoding="utf-8")
    said = "left out, for others to publish (vendor.co.uk): `mailproof dmarc policy --format zone` writes them"
    place = ("--domain", "partner.example")
    assert said in _run(folder, *place, "--format", "zone").stderr
    shown = _run(folder, *place)
    assert said not in shown.stderr
    assert "partner.example._report._dmarc.rua.vendor.co.uk." in shown.stdout
