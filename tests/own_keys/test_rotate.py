"""The exchange of a key on the emulator: every step waits for its proof, and mail is signed all along."""

import json
from dataclasses import replace

from mailproof.check.restart import DKIM_RULE, Restarter
from mailproof.model.txt import quote_txt
from tests.check.test_wait import finding
from tests.model.keys import OTHER_PUBLIC_KEY
from tests.own_keys.sender import REGIONS, Sender

HERE, THERE = REGIONS


def _step(sender: Sender, *options: str) -> str:
    result = sender.dkim("rotate", "--yes", *options)
    assert result.exit_code == 0, result.output
    return result.output


def _held(sender: Sender) -> str:
    before = sender.keys
    result = sender.dkim("rotate", "--yes")
    assert (result.exit_code, sender.keys) == (1, before), result.output
    return result.output


def test_a_sender_changes_over_at_once(sender: Sender) -> None:
    """Nothing that can be asked shows with which key a sender signs: that is said before the old one is out of use."""
    sender.written("{sign: self}").made()
    _step(sender, "--begin")
    assert f"TXT {sender.keys[0]['selector']}._domainkey" in _held(sender)
    sender.deploy()
    _step(sender)
    assert [key.get("regions") for key in sender.keys] == [list(REGIONS), None]
    assert "the DKIM-Signature of a message" in _step(sender)
    assert "unused_since" in sender.keys[1]


def test_an_old_record_is_not_revoked_while_a_region_signs_with_it(sender: Sender) -> None:
    """Though a week has passed and the file says otherwise: somebody has deployed an older state."""
    sender.made()
    _step(sender, "--begin")
    before = sender.keys
    sender.deploy()
    for _ in REGIONS:
        _step(sender)
        sender.deploy()
    _step(sender)
    sender.age(8)
    after = sender.keys
    sender.write_keys(before)
    sender.deploy()
    sender.write_keys(after)
    assert f"stack of {sender.domain} in {THERE} holds the key s1" in _held(sender)


def test_what_could_not_be_asked_holds_the_step(sender: Sender) -> None:
    """It is not taken for proved, nor for wrong."""
    sender.made()
    _step(sender, "--begin")
    sender.deploy()
    sender.world.aws.add_dns_fault(f"{sender.keys[0]['selector']}._domainkey.{sender.domain}", "servfail")
    result = sender.dkim("rotate", "--yes")
    assert result.exit_code == 3, result.output
    assert "could not ask: TXT" in result.output


def test_a_plan_changes_nothing(sender: Sender) -> None:
    """It shows the keys and the step."""
    sender.made()
    before = sender.keys
    result = sender.dkim("rotate", "--plan", "--begin")
    assert (result.exit_code, sender.keys) == (0, before)
    assert f"{sender.domain}: s1: signs in us-east-1, eu-west-1" in result.output


def test_a_deleted_identity_comes_back_with_its_own_key(sender: Sender) -> None:
    """By the stack, which reads the secret anew; its record is not touched."""
    sender.made()
    sender.world.client("sesv2").delete_email_identity(EmailIdentity=sender.domain)
    result = sender.run("repair", "--yes")
    assert result.exit_code == 0, result.output
    assert sender.signature() == f"s1@{sender.domain}"


def test_mail_leaves_unsigned_between_two_ways(sender: Sender) -> None:
    """SES signs with neither until it has found the new record, and sends all the same: the guard asks before."""
    sender.written("{}").deploy()
    assert sender.signature().endswith(f"@{sender.domain}")
    assert sender.written("{key: own}").dkim("new-key", "--yes", "--selector", "s1").exit_code == 0
    sender.world.aws.add_dns_fault(f"s1._domainkey.{sender.domain}", "nxdomain")
    sender.deploy()
    assert (sender.world.dkim_status(), sender.signature()) == ("PENDING", "")
    sender.world.aws.clear_dns_faults()
    assert sender.signature() == f"s1@{sender.domain}"


def test_set_up_that_ses_gave_up_starts_again_from_the_secret(sender: Sender) -> None:
    """The record came too late: what `wait --restart` does gives SES the key once more."""
    sender.world.aws.add_dns_fault(f"s1._domainkey.{sender.domain}", "nxdomain")
    sender.made()
    sender.world.aws.advance_clock(80 * 3600)
    assert sender.world.dkim_status() == "FAILED"
    sender.world.aws.clear_dns_faults()
    found = json.loads(sender.run("check", "--format", "json").stdout)["findings"]
    failed = [replace(finding(each["rule"], domain=sender.domain), region=each["region"]) for each in found]
    assert {each.rule for each in failed} == {DKIM_RULE}
    lines: list[str] = []
    Restarter(lambda _, *of: sender.world.client(*of), lines.append).restart(sender.environment, failed)
    assert lines == [f"{sender.domain} {region}: DKIM restarted" for region in REGIONS]
    assert [sender.world.dkim_status(region) for region in REGIONS] == ["SUCCESS", "SUCCESS"]


def test_the_record_of_a_domain_that_left_goes_with_its_identity(sender: Sender) -> None:
    """The key file still has its selector; without that the record stays, and is named."""
    sender.made()
    text = (sender.folder / "prod.yaml").read_text().replace("dkim: {key: own}", "dkim: {}")
    (sender.folder / "prod.yaml").write_text(text.replace(f"name: {sender.domain},", f"name: other.{sender.domain},"))
    sender.deploy()
    result = sender.run("prune", "--region", HERE)
    assert result.exit_code == 0, result.output
    assert f"TXT record 's1._domainkey.{sender.domain}'" in result.stdout
    (sender.folder / "prod.keys.json").unlink()
    assert f"the record of the own key of '{sender.domain}' stays" in sender.run("prune", "--region", HERE).stdout


def test_records_and_exports_tell_the_record_without_asking_ses(sender: Sender) -> None:
    """Before anything is deployed, for another DNS provider."""
    assert sender.dkim("new-key", "--yes", "--selector", "s1").exit_code == 0
    result = sender.run("records", "--format", "zone")
    (line,) = [line for line in result.stdout.splitlines() if "s1._domainkey" in line]
    assert (result.exit_code, '"v=DKIM1; k=rsa; p=MIIB' in line) == (0, True)


def test_check_proves_that_the_record_is_the_key(sender: Sender) -> None:
    """Another key at its name is wrong, whatever SES says."""
    sender.made()
    assert sender.run("check").exit_code == 0
    other = f"v=DKIM1; k=rsa; p={OTHER_PUBLIC_KEY}"
    sender.world.change("UPSERT", f"s1._domainkey.{sender.domain}", "TXT", quote_txt(other))
    result = sender.run("check", "--format", "json")
    (finding,) = [each for each in json.loads(result.stdout)["findings"] if each["severity"] == "error"]
    assert (finding["rule"], finding["region"]) == ("dkim-own-key-wrong", None)
