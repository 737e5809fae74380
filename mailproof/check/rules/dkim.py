"""
Rules about DKIM records.

Host names come from `Tokens` and `SigningHostedZone` of GetEmailIdentity, never from a table of regions.
"""

import base64
import re

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, api, dg, rule
from mailproof.live.answer import Absent, Answer, NameAnswer, texts_of
from mailproof.live.record_facts import ByoDkimFacts, DkimFacts, MxFacts

SES_DKIM_HOST = re.compile(r"(?:[a-z0-9-]+\.)*dkim\.(?:[a-z0-9-]+\.)?amazonses\.[a-z]{2,}(?:\.[a-z]{2})?")


@rule(
    "target-doubled-zone",
    Severity.ERROR,
    DkimFacts,
    MxFacts,
    meaning="The DNS host appended the zone to the target, which leads nowhere.",
    condition="The target is the wanted one with the zone's name behind it; of a DKIM record, or of a MAIL FROM MX.",
    expected="the target",
    observed="the target with the zone behind it",
    fix="Write the target with a trailing dot, or without it where the DNS host adds one.",
    source="RFC 1035 section 5.1",
)
def target_doubled_zone(facts: DkimFacts | MxFacts) -> RuleResult | None:
    """Compare the target with the wanted one and the zone behind it."""
    if not isinstance(facts.answer, Answer):
        return None
    wanted = (facts.target,) if isinstance(facts, DkimFacts) else facts.hosts
    found = [record if isinstance(record, str) else record.host for record in facts.answer.records]
    return next((RuleResult(host, found[0]) for host in wanted if found == [f"{host}.{facts.zone}"]), None)


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
    return RuleResult(facts.target, target or "") if token == facts.token and SES_DKIM_HOST.fullmatch(host) else None


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
    return RuleResult(facts.target, target) if target is not None else None


@rule(
    "dkim-cname-flattened",
    Severity.ERROR,
    DkimFacts,
    meaning="The DNS host answers addresses in place of the alias, so that no key is found behind it.",
    condition="No CNAME, but A or AAAA at the name.",
    expected="a CNAME",
    observed="addresses",
    fix="Switch proxying or flattening off for this record.",
    source=f"{api('API_VerificationInfo')} (TYPE_NOT_FOUND)",
)
def dkim_cname_flattened(facts: DkimFacts) -> RuleResult | None:
    """Look for addresses where the CNAME should be."""
    return RuleResult(f"CNAME {facts.target}", ", ".join(facts.addresses)) if facts.addresses else None


@rule(
    "dkim-cname-doubled-zone",
    Severity.ERROR,
    DkimFacts,
    meaning="The record stands at a name with the zone twice, where nobody looks.",
    condition="Absent, and the wanted CNAME is at the name with the zone behind it.",
    expected="at the name",
    observed="at the name with the zone behind it",
    fix="Enter the name without the zone where the DNS host adds it.",
    source=dg("troubleshoot-verification"),
)
def dkim_cname_doubled_zone(facts: DkimFacts) -> RuleResult | None:
    """Look for the record at the doubled name."""
    is_there = _is_wanted(facts.doubled, facts)
    return RuleResult(f"at {facts.name}", f"at {facts.name}.{facts.zone}") if is_there else None


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
    is_there = _is_wanted(facts.zone_level, facts)
    return RuleResult(f"at {facts.name}", f"at {facts.token}._domainkey.{facts.zone}") if is_there else None


def _is_wanted(answer: NameAnswer | None, facts: DkimFacts) -> bool:
    return isinstance(answer, Answer) and answer.records == (facts.target,)


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
    return RuleResult(f"CNAME {facts.target}", observed)


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
