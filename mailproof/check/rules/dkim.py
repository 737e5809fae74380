"""
Rules about DKIM records.

Host names come from `Tokens` and `SigningHostedZone` of GetEmailIdentity, never from a table of regions.
"""

import base64
import re

from mailproof.check.finding import Severity
from mailproof.check.misplaced import find_misplaced
from mailproof.check.rule import DOUBLED_FIX, RuleResult, api, dg, rule
from mailproof.check.wanted import wanted_record
from mailproof.live.answer import Absent, Answer, texts_of
from mailproof.live.elsewhere import Place, doubled_names
from mailproof.live.record_facts import ByoDkimFacts, DkimFacts, MxFacts

FLATTENED_FIX = "Switch proxying or flattening off for this record."
DOUBLED_TARGET_FIX = "Write the target with a trailing dot, or without it where the DNS host adds one."
SES_DKIM_HOST = re.compile(r"(?:[a-z0-9-]+\.)*dkim\.(?:[a-z0-9-]+\.)?amazonses\.[a-z]{2,}(?:\.[a-z]{2})?")


@rule(
    "target-doubled-zone",
    Severity.ERROR,
    DkimFacts,
    MxFacts,
    meaning="Something was appended to the target, which leads nowhere.",
    condition="The target is the wanted one with a zone of the files, or its last label once more, behind it; of a "
    "DKIM record, or of a MAIL FROM MX.",
    expected="the target",
    observed="the target with the zone behind it",
    fix=DOUBLED_TARGET_FIX,
    source="RFC 1035 section 5.1",
)
def target_doubled_zone(facts: DkimFacts | MxFacts) -> RuleResult | None:
    """Compare the target with the wanted one and what may stand behind it."""
    if not isinstance(facts.answer, Answer):
        return None
    wanted = (facts.target,) if isinstance(facts, DkimFacts) else facts.hosts
    found = [record if isinstance(record, str) else record.host for record in facts.answer.records]
    host = next((host for host in wanted if len(found) == 1 and found[0] in doubled_names(host, facts.zones)), None)
    fix = f"{DOUBLED_TARGET_FIX} What has to be seen is {wanted_record(facts)}."
    return RuleResult(host, found[0], fix) if host else None


def _other_target(facts: DkimFacts) -> str | None:
    """Return the target found, if it is not the wanted one."""
    found = facts.answer.records if isinstance(facts.answer, Answer) else (facts.target,)
    return None if found == (facts.target,) else ", ".join(found)


@rule(
    "dkim-target-wrong-region",
    Severity.ERROR,
    DkimFacts,
    meaning="The record names SES's DKIM host of other regions, where this key is not.",
    condition="The right token, at another of SES's DKIM hosts.",
    expected="the token at the host that SES names for this region",
    observed="the target",
    fix="Use the host that SES names for this region.",
    source=f"{api('API_DkimAttributes')} (SigningHostedZone)",
)
def dkim_target_wrong_region(facts: DkimFacts) -> RuleResult | None:
    """Look for the right token at a host of another region."""
    target = _other_target(facts)
    token, _, host = (target or "").partition(".")
    if token != facts.token or not SES_DKIM_HOST.fullmatch(host):
        return None
    return RuleResult(
        facts.target, target or "", f"Use the host that SES names for this region: {wanted_record(facts)}."
    )


@rule(
    "dkim-cname-points-elsewhere",
    Severity.ERROR,
    DkimFacts,
    meaning="Receivers find no key, or another one, where the signature names this record.",
    condition="Any other target, another token's included.",
    expected="the target",
    observed="another target",
    fix="Correct the target.",
    source=f"RFC 6376 section 3.6.2.1; {dg('send-email-authentication-dkim-easy')}",
)
def dkim_cname_points_elsewhere(facts: DkimFacts) -> RuleResult | None:
    """Look for any other target."""
    target = _other_target(facts)
    fix = f"Correct the target: {wanted_record(facts)}."
    return RuleResult(facts.target, target, fix) if target is not None else None


@rule(
    "dkim-cname-flattened",
    Severity.ERROR,
    DkimFacts,
    meaning="The DNS host answers what is behind the alias in its place: SES does not verify the domain.",
    condition="No CNAME, but A or AAAA at the name, or a TXT that equals the one at the target: receivers find the "
    "key, and SES, which looks for the CNAME, does not.",
    expected="a CNAME",
    observed="addresses, or the TXT of its target",
    fix=FLATTENED_FIX,
    source=f"{api('API_VerificationInfo')} (TYPE_NOT_FOUND)",
)
def dkim_cname_flattened(facts: DkimFacts) -> RuleResult | None:
    """Look for what is behind the CNAME where the CNAME should be."""
    fix = f"{FLATTENED_FIX} What has to be seen is {wanted_record(facts)}."
    if facts.addresses:
        return RuleResult(f"CNAME {facts.target}", ", ".join(facts.addresses), fix)
    behind = [txt.text for txt in texts_of(facts.target_texts)]
    copies = [txt.text for txt in texts_of(facts.texts) if txt.text in behind]
    return RuleResult(f"CNAME {facts.target}", f"the TXT of its target: {copies[0]}", fix) if copies else None


@rule(
    "dkim-cname-doubled-zone",
    Severity.ERROR,
    DkimFacts,
    meaning="The record stands at a name with something behind it once more, where nobody looks.",
    condition="Absent, and the wanted CNAME is at the name with a zone of the files, or its last label once more, "
    "behind it.",
    expected="at the name",
    observed="at the name with the zone behind it",
    fix=DOUBLED_FIX,
    source=dg("troubleshoot-verification"),
)
def dkim_cname_doubled_zone(facts: DkimFacts) -> RuleResult | None:
    """Look for the record at the doubled name."""
    where = find_misplaced(facts, Place.DOUBLED)
    fix = f"{DOUBLED_FIX} What has to be seen is {wanted_record(facts)}."
    return RuleResult(f"at {facts.name}", f"at {where}", fix) if where else None


@rule(
    "dkim-cname-wrong-level",
    Severity.ERROR,
    DkimFacts,
    meaning="The record stands below the zone instead of below the domain, where nobody looks.",
    condition="Absent, and the wanted CNAME is directly below the zone while the domain lies deeper.",
    expected="at the name",
    observed="directly below the zone",
    fix="Move the record below the domain.",
    source="RFC 6376 section 3.6.2.1",
)
def dkim_cname_wrong_level(facts: DkimFacts) -> RuleResult | None:
    """Look for the record directly below the zone."""
    where = find_misplaced(facts, Place.WRONG_LEVEL)
    fix = f"Move the record below the domain: {wanted_record(facts)}."
    return RuleResult(f"at {facts.name}", f"at {where}", fix) if where else None


@rule(
    "dkim-cname-missing",
    Severity.ERROR,
    DkimFacts,
    meaning="Receivers find no key for the signature; SES does not verify the domain, or will stop signing.",
    condition="Absent; `observed` says if a TXT record is there instead.",
    expected="a CNAME",
    observed="none",
    fix="Publish the record.",
    source=dg("send-email-authentication-dkim-easy"),
)
def dkim_cname_missing(facts: DkimFacts) -> RuleResult | None:
    """Report a record that is not there."""
    if not isinstance(facts.answer, Absent):
        return None
    texts = texts_of(facts.texts)
    observed = f"none, but TXT {texts[0].text!r}" if texts else "none"
    instead = " in the place of that TXT, which cannot be beside it" if texts else ""
    return RuleResult(f"CNAME {facts.target}", observed, f"Publish {wanted_record(facts)}{instead}.")


@rule(
    "dkim-own-key-wrong",
    Severity.ERROR,
    ByoDkimFacts,
    meaning="Receivers find no key for the signature that SES makes with the key you brought.",
    condition="`SigningAttributesOrigin` is EXTERNAL, and TXT at the selector is absent, not exactly one, unreadable, "
    "or its `p=` is empty.",
    expected="one key record",
    observed="what is there",
    fix="Publish the public key of the key that SES signs with.",
    source="RFC 6376 section 3.6.1",
)
def dkim_own_key_wrong(facts: ByoDkimFacts) -> RuleResult | None:
    """Read the key record."""
    if isinstance(facts.answer, Absent):
        return RuleResult(observed="none")
    texts = texts_of(facts.answer)
    if not texts:
        return None
    if len(texts) > 1:
        return RuleResult(observed=f"{len(texts)} TXT records")
    fault = _key_fault(texts[0].text)
    return RuleResult(observed=f"{fault}: {texts[0].text}") if fault else None


def _key_fault(text: str) -> str:
    """Say why a key record cannot be used; empty if it can."""
    pairs = [tuple(map(str.strip, part.split("=", 1))) for part in text.split(";") if part.strip()]
    tags = {pair[0]: pair[1] for pair in pairs if len(pair) > 1}
    if len(tags) < len(pairs) or "p" not in tags:
        return "unreadable"
    if "v" in tags and (tags["v"] != "DKIM1" or pairs[0][0] != "v"):
        return "another version"
    key = "".join(tags["p"].split())
    if not key:
        return "revoked, p= is empty"
    return "" if _is_key(key) else "p= is no key"


def _is_key(text: str) -> bool:
    """Tell whether a text holds one whole public key; one that was cut short does not."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 -- few domains bring a key of their own
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 -- as above

    try:
        load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
