"""Does in a world what a fix says, as the person would who reads it."""

import copy
import re
from collections.abc import Callable
from typing import Any

import dns.name
import dns.rdatatype
import dns.zone

from mailproof.check.finding import Finding

RECORD = re.compile(r"`(?P<name>[^`\s]+)\. [0-9]+ IN (?P<type>CNAME|MX|TXT) (?P<value>[^`]+)`")
COMMAND = re.compile(r"`aws sesv2 (?P<operation>[a-z-]+) (?P<options>[^`]+)`")
TAKE_AWAY = re.compile(r"[Tt]ake (?:it|(?P<text>that one text)|the MX(?: \S+)?) away from (?P<name>[^\s:,]+)")
RESTART = "`mailproof wait --restart"
WAITS = frozenset({"PENDING", "TEMPORARY_FAILURE"})
MEANT = re.compile("spf1|dmarc1", re.IGNORECASE)
PLACEHOLDER = "PUBLIC_KEY"  # where only the owner of a key can say what is to be published
BY_A_PERSON = {
    "account-in-sandbox": "AWS grants it",
    "bimi-not-shown": "when the reports allow the next step",
    "mta-sts-differs": "a web server",
    "mta-sts-host-missing": "only API Gateway knows the target",
    "mta-sts-mx-missing": "a web server",
    "mta-sts-not-served": "a web server",
    "mta-sts-refuses-mail": "a web server",
    "mta-sts-unanswered": "nothing is known to be wrong",
    "spf-include-missing": "a command on the live set",
    "account-under-review": "AWS decides",
    "sending-paused": "AWS decides, or somebody has switched it off for a reason",
    "address-expired": "whoever reads the mail",
    "address-missing": "a deployment",
    "address-pending": "whoever reads the mail",
    "address-identity-overrides-domain": "whether the address is wanted",
    "configuration-set-blocks-sending": "which set is wanted",
    "delegation-elsewhere": "at the registrar, after all that is live has been entered",
    "delegation-arrived": "the file",
    "delegation-pending": "at the registrar, after all that is live has been entered",
    "delegation-missing": "at the registrar",
    "delegation-mixed": "whether the second provider is wanted",
    "dkim-key-differs": "a deployment",
    "dkim-given-key-missing": "only the holder of the identity knows its tokens",
    "self-signed-mail-rewritten": "which set is wanted",
    "dkim-not-a-replica": "whether it may be recreated",
    "dkim-pending": "waiting",
    "dkim-replica-failed": "in the region of the parent",
    "dkim-replica-out-of-step": "whether it may be recreated",
    "dkim-selector-unknown": "only the owner of the key knows it",
    "dns-unanswered": "nothing is known to be wrong",
    "dnssec-bogus": "at the signer or the registrar",
    "identity-missing": "a deployment or a repair, on AWS",
    "mail-from-pending": "waiting",
    "mail-from-temporary-failure": "the DNS host's availability",
    "ses-temporary-failure": "the DNS host's availability",
    "parked-domain-in-use": "whether the domain is in use",
    "record-below-delegation": "at other servers",
    "route53-unanswered": "a permission",
    "ses-unanswered": "a permission",
    "zone-inside-another": "nothing to repair",
    "zone-not-found": "the file",
    "zone-private": "the file",
}
"""What a machine cannot do, and why."""


def is_for_a_machine(finding: Finding) -> bool:
    """Tell whether a fix can be followed without knowing more."""
    return finding.rule not in BY_A_PERSON and PLACEHOLDER not in finding.fix


def follow(world: dict[str, Any], finding: Finding) -> None:
    """Do what a fix says, and let SES see it; of two ways the one without a change of the file."""
    todo = finding.fix.partition("Else ")[2] or finding.fix
    records, taken = list(RECORD.finditer(todo)), TAKE_AWAY.search(todo)
    command = COMMAND.search(todo) if not records else None
    is_restarted = RESTART in todo
    assert records or taken or command or is_restarted, f"{finding.rule} names nothing to do: {finding.fix}"
    if taken:
        keep = (lambda text: "DMARC1" not in text) if taken["text"] else (lambda _: False)
        edit(world, taken["name"], finding.type or "", keep)
    for record in records:
        keep = (lambda text: not MEANT.search(text)) if "beside the other texts" in todo else (lambda _: False)
        edit(world, record["name"], record["type"], keep, record["value"])
    if records or is_restarted:
        look_again(world, finding, starts_again=any(word in finding.fix for word in ("restart", "again")))
    if command:
        run(world, command["operation"], command["options"].split())


def edit(world: dict[str, Any], name: str, rdtype: str, keep: Callable[[str], bool], value: str = "") -> None:
    """Change one record set as a person would; nothing can be beside a CNAME."""
    world["dns"] = copy.deepcopy(world["dns"])
    held = [zone for zone in world["dns"] if f".{name}".endswith(f".{zone}")]
    origin = max(held, key=len) if held else ".".join(name.rsplit(".", 2)[1:])  # that of somebody who takes reports
    text = world["dns"].get(origin) or f"$TTL 300\n{origin}. SOA ns. hostmaster. 1 2 3 4 5\n{origin}. NS ns.\n"
    zone = dns.zone.from_text(text, origin, relativize=False, check_origin=False)
    owner = dns.name.from_text(name)
    kept = [rdata.to_text() for rdata in zone.get_rdataset(owner, rdtype) or () if keep(rdata.to_text())]
    if rdtype == "CNAME" and value:
        zone.delete_node(owner)
    zone.delete_rdataset(owner, "CNAME")
    zone.delete_rdataset(owner, rdtype)
    lines = [f"{name}. 300 IN {rdtype} {data}" for data in (*kept, *filter(None, [value]))]
    world["dns"][origin] = "\n".join([zone.to_text(relativize=False, want_origin=True), *lines, ""])


def look_again(world: dict[str, Any], finding: Finding, *, starts_again: bool) -> None:
    """SES looks for what it waits for; where it has given up, only if set-up is restarted."""
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
