"""`mailproof probe` on the emulator: from the call of SES to the verdict on what has arrived."""

import json
import re
import sys
from typing import Any

import pytest

from mailproof.change.errors import CommandError
from mailproof.check.judging import Findings
from mailproof.check.probed import Accepted, ProbedMessage, SeenMessage, SeenSignature
from mailproof.check.selection import Selection
from mailproof.live.aws.session import AwsSession
from mailproof.probe.plan import plan_probes
from mailproof.probe.sending import Sender
from tests.own_keys.sender import REGIONS
from tests.probe.conftest import Probed

HERE, THERE = REGIONS


def report(probed: Probed, *options: str) -> dict[str, Any]:
    """Send, and return the report."""
    found: dict[str, Any] = json.loads(probed.probe("--format", "json", *options).stdout)
    return found


def rules(probed: Probed, *options: str) -> dict[str, str]:
    """Send, and return region and rule of each finding, with what was observed."""
    found = report(probed, *options)["findings"]
    return {f"{finding['region']} {finding['rule']}": finding["observed"] for finding in found}


def test_every_message_is_right_beside_its_records(probed: Probed) -> None:
    """Signed by the domain and by SES, with the MAIL FROM of its region; the receiver says the same."""
    files = [probed.sender.folder.parent / name for name in ("report.json", "report.md")]
    found = probed.probe(*(f"--output={file}" for file in files))
    (row, _), text = json.loads(files[0].read_text())["messages"], files[1].read_text()
    assert row["message"] == "right"
    assert "2 identities" in text
    assert found.exit_code == 0, found.output
    for region in REGIONS:
        (row,) = [line for line in found.stdout.splitlines() if f" {region} " in line]
        domain = probed.sender.domain
        cells = [domain, region, "right", "right", domain, "dkim=pass spf=pass dmarc=pass"]
        assert re.split("  +", row) == cells
    assert "2 right, 0 not" in found.stdout
    seen = report(probed)["messages"]
    assert [row["mail_from"] for row in seen] == [f"bounce.{region}.{domain}" for region in REGIONS]
    assert [signature["domain"] for signature in seen[0]["signatures"]] == [domain, "amazonses.com"]


def test_what_records_do_not_show_is_named(probed: Probed) -> None:
    """Each is broken past the files, in one region; what it leaves is put right before the next."""
    domain, ses = probed.sender.domain, probed.ses(THERE)
    there = ("--region", THERE)

    probed.world.aws.set_ses_account(probed.world.account, THERE, SendingEnabled=False)
    assert "SendingPausedException" in rules(probed)[f"{THERE} message-refused"]
    probed.world.aws.set_ses_account(probed.world.account, THERE, SendingEnabled=True, ProductionAccessEnabled=False)
    assert "MessageRejected" in rules(probed, *there)[f"{THERE} message-refused"]
    probed.world.aws.set_ses_account(probed.world.account, THERE, ProductionAccessEnabled=True)

    ses.put_email_identity_dkim_attributes(EmailIdentity=domain, SigningEnabled=False)
    assert rules(probed) == {f"{THERE} message-not-signed": f"mail from {THERE} is signed by amazonses.com alone"}
    ses.put_email_identity_dkim_attributes(EmailIdentity=domain, SigningEnabled=True)

    address = f"shop@{domain}"
    ses.create_email_identity(EmailIdentity=address)
    probed.world.aws.verify_address(probed.world.account, THERE, address)
    assert rules(probed) == {  # the check knows of the address, and a message goes from it, too
        f"{THERE} message-mail-from-differs": f"all records are right, and mail from {THERE} leaves with the MAIL FROM "
        f"{THERE}.amazonses.com"
    }
    ses.put_email_identity_dkim_attributes(EmailIdentity=address, SigningEnabled=False)
    words = f"all records are right, and mail from {THERE} is signed by amazonses.com alone"
    assert rules(probed, "--from", "shop", *there)[f"{THERE} message-not-signed"] == words
    page = probed.sender.folder.parent / "masked.html"
    for options in (("--mask", f"--output={page}"), ("--mask", "--format", "json"), ("--mask", "--dry-run")):
        shown = probed.probe(*options, *there).stdout + page.read_text(encoding="utf-8")
        assert f"s...@{domain}" in shown
        assert address not in shown
        assert probed.address not in shown
    ses.delete_email_identity(EmailIdentity=address)
    assert rules(probed, *there) == {}

    ses.put_email_identity_mail_from_attributes(EmailIdentity=domain, MailFromDomain="")
    assert list(rules(probed, *there)) == [f"{THERE} message-mail-from-differs"]
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity=domain, MailFromDomain=f"other.{domain}", BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    assert "MailFromDomainNotVerifiedException" in rules(probed, *there)[f"{THERE} message-refused"]
    ses.put_email_identity_mail_from_attributes(EmailIdentity=domain, MailFromDomain=f"bounce.{THERE}.{domain}")

    selector = probed.world.identity(domain, THERE)["DkimAttributes"]["Tokens"][0]
    key = f"{selector}._domainkey.{domain}"
    probed.world.aws.add_dns_fault(key, "servfail")
    assert "could not be asked for: SERVFAIL" in rules(probed, *there)[f"{THERE} message-unanswered"]
    probed.world.aws.clear_dns_faults()
    other = probed.world.identity(domain, HERE)["DkimAttributes"]["Tokens"][0]
    probed.world.change("UPSERT", key, "CNAME", f"{other}.dkim.amazonses.com")
    assert (
        "(its key in DNS is not the one it was made with" in rules(probed, *there)[f"{THERE} message-signature-broken"]
    )
    probed.world.change("UPSERT", key, "CNAME", "gone.dkim.amazonses.com")
    assert rules(probed, *there) == {
        f"{THERE} message-signature-broken": f"{key} does not verify (there is no key at its name)"
    }


def test_a_receiver_that_judges_otherwise_is_quoted(probed: Probed) -> None:
    """What verifies here has failed there."""
    signature = SeenSignature(probed.sender.domain, "s1", is_aligned=True)
    seen = SeenMessage((signature,), "", "mx.example.net", {"dkim": "temperror", "dmarc": "fail"})
    environment = probed.sender.environment
    findings = Findings(environment)
    findings.judge_first(ProbedMessage(environment.domains[0], HERE, "a@b.example", seen, is_right_by_records=True))
    (found,) = findings.items
    assert (found.rule, found.observed) == ("message-dmarc-failed", "mx.example.net says dkim=temperror, dmarc=fail")


def test_a_message_that_does_not_come_is_not_called_lost(probed: Probed) -> None:
    """Accepted by SES, it may be late or elsewhere."""
    probed.address = "me@elsewhere.example"
    found = probed.probe()
    assert found.exit_code == 3
    assert "and not seen within 0 s" in found.stdout
    assert found.stdout.count("unknown message-not-seen") == 2


def test_an_inbox_that_fails_while_messages_are_under_way_is_asked_again(
    probed: Probed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is not given up: it may be there the next time, or the report says that it was not seen."""
    before: list[list[bytes]] = [[]]  # anything is sent

    def find(*_: object) -> list[bytes]:
        if not before:
            raise CommandError("--maildir: is away")
        return before.pop()

    monkeypatch.setattr("mailproof.probe.inboxes.Maildir.find", find)
    found = probed.probe()
    assert found.exit_code == 3
    assert "--maildir: is away" in found.stderr
    assert found.stdout.count("message-not-seen") == 2


def test_the_simulator_says_whether_ses_takes_mail(probed: Probed) -> None:
    """It works in the sandbox, too; nothing is sent without an answer, or by --dry-run."""
    for region in REGIONS:
        probed.world.aws.set_ses_account(probed.world.account, region, ProductionAccessEnabled=False)
    run = probed.sender.run
    before = len(probed.world.aws.sent())
    shown = run("probe", "--dry-run")
    assert (shown.exit_code, len(shown.stdout.splitlines())) == (0, 2)
    assert run("probe").exit_code == 2
    assert len(probed.world.aws.sent()) == before
    found = run("probe", "--yes")
    assert found.exit_code == 0, found.output
    assert "2 accepted, 0 not" in found.stdout
    assert len(probed.world.aws.sent()) == before + 2


def test_a_gate_sends_when_all_is_verified(probed: Probed) -> None:
    """Records and states are right, and SES refuses mail of one region."""
    right = probed.sender.run("wait", "--probe", "--timeout", "0")
    assert (right.exit_code, "2 of 2 messages are accepted" in right.stderr) == (0, True)
    fault = {"service": "sesv2", "operation": "SendEmail", "account": probed.world.account, "region": THERE}
    probed.world.aws.add_fault(**fault, code="MessageRejected", message="Not today.")
    wrong = probed.sender.run("wait", "--probe", "--timeout", "0")
    assert wrong.exit_code == 1
    assert "error message-refused" in wrong.stdout
    assert "all records are right, and SES refuses: MessageRejected (Not today.)" in wrong.stdout


def test_no_more_is_sent_a_second_than_the_account_may(probed: Probed, monkeypatch: pytest.MonkeyPatch) -> None:
    """SES would refuse the rest; and nothing at all goes if too few are left of a day's."""
    file = probed.sender.folder / "prod.yaml"
    names = ", ".join(f"{{name: {label}{probed.sender.domain}}}" for label in ("", "a.", "b."))
    file.write_text(f"{file.read_text().partition('domains:')[0]}domains: [{names}]\n")
    quota = {"Max24HourSend": 5, "MaxSendRate": 4, "SentLast24Hours": 3}
    probed.world.aws.set_ses_account(probed.world.account, HERE, SendQuota=quota)
    refused = probed.sender.run("probe", "--yes")
    assert refused.exit_code == 1
    assert f"prod, {HERE}: 3 messages, and SES takes 2 more in these 24 hours" in refused.output
    monkeypatch.setattr("mailproof.probe.sending.Sender._send", lambda *_: Accepted("1"))
    waits: list[float] = []
    probes = plan_probes([probed.sender.environment], Selection(regions=[THERE]))
    quota = {"Max24HourSend": 200, "MaxSendRate": 4, "SentLast24Hours": 0}
    probed.world.aws.set_ses_account(probed.world.account, THERE, SendQuota=quota)
    assert (
        Sender(lambda _: AwsSession(), "token", "to@example.com", waits.append).send_all(probes) == [Accepted("1")] * 3
    )
    assert waits == [0.25, 0.25]


def test_a_message_whose_signature_ses_would_spoil_is_not_sent(probed: Probed) -> None:
    """The domain is to sign itself, and its identity signs still: that is said, and nothing of it is AWS's fault."""
    probed.sender.written("{sign: self}").dkim("new-key", "--yes")
    before = len(probed.world.aws.sent())
    found = probed.probe()
    assert found.exit_code == 1, found.output
    assert "not signed (is sent by an identity that signs itself; write `dkim: {sign: self}`" in found.stdout
    assert "cannot be read" not in found.stdout
    assert len(probed.world.aws.sent()) == before


def test_a_missing_library_is_told_before_anything_is_sent(probed: Probed, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what installs it."""
    monkeypatch.setitem(sys.modules, "dkim", None)
    before = len(probed.world.aws.sent())
    found = probed.probe()
    assert found.exit_code == 2
    assert "pip install 'mailproof[explain]'" in found.stderr
    assert len(probed.world.aws.sent()) == before


def test_a_domain_that_sends_no_mail_is_named(probed: Probed) -> None:
    """Nothing to send is no proof, and no question."""
    file = probed.sender.folder / "prod.yaml"
    parked = f"parked.{probed.world.zone}"
    file.write_text(f"{file.read_text()}parked: [{parked}]\n")
    found = probed.sender.run("probe", "--domain", parked)
    assert (found.exit_code, found.stdout) == (0, "")
    assert "nothing to send: no identity of these domains in these regions; a parked domain" in found.stderr


def test_an_inbox_needs_an_address_and_imap_a_password(probed: Probed) -> None:
    """Before anything is asked or sent."""
    run = probed.sender.run
    assert run("probe", "--to", probed.address).exit_code == 2
    assert run("probe", "--maildir", str(probed.maildir)).exit_code == 2
    without = run("probe", "--to", probed.address, "--imap", "mail.example/me")
    assert without.exit_code == 2
    assert "MAILPROOF_IMAP_PASSWORD" in without.output
    probed.sender.world.aws.reset_calls()
    assert run("probe", "--to", probed.address, "--imap", "mail.example").exit_code == 2
    assert not probed.sender.world.aws.calls(probed.world.account)
