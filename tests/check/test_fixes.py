"""A fix is a promise: what it names is done in every world, and the finding is gone, with none in its place."""

import copy
import re
from pathlib import Path
from typing import Any

import dns.name
import dns.rdatatype
import dns.zone
import pytest

from mailproof.check.finding import Finding
from tests.check.world import FOLDER, play, read_world

RECORD = re.compile(r"`(?P<name>\S+) (?P<type>CNAME|MX|TXT) (?P<value>[^`]+)`")
COMMAND = re.compile(r"`aws sesv2 (?P<operation>[a-z-]+) (?P<options>[^`]+)`")
WAITS = frozenset({"PENDING", "TEMPORARY_FAILURE"})
BY_A_PERSON = {
    "account-in-sandbox": "AWS grants it",
    "account-under-review": "AWS decides",
    "sending-paused": "AWS decides",
    "address-identity-overrides-domain": "whether the address is wanted",
    "configuration-set-blocks-sending": "which set is wanted",
    "delegation-elsewhere": "at the registrar, after all that is live has been entered",
    "delegation-missing": "at the registrar",
    "delegation-mixed": "whether the second provider is wanted",
    "dkim-own-key-wrong": "only the owner of the key has it",
    "dkim-pending": "waiting",
    "dkim-replica-failed": "in the region of the parent",
    "dkim-selector-unknown": "only the owner of the key knows it",
    "dmarc-alias-dangling": "at the target, or an alias that was wanted",
    "dmarc-differs": "whether the file or DNS is right",
    "dmarc-multiple-records": "which one is wanted",
    "dmarc-pct-ignored": "which policy was meant",
    "dmarc-removed-tags": "nothing to repair",
    "dmarc-report-address": "which address was meant",
    "dmarc-report-not-authorised": "the receiver of the reports publishes it",
    "dmarc-spf-never-aligns": "whether strict alignment is wanted",
    "dmarc-syntax": "what was meant",
    "dns-unanswered": "nothing is known to be wrong",
    "dnssec-bogus": "at the signer or the registrar",
    "domain-mx-is-feedback-host": "the domain's own mail host is not known",
    "identity-missing": "a deployment",
    "mail-from-differs": "a deployment, or the file",
    "mail-from-is-cname": "whether the alias is wanted",
    "mail-from-mx-points-elsewhere": "another name, in the file",
    "mail-from-pending": "waiting",
    "mail-from-temporary-failure": "the DNS host's availability",
    "ses-temporary-failure": "the DNS host's availability",
    "record-below-delegation": "at other servers",
    "route53-unanswered": "a permission",
    "ses-unanswered": "a permission",
    "spf-broken-behind-ses": "which terms are wanted",
    "spf-depends-on-message": "which terms are wanted",
    "spf-flattened": "which terms are wanted",
    "spf-multiple-records": "which terms are wanted",
    "spf-syntax": "what was meant",
    "spf-too-many-lookups": "which terms are wanted",
    "spf-void-lookups": "which terms are wanted",
    "mail-from-spf-wrong": "which terms are wanted",
    "zone-inside-another": "nothing to repair",
    "zone-not-found": "the file",
    "zone-private": "the file",
}
"""What a machine cannot do, and why."""
WORLDS = [path for path in sorted(FOLDER.glob("*.yaml")) if read_world(path)["expect"]]


@pytest.mark.parametrize("path", WORLDS, ids=[path.stem for path in WORLDS])
def test_the_fix_repairs(path: Path, tmp_path: Path) -> None:
    """All fixes of a world that a machine can follow, one after the other; what is left is for a person."""
    world = read_world(path)
    before = list(play(world, tmp_path).findings)
    repaired = [finding for finding in before if finding.rule not in BY_A_PERSON]
    if not repaired:
        return
    for finding in repaired:
        follow(world, finding)
    after = list(play(world, tmp_path).findings)
    if any("then publish" in finding.fix for finding in repaired):  # what there is to publish is known only now
        for finding in after:
            follow(world, finding)
        after = list(play(world, tmp_path).findings)
    assert {_subject(finding) for finding in after} <= {_subject(f) for f in before if f not in repaired}


def test_mail_from_is_set_again_as_the_file_has_it(tmp_path: Path) -> None:
    """What SES does with mail while the MX is not right, too: whoever asked for refusal must not lose it by a fix."""
    world = read_world(FOLDER / "mail-from-failed-set-up-again.yaml")
    own = "mail_from: {name: 'bounce.{region}', on_mx_failure: reject_message}"
    world["environment"] = world["environment"].replace("name: example.com", f"name: example.com\n  {own}")
    (finding,) = play(world, tmp_path).findings
    assert "--behavior-on-mx-failure REJECT_MESSAGE`" in finding.fix


def _subject(finding: Finding) -> tuple[Any, ...]:
    return (finding.rule, finding.domain, finding.region, finding.name, finding.type)


def follow(world: dict[str, Any], finding: Finding) -> None:
    """Do what a fix says, and let SES see it."""
    record, command = RECORD.search(finding.fix), COMMAND.search(finding.fix)
    assert record or command, f"{finding.rule} names nothing to do: {finding.fix}"
    if record:
        publish(world, record["name"], record["type"], record["value"])
        look_again(world, finding, starts_again="again" in finding.fix)
    if command:
        run(world, command["operation"], command["options"].split())


def publish(world: dict[str, Any], name: str, rdtype: str, value: str) -> None:
    """Enter a record as a person would: alone at its name and type; nothing can be beside a CNAME."""
    world["dns"] = copy.deepcopy(world["dns"])
    origin = max((zone for zone in world["dns"] if f".{name}".endswith(f".{zone}")), key=len)
    zone = dns.zone.from_text(world["dns"][origin], origin, relativize=False, check_origin=False)
    owner = dns.name.from_text(name)
    if rdtype == "CNAME":
        zone.delete_node(owner)
    zone.delete_rdataset(owner, "CNAME")
    zone.delete_rdataset(owner, rdtype)
    text = zone.to_text(relativize=False, want_origin=True)
    host = f"{value}." if rdtype in {"CNAME", "MX"} else value
    world["dns"][origin] = f"{text}\n{name}. 300 IN {rdtype} {host}\n"


def look_again(world: dict[str, Any], finding: Finding, *, starts_again: bool) -> None:
    """SES looks for what it waits for; where it has given up, only if set-up is started again."""
    for region in (world.get("ses") or {}).values():
        identity = region.get("identities", {}).get(finding.domain) if isinstance(region, dict) else None
        for part, key in (("DkimAttributes", "Status"), ("MailFromAttributes", "MailFromDomainStatus")):
            attributes = (identity or {}).get(part, {})
            if attributes.get(key) in WAITS | ({"FAILED"} if starts_again else set()):
                attributes[key] = "SUCCESS"


def run(world: dict[str, Any], operation: str, words: list[str]) -> None:
    """Carry out a command of the AWS CLI."""
    options = dict(zip(words[::2], words[1::2], strict=False))
    identity = world["ses"][options["--region"]]["identities"][options["--email-identity"]]
    dkim, mail_from = identity["DkimAttributes"], identity.setdefault("MailFromAttributes", {})
    if operation == "put-email-identity-dkim-attributes":
        dkim["SigningEnabled"] = "--signing-enabled" in words
    elif operation == "put-email-identity-mail-from-attributes":
        mail_from |= {"MailFromDomain": options["--mail-from-domain"], "MailFromDomainStatus": "SUCCESS"}
    else:
        assert operation == "put-email-identity-dkim-signing-attributes"
        dkim |= {"Status": "SUCCESS", "SigningEnabled": True, "SigningAttributesOrigin": "AWS_SES"}
        if "--signing-attributes" in options:
            dkim["CurrentSigningKeyLength"] = options["--signing-attributes"].partition("=")[2]
