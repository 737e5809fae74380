"""Reports in every form in which they come, and those that mean harm: each is read, or costs itself alone."""

import gzip
import io
import json
import mailbox
import os
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailproof.cli import app
from mailproof.dmarc import report_files, report_reader
from mailproof.dmarc.reading import Reading, read_reports
from tests.commands.world import GET_IDENTITY, world
from tests.dmarc.samples import row, signed, xml

FILE = """\
account: "111122223333"
regions: [us-east-1, eu-west-1]
zones: {example.com: {id: Z1}}
domains:
- {name: example.com, dmarc: {stage: none, not_ours: [spammer.example, 203.0.113.0/24]}}
"""
PREFIXED = xml().replace("<", "<d:").replace("<d:/", "</d:").replace("d:feedback>", 'd:feedback xmlns:d="urn:x">', 1)


def archive(*texts: str) -> bytes:
    """Pack texts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, text in enumerate(texts):
            packed.writestr(f"{number}.xml", text)
    return data.getvalue()


def mail(*attachments: bytes) -> EmailMessage:
    """Return a mail as receivers send it."""
    message = EmailMessage()
    message["From"], message["Subject"] = "d@receiver.example", "Report domain: example.com"
    message.set_content("A report.")
    for data in attachments:
        message.add_attachment(data, maintype="application", subtype="gzip", filename="r.xml.gz")
    return message


def read(folder: Path) -> Reading:
    """Read a folder."""
    return read_reports([folder])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(xml().encode(), id="plain"),
        pytest.param(gzip.compress(xml().encode()), id="gzip"),
        pytest.param(archive(xml()), id="zip"),
        pytest.param(b"\xef\xbb\xbf" + xml().encode(), id="byte order mark"),
        pytest.param(('<?xml version="1.0" encoding="UTF-16"?>' + xml()).encode("utf-16"), id="UTF-16"),
        pytest.param(b"\n\n" + b'<?xml version="1.0"?>' + xml().encode(), id="blank lines in front"),
        pytest.param(PREFIXED.encode(), id="prefixed namespace"),
        pytest.param(xml().replace("<email>d@receiver.example</email>", "").encode(), id="no email"),
        pytest.param(mail(gzip.compress(xml().encode())).as_bytes(), id="mail"),
    ],
)
def test_a_report_is_read_in_every_form(data: bytes, tmp_path: Path) -> None:
    """With its one record, which has no auth_results."""
    (tmp_path / "r").write_bytes(data)
    found = read(tmp_path)
    assert (found.unread, found.read, found.declared) == ((), 1, 1)
    (report,) = found.reports
    assert (report.domain, report.messages, report.policy) == ("example.com", 5, "none")


def test_all_of_an_archive_a_mail_and_a_mailbox(tmp_path: Path) -> None:
    """Every file of an archive, every attachment of a mail, every mail of a mailbox; what came twice counts once."""
    packed = [gzip.compress(xml(number=number).encode()) for number in range(5)]
    (tmp_path / "a.zip").write_bytes(archive(xml(number=5), xml(number=6)))
    (tmp_path / "b.eml").write_bytes(mail(packed[0], packed[1]).as_bytes())
    box = mailbox.mbox(tmp_path / "c.mbox")
    for data in packed[1:]:
        box.add(mail(data))
    box.close()
    found = read(tmp_path)
    assert {report.id for report in found.reports} == {str(number) for number in range(7)}
    assert (found.duplicates, found.unread) == (1, ())


def test_records_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    """Of one report one of four remains; of another, whose only record is bad, the report is not read."""
    bad = (row(-5), row("many"), row(ip="nowhere"))
    (tmp_path / "a.xml").write_text(xml(row(10**20), *bad))
    (tmp_path / "b.xml").write_text(xml(row("x"), number=2))
    found = read(tmp_path)
    assert (found.read, found.declared) == (1, 4)
    assert found.reports[0].messages == 10**20
    assert [str(one).removeprefix(f"{tmp_path}/") for one in found.lost_records] == ["a.xml: 1 of 4 records read"]
    assert len(found.unread) == 1


def test_one_address_is_one_source_however_it_is_written(tmp_path: Path) -> None:
    """IPv6 has many spellings."""
    rows = [row(ip=ip) for ip in ("2001:db8::1", "2001:DB8:0:0:0:0:0:1", "::ffff:192.0.2.1", "192.0.2.1")]
    (tmp_path / "a.xml").write_text(xml(*rows))
    (report,) = read(tmp_path).reports
    assert {record.address for record in report.records} == {"2001:db8::1", "192.0.2.1"}


def _hostile() -> dict[str, tuple[bytes, str]]:
    entities = '<!DOCTYPE f [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]>'
    encrypted = bytearray(archive(xml()))
    encrypted[6] |= 1  # the flag in front of the file, and in the directory
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    deep = archive(xml())
    for _ in range(6):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as outer:
            outer.writestr("x.zip", deep)
        deep = packed.getvalue()
    return {
        "bomb.gz": (gzip.compress(b"<" + b"a" * 300_000), "is over 100,000 bytes unpacked"),
        "bomb.zip": (archive("<" + "a" * 300_000), "is over 100,000 bytes unpacked"),
        "many.zip": (archive(*["<a/>"] * 1_001), "over 1,000 are not read"),
        "deep.zip": (deep, "is packed too deep"),
        "cut.gz": (gzip.compress(xml().encode())[:-20], "is damaged"),
        "broken.zip": (archive(xml())[:60], "is damaged"),
        "encrypted.zip": (bytes(encrypted), "cannot be unpacked"),
        "empty.zip": (archive(), "is an empty archive"),
        "entities.xml": (entities.encode() + xml().encode(), "is XML with a DOCTYPE"),
        "cut.xml": (xml()[:-30].encode(), "is not well-formed XML"),
        "crossed.xml": (xml().replace("</row>", "</raw>").encode(), "is not well-formed XML"),
        "two.xml": ((xml() + xml()).encode(), "is not well-formed XML"),
        "nested.xml": (b"<a>" * 5_000, "is XML nested deeper than 32 levels"),
        "wide.xml": (b"<a>" + b"<b/>" * 1_001 + b"</a>", "is XML of over 1,000 elements"),
        "other.xml": (b"<html/>", "is XML of another kind: html"),
        "none.xml": (xml().replace(row(), "").encode(), "has no record"),
        "period.xml": (xml().replace("<begin>", "<begin>-").encode(), "has no period that can be read"),
        "picture.png": (b"\x89PNG\r\n", "is not an aggregate report: neither XML nor gzip"),
        "empty": (b"", "is empty"),
        "news.eml": (mail().as_bytes(), "is a mail without a report"),
        "control.xml": (b"<\x1b[31m/>", "is not well-formed XML"),
    }


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can reach."""
    monkeypatch.setattr(report_files, "REPORT_LIMIT_BYTES", 100_000)
    monkeypatch.setattr(report_reader, "ELEMENTS_LIMIT", 1_000)


@pytest.mark.usefixtures("small_limits")
def test_what_is_hostile_costs_itself_alone(tmp_path: Path) -> None:
    """Each has its line, which says what is wrong; the report beside them is read; nothing is waited for."""
    hostile = _hostile()
    for name, (data, _) in hostile.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "good.xml").write_text(xml())
    (tmp_path / "linked.xml").symlink_to(tmp_path / "good.xml")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "fifo.xml")
    found = read(tmp_path)
    assert [report.place for report in found.reports] == [f"{tmp_path}/good.xml"]
    said = {one.place.removeprefix(f"{tmp_path}/").partition(":")[0]: str(one) for one in found.unread}
    expected = {name: why for name, (_, why) in hostile.items()}
    expected |= dict.fromkeys(("linked.xml", "loop"), "is a link, which is not followed")
    expected["fifo.xml"] = "is not a regular file"
    assert said.keys() == expected.keys()
    assert [name for name, why in expected.items() if why not in said[name]] == []
    assert "\x1b" not in "".join(said.values())


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    """It is said, as everything else is."""
    found = read_reports([tmp_path / "gone"])
    assert [str(one) for one in found.unread] == [f"{tmp_path}/gone: cannot be read (No such file or directory)"]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    """Run the command over one report of several senders, without asking SES."""
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "prod.yaml").write_text(FILE)
    rows = (
        row(1000, auth=signed("example.com", "t1", "bounce.us-east-1.example.com")),
        row(20, auth=signed("example.com", "old"), ip="192.0.2.9"),
        row(
            30,
            dkim="fail",
            spf="fail",
            auth=signed("<b>vendor</b>.example".replace("<", "&lt;"), "s"),
            ip="198.51.100.7",
        ),
        row(40, dkim="fail", spf="fail", auth=signed("mail.spammer.example", "s"), ip="198.51.100.8"),
        row(50, dkim="fail", spf="fail", ip="203.0.113.5"),
        row(60, dkim="fail", spf="fail", auth=signed("amazonses.com", "s"), ip="54.240.8.1"),
    )
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "r.xml").write_text(xml(*rows))
    options = ("--environments", str(folder), "--offline")
    return lambda *more: CliRunner().invoke(app, ["dmarc", "reports", str(tmp_path / "reports"), *options, *more])


def test_who_sends(run: Callable[..., Result], tmp_path: Path) -> None:
    """By what authenticated the mail; what the file names as not ours is told apart."""
    result = run("--format", "json", "--output", str(tmp_path / "r.html"))
    assert result.exit_code == 0, result.output
    (domain,) = json.loads(result.stdout)["domains"]
    shown = [(s["kind"], s["name"], s["messages"], s["dkim_aligned"], s["unaligned"]) for s in domain["sources"]]
    assert shown == [
        ("SES", "us-east-1", 1000, 1000, 0),
        ("SES, not our identity", "54.240.8.0/24", 60, 0, 60),
        ("not ours", "203.0.113.0/24", 50, 0, 50),
        ("not ours", "mail.spammer.example", 40, 0, 40),
        ("unknown", "<b>vendor</b>.example", 30, 0, 30),
        ("other key", "example.com, selector old", 20, 20, 0),
    ]
    page = (tmp_path / "r.html").read_text()
    assert "&lt;b&gt;vendor" in page
    assert "<b>" not in page


def test_a_parked_domain_whose_mail_passes_is_in_use(run: Callable[..., Result], tmp_path: Path) -> None:
    """In every form, with when it last did; mail that fails is forged, and no sign."""
    path = tmp_path / "environments" / "prod.yaml"
    parked = FILE[: FILE.index("domains:")] + "parked: [example.com]\n"
    path.write_text(parked)
    line = "parked in the file, and 1,020 of 1,200 messages pass, the last in a report to 2026-11-27: somebody sends"
    table = run("--output", str(tmp_path / "r.html"), "--output", str(tmp_path / "r.json"))
    assert (table.exit_code, table.stdout.splitlines()[1][: len(line) + 2]) == (0, f"  {line}")
    assert line in (tmp_path / "r.html").read_text()
    (domain,) = json.loads((tmp_path / "r.json").read_text())["domains"]
    assert (domain["parked"], domain["messages_aligned"]) == (True, 1020)
    (tmp_path / "reports" / "r.xml").write_text(xml(row(9, dkim="fail", spf="fail")))
    assert "parked in the file" not in run().stdout
    path.write_text(FILE)
    assert "parked in the file" not in run().stdout


def test_the_table_says_how_much_was_read(run: Callable[..., Result], tmp_path: Path) -> None:
    """Exit code 3 if something was not."""
    (tmp_path / "reports" / "empty").touch()
    result = run()
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "example.com: 1 report of 1 receiver, 2026-11-27 to 2026-11-27, 1,200 messages, 6 of 6 records read"
    )
    assert lines[1].split() == ["messages", "DKIM", "SPF", "neither", "sender"]
    assert lines[2].startswith("     1,000  1,000  1,000        0  SES: us-east-1 (192.0.2.1")
    assert lines[-2:] == ["1 report; 6 of 6 records read", f"  {tmp_path}/reports/empty: is empty"]


def test_without_parsedmarc_the_extra_is_named(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """Usage: nothing was read."""
    monkeypatch.setattr("mailproof.dmarc.reading.find_spec", lambda _: None)
    result = run()
    assert result.exit_code == 2
    assert "pip install 'mailproof[reports]'" in result.stderr


def test_regions_follow_from_the_tokens_of_ses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SES is asked for them; what it does not tell is said."""
    (tmp_path / "r.xml").write_text(
        xml(row(auth=signed("example.com", "T1")), row(3, auth=signed("example.com", "t9")))
    )
    environments = tmp_path / "environments"
    environments.mkdir()
    with world(environments, monkeypatch) as healthy:
        result = healthy.run_offline("dmarc", "reports", str(tmp_path / "r.xml"), "--format", "json")
        (domain,) = json.loads(result.stdout)["domains"]
        assert [source["name"] for source in domain["sources"]] == ["us-east-1", "example.com, selector t9"]
        healthy.aws.answers[GET_IDENTITY] = (500, {})
        result = healthy.run_offline("dmarc", "reports", str(tmp_path / "r.xml"), "--format", "json")
        assert result.exit_code == 0
        assert "its mail is told by MAIL FROM names alone" in result.stderr
