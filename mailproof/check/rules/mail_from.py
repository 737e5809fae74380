"""
Rules about a MAIL FROM name and its MX.

Wanted: exactly one MX, preference free, to SES's feedback host, and one SPF record that lets SES pass
(`mailproof.check.rules.spf`).
"""

import re
from collections.abc import Sequence

from mailproof.check.finding import Severity
from mailproof.check.rule import RuleResult, dg, rule
from mailproof.check.wanted import expected_record, mx_record, publish, put_right, replace_alias, wanted_record
from mailproof.live.answer import Absent, Answer
from mailproof.live.elsewhere import doubled_names
from mailproof.live.record_facts import AliasFacts, MxFacts
from mailproof.model.record_kind import MAIL_FROM_MX

FEEDBACK_HOST = re.compile(
    r"feedback-smtp\.[a-z0-9-]+\.amazonses\.[a-z]{2,}|feedback-smtp\.ses\.[a-z0-9-]+\.amazonaws\.com\.cn"
)


FEEDBACK_PREFIX = "feedback-smtp."  # of a host that was meant to be SES's: nobody else's mail comes in there
NULL_MX = "the null MX"
ONLY_WANTED = "Leave only the wanted MX."
ANOTHER_NAME = "Give SES a name that receives no other mail: choose another `mail_from`."


def fix_of_others(name: str, found: Sequence[str], wanted: Sequence[str]) -> str:
    """
    Say what to do about an MX that is not SES's: `check` and `preflight` say the same.

    Args:
        name: The MAIL FROM name.
        found: Hosts of its MX.
        wanted: Hosts of which one is right.
    """
    right = next((host for host in wanted if host in found), None)
    if right:
        only = mx_record(name, right)
        return f"Leave only the wanted MX, {only}; if mail of others comes in at this name, choose another `mail_from`."
    if not any(found):
        return f"Put {mx_record(name, wanted[0])} in the place of {NULL_MX}."
    if all(host.startswith(FEEDBACK_PREFIX) for host in found):
        return f"Correct the host: {mx_record(name, wanted[0])}."
    return f"{ANOTHER_NAME} If none comes in at this one any more, put {mx_record(name, wanted[0])} in its place."


@rule(
    "mail-from-is-cname",
    Severity.ERROR,
    AliasFacts,
    meaning="An alias has no records of its own: SES and receivers see those of its target.",
    condition="The MAIL FROM name is a CNAME. Nothing else is reported at that name.",
    expected="MX and TXT of its own",
    observed="alias of another name",
    fix="If the CNAME is to stay, choose another `mail_from`. Else put the wanted records in its place.",
    source="RFC 1034 section 3.6.2",
)
def mail_from_is_cname(facts: AliasFacts) -> RuleResult | None:
    """Look for an alias."""
    if facts.alias is None:
        return None
    records = list(map(expected_record, facts.wanted))
    fix = put_right(facts.deployed_by, replace_alias(f"{MAIL_FROM_MX.leave_out} in the file", *records))
    if facts.wildcard:
        fix = _beside_wildcard(facts, " and ".join(records))
    return RuleResult(observed=f"alias of {facts.alias}", fix=fix)


def _beside_wildcard(facts: AliasFacts | MxFacts, record: str) -> str:
    """Say how a name gets records of its own: a wildcard answers only for names that have none (RFC 4592)."""
    return f"{publish(facts.deployed_by, record)} What answers now is the wildcard {facts.wildcard}, which can stay."


def _put_right(facts: MxFacts, todo: str) -> str:
    return _beside_wildcard(facts, wanted_record(facts)) if facts.wildcard else put_right(facts.deployed_by, todo)


@rule(
    "mail-from-mx-extra",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify a MAIL FROM domain with more than one MX; SPF then does not align.",
    condition="More than one MX, even if one is right.",
    expected="one MX",
    observed="the list",
    fix=ONLY_WANTED,
    source=dg("mail-from"),
)
def mail_from_mx_extra(facts: MxFacts) -> RuleResult | None:
    """Look for more than one MX."""
    hosts = _hosts(facts)
    if len(hosts) < 2:  # noqa: PLR2004 -- more than one
        return None
    fix = _put_right(facts, fix_of_others(facts.name, hosts, facts.hosts))
    return RuleResult(f"one MX, {facts.hosts[0]}", ", ".join(sorted(host or NULL_MX for host in hosts)), fix)


@rule(
    "mail-from-mx-wrong-region",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain: its MX is that of a region that does not use the name.",
    condition="The feedback host of a region that does not use the name.",
    expected="the feedback host of the region",
    observed="another region's",
    fix="Point the MX at this region, or use a name with `{region}`.",
    source=f"{dg('mail-from')}; {dg('regions')}",
)
def mail_from_mx_wrong_region(facts: MxFacts) -> RuleResult | None:
    """Look for the feedback host of another region."""
    other = _other_host(facts)
    todo = f"Point the MX at this region, {wanted_record(facts)}; or use a name with `{{region}}`."
    fix = _put_right(facts, todo)
    return RuleResult(" or ".join(facts.hosts), other, fix) if other and FEEDBACK_HOST.fullmatch(other) else None


@rule(
    "mx-preference-in-host",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain: its MX names a host that does not exist.",
    condition="The host of the one MX ends in the wanted host, after blanks and other text: a preference, or "
    "the whole record line.",
    expected="the host",
    observed="what is in its field",
    fix="Enter the preference in its own field, and the host alone.",
    source="RFC 1035 section 3.3.9",
)
def mx_preference_in_host(facts: MxFacts) -> RuleResult | None:
    """Look for the wanted host at the end of what a person pasted."""
    other = _other_host(facts) or ""
    *before, last = re.split(r"(?:\\032|\\009|\s)+", other)
    if not before or last not in {name for host in facts.hosts for name in (host, *doubled_names(host, facts.zones))}:
        return None
    fix = f"Enter the preference in its own field, and the host alone: {wanted_record(facts)}."
    return RuleResult(facts.hosts[0], " ".join([*before, last]), put_right(facts.deployed_by, fix))


@rule(
    "mail-from-mx-points-elsewhere",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain, and bounces go to a host that is not SES's.",
    condition="Any other host.",
    expected="the feedback host of the region",
    observed="another host",
    fix=ANOTHER_NAME,
    source=dg("mail-from"),
)
def mail_from_mx_points_elsewhere(facts: MxFacts) -> RuleResult | None:
    """Look for any other host."""
    other = _other_host(facts)
    if other is None:
        return None
    fix = _put_right(facts, fix_of_others(facts.name, [other], facts.hosts))
    return RuleResult(" or ".join(facts.hosts), other or NULL_MX, fix)


def _hosts(facts: MxFacts) -> list[str]:
    return [mx.host for mx in facts.answer.records] if isinstance(facts.answer, Answer) else []


def _other_host(facts: MxFacts) -> str | None:
    return next((host for host in _hosts(facts) if host not in facts.hosts), None)


@rule(
    "mail-from-mx-missing",
    Severity.ERROR,
    MxFacts,
    meaning="SES does not verify the MAIL FROM domain; SPF then does not align, or mail is refused.",
    condition="Absent.",
    expected="one MX",
    observed="none",
    fix="Publish the MX.",
    source=dg("mail-from"),
)
def mail_from_mx_missing(facts: MxFacts) -> RuleResult | None:
    """Report an MX that is not there."""
    fix = publish(facts.deployed_by, wanted_record(facts))
    return RuleResult(f"one MX, {facts.hosts[0]}", fix=fix) if isinstance(facts.answer, Absent) else None
