"""
Rules about DKIM records.

Host names come from `Tokens` and `SigningHostedZone` of GetEmailIdentity, never from a table of regions.
"""

import re

from mailproof.check.finding import Severity
from mailproof.check.misplaced import find_misplaced, is_key_of
from mailproof.check.rule import DOUBLED_FIX, RuleResult, api, dg, rule
from mailproof.check.wanted import enter, or_behind_alias, publish, put_right, wanted_record, wanted_text
from mailproof.live.answer import Absent, Answer, texts_of
from mailproof.live.dkim_key import is_revoked, key_fault, repaired_key
from mailproof.live.elsewhere import Place, doubled_names
from mailproof.live.record_facts import ByoDkimFacts, DkimFacts, MxFacts
from mailproof.model.own_key import OwnKey

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
    observed="the target with the zone appended",
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
    fix = put_right(facts.deployed_by, f"{DOUBLED_TARGET_FIX} What has to be seen is {wanted_record(facts)}.")
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
    fix = f"Use the host that SES names for this region: {wanted_record(facts)}."
    return RuleResult(facts.target, target or "", put_right(facts.deployed_by, fix))


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
    fix = put_right(facts.deployed_by, f"Correct the target: {wanted_record(facts)}.")
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
    fix = put_right(facts.deployed_by, f"{FLATTENED_FIX} What has to be seen is {wanted_record(facts)}.")
    if facts.addresses:
        return RuleResult(f"CNAME {facts.target}", ", ".join(facts.addresses), fix)
    behind = [txt.text for txt in texts_of(facts.target_texts)]
    copies = [txt.text for txt in texts_of(facts.texts) if txt.text in behind]
    return RuleResult(f"CNAME {facts.target}", f"the TXT of its target: {copies[0]}", fix) if copies else None


@rule(
    "dkim-cname-doubled-zone",
    Severity.ERROR,
    DkimFacts,
    meaning="The record is at a name with the zone or a label appended once too often, where nobody looks.",
    condition="Absent, and the wanted CNAME is at the name with a zone of the files, or its last label once more, "
    "behind it.",
    expected="at the name",
    observed="at the name with the zone appended",
    fix=DOUBLED_FIX,
    source=dg("troubleshoot-verification"),
)
def dkim_cname_doubled_zone(facts: DkimFacts) -> RuleResult | None:
    """Look for the record at the doubled name."""
    if found := find_misplaced(facts, Place.DOUBLED):
        return RuleResult(f"at {facts.name}", f"at {found.name}", enter(facts, wanted_record(facts), found.name))
    return None


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
    if found := find_misplaced(facts, Place.WRONG_LEVEL):
        return RuleResult(f"at {facts.name}", f"at {found.name}", enter(facts, wanted_record(facts), found.name))
    return None


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
    fix = publish(facts.deployed_by, wanted_record(facts))
    if texts:
        fix = put_right(
            facts.deployed_by, f"Put {wanted_record(facts)} in the place of that TXT: both cannot be there."
        )
    return RuleResult(f"CNAME {facts.target}", observed, fix)


@rule(
    "dkim-given-key-missing",
    Severity.ERROR,
    DkimFacts,
    meaning="Receivers find no key for the signature, though the record is as the file has it.",
    condition="The file has the tokens of an identity of another account (`identity`), and behind the record there is "
    "no key: token or host are wrong, or the identity is gone.",
    expected="a key behind the record",
    observed="none, or a text that is not a key",
    fix="Compare `tokens` and `host` with what GetEmailIdentity says in the account that holds the identity.",
    source=api("API_DkimAttributes"),
)
def dkim_given_key_missing(facts: DkimFacts) -> RuleResult | None:
    """Look behind the record."""
    if facts.key is None or any(not key_fault(txt.text) for txt in texts_of(facts.key)):
        return None
    show = f"`aws sesv2 get-email-identity --email-identity {facts.domain} --query DkimAttributes`"
    what = "what the holder of the identity gets by"
    fix = f"Compare `tokens` and `host` in the file with {what} {show}, with `--region {facts.region}`."
    return RuleResult(f"a key at {facts.target}", ", ".join(txt.text for txt in texts_of(facts.key)), fix)


@rule(
    "dkim-own-key-wrong",
    Severity.ERROR,
    ByoDkimFacts,
    meaning="Receivers find no key, or another, for the signature that is made with the key you brought.",
    condition="The file has an own key, or SES signs with one (`SigningAttributesOrigin` EXTERNAL), and TXT at the "
    "selector is absent, not exactly one, unreadable, its `p=` is empty, or not that of the file. Of a key that is "
    "revoked: `p=` is not empty. The selector is that of the file; only where it has none, the one that SES names.",
    expected="one key record",
    observed="what is there",
    fix="Publish the public key of the key that mail is signed with.",
    source="RFC 6376 section 3.6.1",
)
def dkim_own_key_wrong(facts: ByoDkimFacts) -> RuleResult | None:
    """Read the key record."""
    if facts.key and facts.key.is_revoked:
        return _not_revoked(facts)
    if isinstance(facts.answer, Absent):
        fix = publish(facts.deployed_by, _own_key(facts))
        return _key_elsewhere(facts) or RuleResult(observed="none", fix=fix)
    texts = texts_of(facts.answer)
    right = [txt.text for txt in texts if is_key_of(facts.key, txt.text)]
    if not texts or len(right) == len(texts) == 1:
        return None
    if facts.key:
        return _other_key(facts, facts.key)
    right = right or list(filter(None, map(repaired_key, texts)))
    place = or_behind_alias(facts.answer)
    fix = ""
    if len(right) == 1:
        record = f"{wanted_text(facts.name, right[0])}{place}"
        fix = f"Correct the record: {record}." if len(texts) == 1 else f"Leave only one record: {record}."
    if len(texts) > 1:
        return RuleResult("one key record", f"{len(texts)} TXT records", fix or f"Leave only {_own_key(facts)}.")
    fix = fix or f"{'Publish' if place else 'Put in its place'} {_own_key(facts)}."
    return RuleResult("one key record", f"{key_fault(texts[0].text)}: {texts[0].text}", fix)


def _not_revoked(facts: ByoDkimFacts) -> RuleResult | None:
    """Look for a key where there should be none any more; without a record receivers find none as well."""
    live = [txt.text for txt in texts_of(facts.answer) if not is_revoked(txt.text)]
    fix = put_right(facts.deployed_by, f"Put {_own_key(facts)} in its place.")
    return RuleResult("no key (`p=` empty)", ", ".join(live), fix) if live else None


def _other_key(facts: ByoDkimFacts, key: OwnKey) -> RuleResult:
    """Say that what is there is not the key of the file."""
    texts = [txt.text for txt in texts_of(facts.answer)]
    fix = put_right(facts.deployed_by, f"Put {_own_key(facts)} in its place.")
    if len(texts) > 1:
        fix = put_right(facts.deployed_by, f"Leave only {_own_key(facts)}.")
        return RuleResult("one key record", f"{len(texts)} TXT records", fix)
    fault = key_fault(texts[0]) or "another key"
    return RuleResult(f"the key of selector {key.selector}", f"{fault}: {texts[0]}", fix)


def _key_elsewhere(facts: ByoDkimFacts) -> RuleResult | None:
    """Look for the key where people enter records by mistake; directly below the zone it may be another's."""
    for place in Place:
        if found := find_misplaced(facts, place):
            record = wanted_text(facts.name, texts_of(found.answer)[0].text)  # type: ignore[arg-type]
            fix = f"If SES signs with the key at {found.name}, publish {record}; else publish {_own_key(facts)}."
            if place is Place.DOUBLED:
                fix = enter(facts, record, found.name)
            return RuleResult("one key record", f"none, but one at {found.name}", fix)
    return None


def _own_key(facts: ByoDkimFacts) -> str:
    """Write the record of a key: that of the file, or of a key that only its owner has, and how he gets at it."""
    if facts.key:
        return f"{wanted_text(facts.name, facts.key.record)}{or_behind_alias(facts.answer)}"
    record = f"{wanted_text(facts.name, 'v=DKIM1; k=rsa; p=PUBLIC_KEY')}{or_behind_alias(facts.answer)}"
    command = "openssl pkey -in KEY.pem -pubout -outform DER | openssl base64 -A"
    return f"{record}, where PUBLIC_KEY is what `{command}` makes of the private key that SES signs with"
