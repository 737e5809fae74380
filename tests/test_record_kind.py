"""A record kind is one thing to add: a throw-away kind in `KINDS` shows wherever records do, with no other line."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import typer
from jsonschema import validate
from typer.testing import CliRunner

from mailproof.check import CheckReport
from mailproof.commands.records import records
from mailproof.environments import load_environments
from mailproof.export.json_records import build_schema
from mailproof.model import record_kind
from mailproof.model.dns_record import DkimPair, DnsRecord, Owner, RecordType
from mailproof.model.errors import EnvironmentFileError
from mailproof.model.record_kind import KINDS, Reader, RecordKind, RecordSource
from mailproof.model.resource_types import RECORD_SET, RECORD_SET_GROUP
from mailproof.model.signing import EASY_DKIM, EasyDkim, KeyRecord
from mailproof.report.formats import ReportFormat
from mailproof.testing import synthesise_environments
from tests.check.world import FOLDER, play, read_world
from tests.export.samples import easy_dkim
from tests.fake_aws import FakeAws, identity, serve

APP = typer.Typer()
APP.command()(records)
WORLD = read_world(FOLDER / "healthy-shared-mail-from.yaml")
NAMES = {
    Owner.DOMAIN: ["_throw._away.example.com"],
    Owner.REGION: ["_throw.us-east-1.example.com", "_throw.eu-west-1.example.com"],
}
JUDGED = [kind for kind in KINDS if kind.reader is not Reader.PUBLISHED]
TEXTS = ("v=one", "v=two; a=b")
RIGHT = "\n".join(f'{name}. TXT "{text}"' for names in NAMES.values() for name in names for text in reversed(TEXTS))


def _build(source: RecordSource) -> Iterator[DnsRecord]:
    yield source.record(f"_throw.{source.serves or '_away'}.{source.domain.name}", RecordType.TXT, *TEXTS)


@pytest.fixture(params=Owner)
def owner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Owner:
    """Add the kind, owned by the region or by the domain: the one place."""
    owner: Owner = request.param
    kind = RecordKind("throw-away", "Throw-away", lambda _: (owner,), _build)
    monkeypatch.setattr(record_kind, "KINDS", (*KINDS, kind))
    return owner


def _check(folder: Path, dns: str, faults: dict[str, str] | None = None) -> CheckReport:
    zone = f"{WORLD['dns']['example.com']}\n{dns}\n"
    return play({**WORLD, "dns": {"example.com": zone}, "dns_faults": faults}, folder)


def _seen(report: CheckReport) -> list[tuple[str, str | None, str | None]]:
    return [(finding.rule, finding.name, finding.region) for finding in report.findings]


def _wanted(rule: str, owner: Owner) -> list[tuple[str, str | None, str | None]]:
    regions = [None] if owner is Owner.DOMAIN else ["us-east-1", "eu-west-1"]
    return [(rule, name, region) for name, region in zip(NAMES[owner], regions, strict=True)]


def _refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> str:
    """Add a kind with one text at a name of the domain, and return what is said of the file."""

    def build(source: RecordSource) -> Iterator[DnsRecord]:
        yield source.record(f"{name}{source.domain.name}", RecordType.TXT, text)

    kind = RecordKind("throw-away", "Throw-away", lambda _: (Owner.DOMAIN,), build, "throw_away")
    monkeypatch.setattr(record_kind, "KINDS", (*KINDS, kind))
    (tmp_path / "prod.yaml").write_text(WORLD["environment"], encoding="utf-8")
    with pytest.raises(EnvironmentFileError) as caught:
        load_environments(tmp_path)
    return str(caught.value)


def test_a_text_that_route_53_does_not_take_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of whichever kind, at its key of the file."""
    told = _refused(tmp_path, monkeypatch, "_throw.", "x" * 5000)
    assert "domains[0].throw_away: makes a record of 5059 characters, and Route 53 accepts at most 4000" in told


def test_two_kinds_at_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One record set cannot be made by two resources, of one domain either."""
    told = _refused(tmp_path, monkeypatch, "_dmarc.", "v=DMARC1; p=none")
    both = "the TXT record '_dmarc.example.com' in zone 'example.com' would be both DMARC and Throw-away"
    assert f"{both}, got 'example.com'; leave out `throw_away`" in told


@pytest.mark.parametrize("form", ["grouped", "individual"])
def test_it_is_deployed(owner: Owner, form: str, tmp_path: Path) -> None:
    """Each of its records is in one template, with both values."""
    (tmp_path / "prod.yaml").write_text(f"{WORLD['environment']}record_sets: {form}\n", encoding="utf-8")
    stacks = synthesise_environments(load_environments(tmp_path))
    resources = [found for stack in stacks.values() for found in stack.template["Resources"].values()]
    sets = [found["Properties"] for found in resources if found["Type"] == RECORD_SET]
    sets += [
        one for found in resources if found["Type"] == RECORD_SET_GROUP for one in found["Properties"]["RecordSets"]
    ]
    made = {found["Name"]: found["ResourceRecords"] for found in sets if str(found["Name"]).startswith("_throw")}
    assert made == {f"{name}.": [f'"{text}"' for text in TEXTS] for name in NAMES[owner]}


@pytest.mark.parametrize("form", ["table", "json", "csv", "zone", "octodns", "terraform"])
def test_it_is_exported(owner: Owner, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every format has its names and values, and the schema knows its kind."""
    text = WORLD["environment"].replace("111100000002", "111122223333")
    (tmp_path / "prod.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with serve(FakeAws()) as aws:
        aws.answers |= {identity("example.com", region): easy_dkim("example.com", region) for region in WORLD["ses"]}
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        result = CliRunner().invoke(APP, ["--environments", str(tmp_path), "--format", form])
    assert (result.exit_code, result.stderr) == (0, "")
    for part in (*(name.removesuffix(".example.com") for name in NAMES[owner]), "v=one", "a=b"):
        assert part in result.stdout
    if form in {"table", "csv"}:
        assert "Throw-away" in result.stdout
    if form == "json":
        document = json.loads(result.stdout)
        validate(document, build_schema())
        assert [row["purpose"] for row in document["records"]].count("throw-away") == 2 * len(NAMES[owner])


@pytest.mark.usefixtures("owner")
def test_it_is_right_where_it_is_published(tmp_path: Path) -> None:
    """The order of its values does not matter."""
    report = _check(tmp_path, RIGHT)
    assert (report.findings, report.exit_code) == ([], 0)


def test_it_is_missed_where_it_is_not(owner: Owner, tmp_path: Path) -> None:
    """One finding per record, in every report, and the identities are not right."""
    report = _check(tmp_path, "")
    assert _seen(report) == _wanted("record-missing", owner)
    assert report.exit_code == 1
    assert {row.records for row in report.identities} == {"wrong"}
    assert report.findings[0].expected == f"Throw-away: TXT {', '.join(TEXTS)}"
    for form in ReportFormat:
        assert "record-missing" in form.build(report), form


def test_it_is_told_from_another(owner: Owner, tmp_path: Path) -> None:
    """A value too few is as wrong as another."""
    assert _seen(_check(tmp_path, RIGHT.replace("v=one", "v=1"))) == _wanted("record-differs", owner)
    assert _seen(_check(tmp_path, "\n".join(RIGHT.splitlines()[::2]))) == _wanted("record-differs", owner)


def test_it_is_unknown_where_nobody_answers(owner: Owner, tmp_path: Path) -> None:
    """No answer is not an absence."""
    report = _check(tmp_path, "", {f"{name} TXT": "servfail" for name in NAMES[owner]})
    assert _seen(report) == _wanted("dns-unanswered", owner)
    assert {row.records for row in report.identities} == {"unknown"}
    assert report.exit_code == 3


@pytest.mark.usefixtures("owner")
def test_its_zone_comes_first(tmp_path: Path) -> None:
    """A zone with a finding of its own suppresses the record."""
    report = _check(tmp_path, "", {"*.example.com *": "bogus"})
    assert [finding.rule for finding in report.findings] == ["dnssec-bogus"]


def test_it_is_not_wanted_in_a_region_without_an_identity(owner: Owner, tmp_path: Path) -> None:
    """What serves one region is as needless there as its DKIM records; what serves all is missed."""
    report = play({**WORLD, "ses": {**WORLD["ses"], "eu-west-1": {"identities": {}}}}, tmp_path)
    expected = _wanted("record-missing", owner)[:1]
    assert sorted(row for row in _seen(report) if row[0] != "identity-missing") == expected


@pytest.mark.parametrize("owner", Owner)
def test_what_a_way_to_sign_adds_to_its_keys_is_proved(
    owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that holds no token and no own key: whoever adds such a way to sign has it checked."""
    vendors = f"vendor._domainkey.{'us-east-1' if owner is Owner.REGION else '_all'}.example.com"

    def records(_: EasyDkim, asked: Owner, domain: str, dkim: Sequence[DkimPair]) -> Iterator[KeyRecord]:
        yield from easy(EASY_DKIM, asked, domain, dkim)
        if asked is owner:
            yield KeyRecord(vendors, RecordType.CNAME, "key.vendor.example")

    easy = EasyDkim.records
    monkeypatch.setattr(EasyDkim, "records", records)
    monkeypatch.setattr(EasyDkim, "owners", tuple(Owner))
    right = _check(tmp_path, f"{vendors}. CNAME key.vendor.example.")
    assert right.findings == []
    for wrong, rule in (("", "record-missing"), (f"{vendors}. CNAME other.vendor.example.", "record-differs")):
        assert {(found.rule, found.name) for found in _check(tmp_path, wrong).findings} == {(rule, vendors)}


@pytest.mark.parametrize("kind", JUDGED, ids=[kind.id for kind in JUDGED])
def test_no_record_is_expected_and_unproven(kind: RecordKind, tmp_path: Path) -> None:
    """A kind that has rules of its own: if its records are taken out of DNS, something is found."""
    world = read_world(FOLDER / "healthy-dmarc-reports-authorised.yaml") if kind is record_kind.DMARC_REPORTS else WORLD
    signs = {
        record_kind.DKIM: " CNAME ",
        record_kind.MAIL_FROM_MX: " MX ",
        record_kind.MAIL_FROM_SPF: "v=spf1",
        record_kind.DMARC: "_dmarc.example.com",
        record_kind.DMARC_REPORTS: "_report._dmarc",
    }
    without = {
        zone: "\n".join(line for line in text.splitlines() if signs[kind] not in line)
        for zone, text in world["dns"].items()
    }
    assert play(world, tmp_path).findings == []
    assert play({**world, "dns": without}, tmp_path).findings != []
